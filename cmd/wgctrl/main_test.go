//go:build linux || darwin || freebsd || openbsd

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/leaktest"
)

// TestMain makes the test binary serve as the command.
func TestMain(m *testing.M) {
	if os.Getenv("WGCTRL_AS_COMMAND") == "1" {
		main()
	}
	os.Exit(leaktest.Run(m))
}

// A demo that is interrupted after its first words ends with 130. It is a race,
// since a demo that was not yet interrupted ends with 0; hence the attempts.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for range 20 {
		code := interruptedDemo(t)
		if code == 130 {
			return
		}
		if code != 0 {
			t.Fatalf("exit code %d, want 130", code)
		}
	}
	t.Error("the demo cannot be interrupted")
}

func interruptedDemo(t *testing.T) (code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "demo")
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	words := bufio.NewReader(out)
	if _, err := words.ReadByte(); err != nil {
		t.Errorf("the demo says nothing: %v", err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Errorf("signal: %v", err)
	}
	if _, err := io.Copy(io.Discard, words); err != nil {
		t.Errorf("read: %v", err)
	}
	// The error is that of the exit code.
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

// A command that waits for standard input is interrupted, too. One that has not
// yet asked for signals is ended by them; hence the attempts.
func TestInterruptReading(t *testing.T) {
	t.Parallel()
	for range 20 {
		switch code := interruptedReading(t); code {
		case 130:
			return
		case -1: // ended by the signal
		default:
			t.Fatalf("exit code %d, want 130", code)
		}
	}
	t.Error("reading cannot be interrupted")
}

// interruptedReading interrupts a command that reads: what does not fit a pipe
// is written once the command has read the beginning.
func interruptedReading(t *testing.T) (code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "check", "-")
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(bytes.Repeat([]byte("#\n"), 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Errorf("signal: %v", err)
	}
	_ = cmd.Wait() // the error is that of the exit code
	return cmd.ProcessState.ExitCode()
}

// A watch that is interrupted ends with 130, and has written whole lines.
func TestInterruptWatch(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "watch", "--backend", "userspace", "--socket-dir", t.TempDir())
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasSuffix(line, " ready\n") {
		t.Errorf("%q, %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Errorf("signal: %v", err)
	}
	_ = cmd.Wait() // the error is that of the exit code
	if code := cmd.ProcessState.ExitCode(); code != 130 || stderr.Len() > 0 {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}
