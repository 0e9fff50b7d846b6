package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A kernel is a folder with the files vmlinuz and release (what uname -r will
// say), and the folder modules (what will be /lib/modules/RELEASE).
type kernel struct {
	dir     string
	release string
}

func (k kernel) image() string   { return filepath.Join(k.dir, "vmlinuz") }
func (k kernel) modules() string { return filepath.Join(k.dir, "modules") }

// openKernel returns an error unless dir holds all of a kernel.
func openKernel(dir string) (kernel, error) {
	release, err := os.ReadFile(filepath.Join(dir, "release"))
	if err != nil {
		return kernel{}, err
	}
	k := kernel{dir: dir, release: strings.TrimSpace(string(release))}
	for _, file := range []string{k.image(), filepath.Join(k.modules(), "modules.dep")} {
		if _, err := os.Stat(file); err != nil {
			return kernel{}, err
		}
	}
	return k, nil
}

// hasModules returns an error unless the modules of guestModules and
// rootModules are there.
func (k kernel) hasModules() error {
	tree, err := readModuleTree(k.modules())
	if err != nil {
		return err
	}
	files, err := tree.order(append(slices.Clone(guestModules), rootModules...))
	if err != nil {
		return err
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join(k.modules(), file)); err != nil {
			return fmt.Errorf("module is missing: %w", err)
		}
	}
	return nil
}

// findKernel takes the name of a fetched kernel or, if it looks like a path,
// a folder of the user's own.
func findKernel(cache, name string) (kernel, error) {
	if strings.ContainsRune(name, os.PathSeparator) {
		k, err := openKernel(name)
		if err != nil {
			return kernel{}, fmt.Errorf("no kernel in %s: %w", name, err)
		}
		return k, nil
	}
	k, err := openKernel(kernelDir(cache, name))
	if err == nil {
		return k, nil
	}
	if _, unknown := suitesOf(name); unknown != nil {
		return kernel{}, unknown
	}
	return kernel{}, fmt.Errorf("kernel %s is not complete (%w); get it with: go run ./e2e/vmtest fetch %[1]s", name, err)
}

// kernelDir is where the kernel called name is kept.
func kernelDir(cache, name string) string { return filepath.Join(cache, "kernels", name) }

// cacheDir is where kernels and roots are kept: dir, or a folder at the
// module's root that git ignores, so that no home folder is needed.
func cacheDir(dir string) (string, error) {
	if dir != "" {
		return filepath.Abs(dir)
	}
	root, err := moduleRoot()
	if err != nil {
		return "", fmt.Errorf("%w; give -cache", err)
	}
	return filepath.Join(root, ".cache"), nil
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not inside a Go module")
		}
		dir = parent
	}
}
