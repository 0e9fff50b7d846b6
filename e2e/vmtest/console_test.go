package main

import (
	"strings"
	"testing"
)

func TestConsoleStatus(t *testing.T) {
	t.Parallel()
	programs := []string{"first", "second"}
	tests := []struct {
		name    string
		console string
		status  int
		err     string // part of the error's text; "" for none
	}{
		{"all succeed", "vmtest: start 000\nvmtest: exit 000 0\nvmtest: start 001\nvmtest: exit 001 0\n", 0, ""},
		{"first failure wins", "vmtest: start 000\nvmtest: exit 000 3\nvmtest: start 001\nvmtest: exit 001 4\n", 3, ""},
		{"later failure counts", "vmtest: exit 000 0\nvmtest: exit 001 137\n", 137, ""},
		{"a terminal's line ends", "vmtest: exit 000 0\r\nvmtest: exit 001 1\r\n", 1, ""},
		{"after other text", "[    1.5] vmtest: exit 000 0\n[    1.6] vmtest: exit 001 2\n", 2, ""},
		{"unreadable number", "vmtest: exit 000 x\nvmtest: exit 001 0\n", -1, ""},
		{"nothing", "", 0, "without an exit status before the first program"},
		{"ended early", "vmtest: start 000\n", 0, "without an exit status while it ran first"},
		{"ended in the second", "vmtest: start 000\nvmtest: exit 000 0\nvmtest: start 001\n", 0, "while it ran second"},
		{"ended between", "vmtest: start 000\nvmtest: exit 000 0\n", 0, "between two programs"},
		{"init failed", "oops\nvmtest: failed modprobe wireguard\n", 0, "init failed: modprobe wireguard; its console:\n\toops"},
		{"panic", "vmtest: start 000\nKernel panic - not syncing: Fatal exception\n---[ end\n", 0, "panicked while it ran first"},
		{
			"panic after success",
			"vmtest: start 000\nvmtest: exit 000 0\nvmtest: start 001\nvmtest: exit 001 0\nKernel panic - not syncing: x\n",
			0, "panicked after the last program",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := console{programs: programs}
			follow(strings.NewReader(test.console), &c, func() {})
			status, err := c.status()
			if status != test.status || !matches(err, test.err) {
				t.Errorf("got status %d, error %v; want %d, %q", status, err, test.status, test.err)
			}
		})
	}
}

// matches reports whether err contains text. If text is empty, err must be nil.
func matches(err error, text string) bool {
	if err == nil || text == "" {
		return err == nil && text == ""
	}
	return strings.Contains(err.Error(), text)
}

func TestConsolePanic(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"Kernel panic - not syncing: sysrq triggered crash\r\n":        true,
		"[    9.1] Kernel panic - not syncing: Attempted to kill init": true,
		"a program that mentions a kernel panic":                       false,
	} {
		var c console
		if c.line(line); c.panicked != want {
			t.Errorf("line(%q): panicked = %t, want %t", line, c.panicked, want)
		}
	}
}

func TestConsoleKeepsTheTail(t *testing.T) {
	t.Parallel()
	var c console
	for range 10 * consoleTail {
		c.line("early")
	}
	c.line("late")
	if len(c.tail) != consoleTail || c.tail[consoleTail-1] != "late" {
		t.Errorf("the tail has %d lines and ends with %q, want %d lines and %q", len(c.tail), c.tail[len(c.tail)-1], consoleTail, "late")
	}
}
