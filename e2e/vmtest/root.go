package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// rootDir is where the root file system called name is kept.
func rootDir(cache, name string) string { return filepath.Join(cache, "roots", name) }

// findRoot takes the name of the fetched root or, if it looks like a path, a
// folder of the user's own.
func findRoot(ctx context.Context, cache, name string) (string, error) {
	dir := name
	if name == referenceName {
		dir = rootDir(cache, name)
		if _, err := wgVersion(ctx, dir); err != nil {
			return "", fmt.Errorf("root %s is not complete (%w); get it with: go run ./e2e/vmtest fetch %[1]s", name, err)
		}
	}
	// Programs are started by the root's own shell.
	if _, err := os.Stat(filepath.Join(dir, "bin/sh")); err != nil {
		return "", fmt.Errorf("no root file system in %s: %w", dir, err)
	}
	return filepath.Abs(dir)
}
