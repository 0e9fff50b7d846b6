package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A kernel is a directory with the files vmlinuz and release (the output of uname -r) and
// the directory modules (the content of /lib/modules/RELEASE).
type kernel struct {
	dir     string
	release string
}

func (k kernel) image() string   { return filepath.Join(k.dir, "vmlinuz") }
func (k kernel) modules() string { return filepath.Join(k.dir, "modules") }

// openKernel returns the kernel in dir, or an error if it is not complete.
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

// hasModules returns an error if a module of guestModules or rootModules is missing.
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
			return fmt.Errorf("missing module: %w", err)
		}
	}
	return nil
}

// findKernel returns the fetched kernel with that name, or the kernel in the directory
// name if name is a path.
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
	return kernel{}, fmt.Errorf("kernel %s is not complete (%w); run: go run ./e2e/vmtest fetch %[1]s", name, err)
}

// kernelDir returns the directory of the kernel with that name.
func kernelDir(cache, name string) string { return filepath.Join(cache, "kernels", name) }

// cacheDir returns the directory of kernels and roots: dir or, if dir is empty, .cache in
// the module's root, which git ignores.
func cacheDir(dir string) (string, error) {
	if dir != "" {
		return filepath.Abs(dir)
	}
	root, err := moduleRoot()
	if err != nil {
		return "", fmt.Errorf("%w; pass -cache", err)
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
