package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A source is a suite of an apt archive. signedBy is the file of its key, or empty for
// the machine's trusted keys.
type source struct {
	uri, suite, signedBy string
}

// apt is a private apt configuration in dir, with its own sources, lists and caches. It
// can read other suites than the machine's, and does not change the machine's
// configuration.
type apt struct {
	dir string
}

func newApt(dir string, sources []source) (apt, error) {
	a := apt{dir: dir}
	for _, d := range []string{"lists/partial", "cache/archives/partial", "debs"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return apt{}, err
		}
	}
	var b strings.Builder
	for _, s := range sources {
		option := ""
		if s.signedBy != "" {
			option = "[signed-by=" + s.signedBy + "] "
		}
		fmt.Fprintf(&b, "deb %s%s %s main\n", option, s.uri, s.suite)
	}
	return a, os.WriteFile(filepath.Join(dir, "sources.list"), []byte(b.String()), 0o644)
}

func (a apt) run(ctx context.Context, tool string, args ...string) ([]byte, error) {
	options := []string{
		"-oDir::Etc::sourcelist=" + filepath.Join(a.dir, "sources.list"),
		"-oDir::Etc::sourceparts=-",
		"-oDir::Etc::preferences=-",
		"-oDir::Etc::preferencesparts=-",
		"-oDir::State::lists=" + filepath.Join(a.dir, "lists"),
		"-oDir::Cache=" + filepath.Join(a.dir, "cache"),
		// The guest has none of the packages that are installed here.
		"-oDir::State::status=/dev/null",
		// The user _apt cannot write to dir.
		"-oAPT::Sandbox::User=" + userName(),
		// The guest is always amd64.
		"-oAPT::Architecture=amd64",
		"-oAPT::Architectures=amd64",
		"-oAcquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
		// The lock would be next to the status file: /dev/lock.
		"-oDebug::NoLocking=true",
		"-oAPT::Update::Error-Mode=any",
	}
	return output(ctx, filepath.Join(a.dir, "debs"), tool, append(options, args...)...)
}

// userName returns "root" for root, and "" for other users, who cannot become root.
func userName() string {
	if os.Getuid() == 0 {
		return "root"
	}
	return ""
}

// download downloads the kernel packages that meta depends on and returns their files.
// Newer suites have separate packages for the image and the modules.
func (a apt) download(ctx context.Context, meta string) ([]string, error) {
	if _, err := a.run(ctx, "apt-get", "update"); err != nil {
		return nil, err
	}
	list, err := a.run(ctx, "apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests",
		"--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances", meta)
	if err != nil {
		return nil, fmt.Errorf("list the dependencies of package %s: %w", meta, err)
	}
	names := kernelPackages(string(list))
	if len(names) == 0 {
		return nil, fmt.Errorf("package %s depends on no kernel package", meta)
	}
	if _, err := a.run(ctx, "apt-get", append([]string{"download"}, names...)...); err != nil {
		return nil, err
	}
	return filepath.Glob(filepath.Join(a.dir, "debs", "*.deb"))
}

// downloadAll downloads packages and their dependencies, and returns their files.
func (a apt) downloadAll(ctx context.Context, packages []string) ([]string, error) {
	if _, err := a.run(ctx, "apt-get", "update"); err != nil {
		return nil, err
	}
	install := []string{"install", "--yes", "--download-only", "--no-install-recommends"}
	if _, err := a.run(ctx, "apt-get", append(install, packages...)...); err != nil {
		return nil, err
	}
	return filepath.Glob(filepath.Join(a.dir, "cache/archives/*.deb"))
}

// kernelPackage matches packages of one release, such as
// linux-modules-6.12.1-cloud-amd64, but not linux-base or meta packages.
var kernelPackage = regexp.MustCompile(`(?m)^linux-[a-z]+-[0-9]\S*$`)

func kernelPackages(depends string) []string {
	names := kernelPackage.FindAllString(depends, -1)
	slices.Sort(names)
	return slices.Compact(names)
}

// machineSources returns the machine's apt sources, which name a mirror that is reachable
// from here.
func machineSources() ([]source, error) {
	files, _ := filepath.Glob("/etc/apt/sources.list.d/*")
	var all []source
	for _, name := range append([]string{"/etc/apt/sources.list"}, files...) {
		text, err := os.ReadFile(name)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return nil, err
		case strings.HasSuffix(name, ".list"):
			all = append(all, parseList(string(text))...)
		case strings.HasSuffix(name, ".sources"):
			all = append(all, parseSources(string(text))...)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("download Debian packages: this machine has no apt sources")
	}
	return all, nil
}
