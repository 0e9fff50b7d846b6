//go:build linux || darwin || freebsd || openbsd

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestNoStandardInput: a standard input that is closed is no empty file, which
// would be a description of a device without anything.
func TestNoStandardInput(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"sync wg0 -", "sync --dry-run wg0 /dev/stdin", "check -", "strip -", "fmt -"} {
		cmd := exec.Command("/bin/sh", "-c", `exec "$0" `+args+" <&-", os.Args[0])
		cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "wgctrl: standard input is closed\n") {
			t.Errorf("%s: %v, %s", args, err, out)
		}
	}
}
