//go:build linux || darwin || freebsd || openbsd

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// capture runs wgctrl top in tmux and returns the screen with its colors after a
// while.
func capture(ctx context.Context, dir string, wait time.Duration) ([]byte, error) {
	program := filepath.Join(dir, "wgctrl")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/wgctrl")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("go build: %w", err)
	}
	tmux := func(args ...string) ([]byte, error) {
		cmd := exec.Command("tmux", append([]string{"-S", filepath.Join(dir, "tmux")}, args...)...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("tmux: %w: %s", err, stderr.Bytes())
		}
		return out, nil
	}
	command := fmt.Sprintf("env LC_ALL=C.UTF-8 '%s' top --backend userspace --socket-dir '%s' --names '%s/names.conf' --interval 1s", program, dir, dir)
	if _, err := tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), command); err != nil {
		return nil, err
	}
	defer func() { _, _ = tmux("kill-server") }()
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return tmux("capture-pane", "-e", "-p")
}
