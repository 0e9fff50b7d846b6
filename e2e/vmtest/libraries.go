package main

import (
	"context"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
)

// librariesOf returns the shared libraries of a program of the host. Static programs,
// scripts and other files have none.
func librariesOf(ctx context.Context, file string) ([]string, error) {
	if !isDynamic(file) {
		return nil, nil
	}
	list, err := output(ctx, "", "ldd", file)
	if err != nil {
		return nil, fmt.Errorf("find the libraries of %s: %w", file, err)
	}
	return parseLdd(string(list))
}

// isDynamic reports whether file is an ELF file that needs an interpreter (ld.so).
func isDynamic(file string) bool {
	f, err := elf.Open(file)
	if err != nil {
		return false // not ELF
	}
	defer f.Close()
	return slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}

// parseLdd parses the output of ldd(1), lines such as
//
//	linux-vdso.so.1 (0x00007ffd00000000)
//	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0000000000)
//	libgone.so.1 => not found
//	/lib64/ld-linux-x86-64.so.2 (0x00007f0000000000)
func parseLdd(list string) ([]string, error) {
	var files []string
	for line := range strings.Lines(list) {
		name, file, found := strings.Cut(strings.TrimSpace(line), " => ")
		if !found {
			file = name
		}
		if file == "not found" {
			return nil, fmt.Errorf("library %s is not installed", name)
		}
		file, _, _ = strings.Cut(file, " ")
		if strings.HasPrefix(file, "/") {
			files = append(files, file)
		}
	}
	return files, nil
}
