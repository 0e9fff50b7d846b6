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

// fetchable are the kernels that Debian's suites offer, by the name they get
// here. A suite's point releases change the patch level, never the series; the
// series of the backports changes, hence "newest".
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
	return nil, fmt.Errorf("%w: no kernel %q to fetch; there are %s",
		errUsage, name, strings.Join(fetchableNames(), ", "))
}

// parseNames parses the command line of a command that takes a cache and
// names, all of known by default.
func parseNames(command string, args, known []string) (cache string, names []string, err error) {
	fs := flag.NewFlagSet(command, flag.ContinueOnError)
	fs.StringVar(&cache, "cache", "", "`folder` of kernels and roots (default .cache of the module)")
	if err := parse(fs, args); err != nil {
		return "", nil, err
	}
	if names = fs.Args(); len(names) == 0 {
		return cache, known, nil
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return "", nil, fmt.Errorf("%w: no %q; there are %s", errUsage, name, strings.Join(known, ", "))
		}
	}
	return cache, names, nil
}

// fetchCommand gets what is missing of kernels and of the reference root.
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
			return fmt.Errorf("fetching %s: %w", name, err)
		}
	}
	return nil
}

// build makes the folder final by way of make, which gets an empty folder for
// its work and returns what is to be moved to final. Whoever finds final finds
// all of it.
func build(final string, make func(tmp string) (built string, err error)) error {
	parent := filepath.Dir(final)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	built, err := make(tmp)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	return os.Rename(built, final)
}

// privateApt returns an apt in dir that reads suites of the machine's own
// archive.
func privateApt(dir string, suites []string) (apt, error) {
	if _, err := lookTool("apt-get"); err != nil {
		return apt{}, fmt.Errorf("what guests run comes from Debian's packages: %w", err)
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

// debianCodename reads os-release(5). Another distribution's mirror has none
// of our suites, which is better said before apt fails to find them.
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
		return "", fmt.Errorf("what guests run comes from Debian's packages, but this machine runs %q; "+
			"give -kernel a folder with vmlinuz, modules and release instead", fields["ID"])
	}
	if fields["VERSION_CODENAME"] == "" {
		return "", errors.New(file + " has no VERSION_CODENAME")
	}
	return fields["VERSION_CODENAME"], nil
}
