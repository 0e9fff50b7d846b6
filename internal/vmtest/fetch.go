package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// metaPackage depends on the current kernel of a suite. The cloud flavour has
// the modules of a virtual machine and little else.
const metaPackage = "linux-image-cloud-amd64"

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

// parseKernels parses the command line of a command that takes a cache and
// kernels, all of them by default.
func parseKernels(command string, args []string) (cache string, names []string, err error) {
	fs := flag.NewFlagSet(command, flag.ContinueOnError)
	fs.StringVar(&cache, "cache", "", "folder of the kernels (default .cache/kernels of the module)")
	if err := parse(fs, args); err != nil {
		return "", nil, err
	}
	if names = fs.Args(); len(names) == 0 {
		names = fetchableNames()
	}
	return cache, names, nil
}

func fetchCommand(ctx context.Context, args []string) error {
	cache, names, err := parseKernels("vmtest fetch", args)
	if err != nil {
		return err
	}
	dir, err := cacheDir(cache)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := fetch(ctx, dir, name); err != nil {
			return fmt.Errorf("fetching kernel %s: %w", name, err)
		}
	}
	return nil
}

// fetch puts the kernel called name into cache, unless it is there already.
// Everything happens in a folder beside it that is renamed at the end, so
// that what carries the name is complete.
func fetch(ctx context.Context, cache, name string) error {
	suites, err := suitesOf(name)
	if err != nil {
		return err
	}
	final := filepath.Join(cache, name)
	if k, err := openKernel(final); err == nil {
		fmt.Fprintf(os.Stderr, "vmtest: %s is there: %s\n", name, k.release)
		return nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(cache, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	debs, err := downloadKernel(ctx, filepath.Join(tmp, "apt"), suites)
	if err != nil {
		return err
	}
	built := filepath.Join(tmp, "kernel")
	if err := unpackKernel(ctx, debs, filepath.Join(tmp, "root"), built); err != nil {
		return err
	}
	k, err := openKernel(built)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "vmtest: %s fetched: %s\n", name, k.release)
	return os.Rename(built, final)
}

func downloadKernel(ctx context.Context, dir string, suites []string) ([]string, error) {
	if _, err := lookTool("apt-get"); err != nil {
		return nil, fmt.Errorf("kernels come from Debian's packages: %w", err)
	}
	codename, err := debianCodename("/etc/os-release")
	if err != nil {
		return nil, err
	}
	machine, err := machineSources()
	if err != nil {
		return nil, err
	}
	sources, err := sourcesFor(machine, codename, suites)
	if err != nil {
		return nil, err
	}
	a, err := newApt(dir, sources)
	if err != nil {
		return nil, err
	}
	return a.download(ctx, metaPackage)
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
		return "", fmt.Errorf("kernels come from Debian's packages, but this machine runs %q; "+
			"give -kernel a folder with vmlinuz, modules and release instead", fields["ID"])
	}
	if fields["VERSION_CODENAME"] == "" {
		return "", errors.New(file + " has no VERSION_CODENAME")
	}
	return fields["VERSION_CODENAME"], nil
}
