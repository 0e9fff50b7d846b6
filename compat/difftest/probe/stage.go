//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// socketDir is the only directory in which the original looks for sockets.
const socketDir = "/var/run/wireguard"

// makeStage mounts an empty file system on /var/run, in a mount namespace that the
// caller created for this process.
func makeStage(foreign string) error {
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return err
	}
	if own == foreign || foreign == "" {
		return fmt.Errorf("the mount namespace %s is not this process's own", own)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(socketDir))
	if errors.Is(err, os.ErrNotExist) {
		// A small machine has no /var/run and does not need it.
		dir = filepath.Dir(socketDir)
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount a tmpfs at %s: %w", dir, err)
	}
	return os.Mkdir(socketDir, 0o755)
}

// clearStage removes everything that scenarios left.
func clearStage() error {
	if err := os.RemoveAll(socketDir); err != nil {
		return err
	}
	return os.Mkdir(socketDir, 0o755)
}
