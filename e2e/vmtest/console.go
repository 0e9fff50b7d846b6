package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A console follows the guest's first serial port, line by line: the kernel's
// messages, and among them those of the init script,
//
//	vmtest: start 000
//	vmtest: exit 000 1
//	vmtest: failed insmod ...
type console struct {
	programs []string // names, for messages

	started  int   // how many programs were started
	statuses []int // of those that ended
	failure  string
	panicked bool
	tail     []string // the last lines, to tell what went on
}

// consoleTail is how many lines of the console help to explain a failure: a
// panic with its stack trace.
const consoleTail = 60

// line takes in one line.
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
		// A number that cannot be read counts as a failure, not as success.
		status, err := strconv.Atoi(f[2])
		if err != nil {
			status = -1
		}
		c.statuses = append(c.statuses, status)
	case len(f) > 1 && f[0] == "failed":
		c.failure = strings.Join(f[1:], " ")
	}
}

// status returns that of the first program that failed, 0 if none did, and an
// error unless the guest has told that of each.
func (c *console) status() (int, error) {
	switch {
	case c.panicked:
		return 0, fmt.Errorf("the guest's kernel panicked %s%s", c.when(), c.log())
	case c.failure != "":
		return 0, fmt.Errorf("the guest's init failed: %s%s", c.failure, c.log())
	case len(c.statuses) < len(c.programs):
		return 0, fmt.Errorf("the guest ended without a status %s%s", c.when(), c.log())
	}
	for _, status := range c.statuses {
		if status != 0 {
			return status, nil
		}
	}
	return 0, nil
}

// when tells how far the guest has come.
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
