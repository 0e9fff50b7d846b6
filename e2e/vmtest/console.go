package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A console parses the guest's first serial port line by line. Among the kernel's
// messages are those of the init script:
//
//	vmtest: start 000
//	vmtest: exit 000 1
//	vmtest: failed insmod ...
type console struct {
	programs []string // names, for error messages

	started  int   // number of started programs
	statuses []int // of the programs that ended
	failure  string
	panicked bool
	tail     []string // the last lines, for error messages
}

// consoleTail is the number of lines to keep: enough for a panic with its stack trace.
const consoleTail = 60

// line parses one line.
func (c *console) line(s string) {
	s = strings.TrimRight(s, "\r\n")
	if _, message, ok := strings.Cut(s, "vmtest: "); ok {
		c.message(message)
		return
	}
	c.tail = append(c.tail, s)
	if len(c.tail) > consoleTail {
		c.tail = slices.Delete(c.tail, 0, 1)
	}
	c.panicked = c.panicked || strings.Contains(s, "Kernel panic - not syncing")
}

func (c *console) message(s string) {
	f := strings.Fields(s)
	switch {
	case len(f) == 2 && f[0] == "start":
		c.started++
	case len(f) == 3 && f[0] == "exit":
		// A malformed status is a failure.
		status, err := strconv.Atoi(f[2])
		if err != nil {
			status = -1
		}
		c.statuses = append(c.statuses, status)
	case len(f) > 1 && f[0] == "failed":
		c.failure = strings.Join(f[1:], " ")
	}
}

// status returns the exit status of the first program that failed, or 0. It returns an
// error if the guest did not report the status of every program.
func (c *console) status() (int, error) {
	switch {
	case c.panicked:
		return 0, fmt.Errorf("the guest's kernel panicked %s%s", c.when(), c.log())
	case c.failure != "":
		return 0, fmt.Errorf("the guest's init failed: %s%s", c.failure, c.log())
	case len(c.statuses) < len(c.programs):
		return 0, fmt.Errorf("the guest ended without an exit status %s%s", c.when(), c.log())
	}
	for _, status := range c.statuses {
		if status != 0 {
			return status, nil
		}
	}
	return 0, nil
}

// when describes the progress of the guest, for error messages.
func (c *console) when() string {
	switch {
	case c.started == 0:
		return "before the first program"
	case c.started > len(c.statuses) && c.started <= len(c.programs):
		return "while it ran " + c.programs[c.started-1]
	case len(c.statuses) == len(c.programs):
		return "after the last program"
	}
	return "between two programs"
}

func (c *console) log() string {
	if len(c.tail) == 0 {
		return ""
	}
	return "; its console:\n\t" + strings.Join(c.tail, "\n\t")
}
