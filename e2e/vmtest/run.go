package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

func runCommand(ctx context.Context, args []string) (status int, err error) {
	j, err := parseRun(args)
	if err != nil {
		return 0, err
	}
	return run(ctx, j, os.Stdout)
}

// run runs a job. It copies the output of the programs to out immediately, and returns
// the exit status of the first program that failed, or 0.
func run(ctx context.Context, j job, out io.Writer) (status int, err error) {
	cache, err := cacheDir(j.cache)
	if err != nil {
		return 0, err
	}
	k, err := findKernel(cache, j.kernel)
	if err != nil {
		return 0, err
	}
	var root string
	if j.root != "" {
		if root, err = findRoot(ctx, cache, j.root); err != nil {
			return 0, err
		}
	}
	// Check this before packing, because QEMU is often not installed.
	if _, err := lookTool(qemu); err != nil {
		return 0, err
	}
	guest, err := newGuest(ctx, k, root, j)
	if err != nil {
		return 0, err
	}
	initrd, err := writeImage(guest)
	if err != nil {
		return 0, err
	}
	defer os.Remove(initrd)

	ctx, cancel := context.WithTimeoutCause(ctx, j.timeout, timeLimit(j.timeout))
	defer cancel()
	c := console{programs: programNames(j.programs)}
	err = boot(ctx, machine{kernel: k.image(), initrd: initrd, accel: j.accel, memory: j.memory, counted: j.counted}, out, &c)
	if err == nil {
		status, err = c.status()
	}
	if err != nil {
		return 0, fmt.Errorf("kernel %s: %w", k.release, err)
	}
	return status, nil
}

func timeLimit(d time.Duration) error {
	return fmt.Errorf("time limit of %s exceeded", d)
}

func writeImage(m *image) (name string, err error) {
	f, err := os.CreateTemp("", "vmtest-*.cpio.gz")
	if err != nil {
		return "", err
	}
	if err := errors.Join(m.write(f), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

func programNames(programs [][]string) []string {
	var names []string
	for _, p := range programs {
		names = append(names, filepath.Base(p[0]))
	}
	return names
}
