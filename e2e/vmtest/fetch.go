package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fetchable maps our names of kernels to the Debian suites that provide them. A suite
// keeps its kernel series, except for backports, whose kernel is therefore called
// "newest".
var fetchable = []struct {
	name   string
	suites []string
}{
	{"6.1", []string{"bookworm", "bookworm-security"}},
	{"6.12", []string{"trixie", "trixie-security"}},
	{"newest", []string{"trixie-backports"}},
}

func fetchableNames() []string {
	var names []string
	for _, k := range fetchable {
		names = append(names, k.name)
	}
	return names
}

func suitesOf(name string) ([]string, error) {
	for _, k := range fetchable {
		if k.name == name {
			return k.suites, nil
		}
	}
	return nil, fmt.Errorf("%w: unknown kernel %q: must be one of %s",
		errUsage, name, strings.Join(fetchableNames(), ", "))
}

// parseNames parses the arguments of a command: the flag -cache, and names out of known.
// The default is all of them.
func parseNames(command string, args, known []string) (cache string, names []string, err error) {
	fs := flag.NewFlagSet(command, flag.ContinueOnError)
	fs.StringVar(&cache, "cache", "", "`directory` of kernels and roots (default .cache in the module's root)")
	if err := parse(fs, args); err != nil {
		return "", nil, err
	}
	if names = fs.Args(); len(names) == 0 {
		return cache, known, nil
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return "", nil, fmt.Errorf("%w: unknown name %q: must be one of %s", errUsage, name, strings.Join(known, ", "))
		}
	}
	return cache, names, nil
}

// fetchCommand downloads the kernels and the reference root that are not in the cache.
func fetchCommand(ctx context.Context, args []string) error {
	cache, names, err := parseNames("vmtest fetch", args, append(fetchableNames(), referenceName))
	if err != nil {
		return err
	}
	dir, err := cacheDir(cache)
	if err != nil {
		return err
	}
	for _, name := range names {
		fetch := fetchKernel
		if name == referenceName {
			fetch = fetchReference
		}
		if err := fetch(ctx, dir, name); err != nil {
			return fmt.Errorf("fetch %s: %w", name, err)
		}
	}
	return nil
}

// build creates the directory final atomically. create gets an empty directory and
// returns the directory to rename to final.
func build(final string, create func(tmp string) (built string, err error)) error {
	parent := filepath.Dir(final)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	built, err := create(tmp)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	return os.Rename(built, final)
}

// privateApt returns an apt in dir that reads these suites from the machine's mirror.
func privateApt(dir string, suites []string) (apt, error) {
	if _, err := lookTool("apt-get"); err != nil {
		return apt{}, fmt.Errorf("download Debian packages: %w", err)
	}
	codename, err := debianCodename("/etc/os-release")
	if err != nil {
		return apt{}, err
	}
	machine, err := machineSources()
	if err != nil {
		return apt{}, err
	}
	sources, err := sourcesFor(machine, codename, suites)
	if err != nil {
		return apt{}, err
	}
	return newApt(dir, sources)
}

// debianCodename returns the codename in an os-release(5) file. It fails for other
// distributions, whose mirrors do not have Debian's suites.
func debianCodename(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	fields := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		fields[key] = strings.Trim(value, `"`)
	}
	if fields["ID"] != "debian" {
		return "", fmt.Errorf("download Debian packages: this machine runs %q, not Debian; "+
			"pass -kernel a directory with vmlinuz, modules and release", fields["ID"])
	}
	if fields["VERSION_CODENAME"] == "" {
		return "", errors.New(file + " has no VERSION_CODENAME")
	}
	return fields["VERSION_CODENAME"], nil
}
