package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// rootDir returns the directory of the root file system with that name.
func rootDir(cache, name string) string { return filepath.Join(cache, "roots", name) }

// findRoot returns the directory of the fetched root, or name itself if it is the path of
// a directory.
func findRoot(ctx context.Context, cache, name string) (string, error) {
	dir := name
	if name == referenceName {
		dir = rootDir(cache, name)
		if _, err := wgVersion(ctx, dir); err != nil {
			return "", fmt.Errorf("root %s is not complete (%w); run: go run ./e2e/vmtest fetch %[1]s", name, err)
		}
	}
	// The root's own shell starts the programs.
	if _, err := os.Stat(filepath.Join(dir, "bin/sh")); err != nil {
		return "", fmt.Errorf("no root file system in %s: %w", dir, err)
	}
	return filepath.Abs(dir)
}
