//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/bench/record"
)

// childCommand does one task in a process of its own and writes what it cost.
const childCommand = "child"

func child(args []string) error {
	t, err := parseTask(args)
	if err != nil {
		return err
	}
	j, err := t.prepare()
	if err != nil {
		return fmt.Errorf("preparing: %w", err)
	}
	m, err := measured(j.op)
	if err != nil {
		return err
	}
	if err := j.check(); err != nil {
		return err
	}
	m.Work, m.Who, m.Size, m.Messages = t.work, t.who, t.size, -1
	if j.messages != nil {
		m.Messages = int64(j.messages())
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// measured runs op. The garbage of the preparation is gone before, and so are
// the pages that it had: op starts as a program does that has just begun.
func measured(op func() error) (m record.Measurement, err error) {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets VmHWM
		return m, err
	}
	resident, err := status("VmRSS")
	if err != nil {
		return m, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	user, system, err := cpuTime()
	if err != nil {
		return m, err
	}
	start := time.Now()
	if err := op(); err != nil {
		return m, err
	}
	m.Wall = time.Since(start)
	userAfter, systemAfter, err := cpuTime()
	if err != nil {
		return m, err
	}
	runtime.ReadMemStats(&after)
	peak, err := status("VmHWM")
	m.CPU, m.System = userAfter+systemAfter-user-system, systemAfter-system
	m.Allocations = int64(after.Mallocs - before.Mallocs)
	m.Allocated = int64(after.TotalAlloc - before.TotalAlloc)
	m.Growth = max(peak-resident, 0)
	return m, err
}

func cpuTime() (user, system time.Duration, err error) {
	var u unix.Rusage
	err = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano()), err
}

// status returns a size of /proc/self/status, in bytes.
func status(field string) (int64, error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := bytes.Cut(b, []byte("\n"+field+":"))
	line, _, _ := bytes.Cut(after, []byte(" kB\n"))
	n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	return n << 10, err
}
