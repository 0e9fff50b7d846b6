//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"github.com/wgctrl/wgctrl/bench/record"
)

// message is a line of strace(1) about a datagram that was sent or received.
var message = regexp.MustCompile(`(?m)(?:sendto|recvmsg)(?:\(| resumed).* = [0-9]+$`)

// messages does a task once more, traced, and returns how many datagrams it sent
// and received: our library does not tell.
func (r *runner) messages(t task) (int64, error) {
	if t.work == record.Write {
		device, err := r.stage.makeDevice()
		if err != nil {
			return 0, err
		}
		t.device = device
	}
	file := filepath.Join(filepath.Dir(r.file), "trace")
	args := []string{"-f", "-qq", "-s", "0", "-e", "trace=sendto,recvmsg", "-o", file, r.stage.self, childCommand}
	cmd := exec.Command(r.strace, append(args, t.args()...)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s traced: %w", t.work, err)
	}
	trace, err := os.ReadFile(file)
	return int64(len(message.FindAll(trace, -1))), err
}
