//go:build linux

package main

import (
	"fmt"
	"os"

	"github.com/wgctrl/wgctrl/bench/workload"
)

// fileCommand writes the file that wg(8) reads. It is a process of its own,
// since what a process had in memory before counts as its children's too.
const fileCommand = "file"

func writeFile(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want a size and a path")
	}
	size, err := workload.ParseSize(args[0])
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], workload.AppendFile(nil, size.Config()), 0o600)
}
