//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/bench/record"
)

// machine says where this runs.
func machine(wg string) *record.Machine {
	m := &record.Machine{
		Kernel: release(), Processor: processor(), Processors: runtime.NumCPU(),
		Host: os.Getenv("BENCH_HOST"), Go: runtime.Version(),
	}
	if wg != "" {
		if out, err := exec.Command(wg, "--version").Output(); err == nil {
			m.WG = firstLine(out)
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "golang.zx2c4.com/wireguard/wgctrl" {
				m.WgctrlGo = d.Version
			}
		}
	}
	return m
}

func release() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// processor is the name that /proc/cpuinfo has.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	_, after, _ := bytes.Cut(b, []byte("model name\t: "))
	return firstLine(after)
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte{'\n'})
	return string(line)
}
