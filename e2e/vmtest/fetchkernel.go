package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// metaPackage depends on the current kernel of a suite. The cloud flavour is small: it
// has only modules for virtual machines.
const metaPackage = "linux-image-cloud-amd64"

// fetchKernel downloads a kernel to cache, unless it is there.
func fetchKernel(ctx context.Context, cache, name string) error {
	suites, err := suitesOf(name)
	if err != nil {
		return err
	}
	final := kernelDir(cache, name)
	if k, err := openKernel(final); err == nil && k.hasModules() == nil {
		fmt.Fprintf(os.Stderr, "vmtest: %s is up to date: %s\n", name, k.release)
		return nil
	}
	return build(final, func(tmp string) (string, error) {
		a, err := privateApt(filepath.Join(tmp, "apt"), suites)
		if err != nil {
			return "", err
		}
		debs, err := a.download(ctx, metaPackage)
		if err != nil {
			return "", err
		}
		built := filepath.Join(tmp, "kernel")
		if err := unpackKernel(ctx, debs, filepath.Join(tmp, "root"), built); err != nil {
			return "", err
		}
		k, err := openKernel(built)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(os.Stderr, "vmtest: %s fetched: %s\n", name, k.release)
		return built, nil
	})
}
