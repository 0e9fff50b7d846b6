//go:build linux || darwin || freebsd || openbsd

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestMain makes the test binary serve as the command.
func TestMain(m *testing.M) {
	if os.Getenv("WGCTRL_AS_COMMAND") == "1" {
		main()
	}
	os.Exit(testutil.RunMain(m))
}

// TestInterrupt interrupts a running demo. The demo may finish before the signal
// arrives, so the test tries several times.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for range 20 {
		code := interruptedDemo(t)
		if code == 130 {
			return
		}
		if code != 0 {
			t.Fatalf("demo exits with %d after SIGINT, want 130", code)
		}
	}
	t.Error("demo exits with 0 in 20 attempts to interrupt it, want 130")
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
	output := bufio.NewReader(out)
	if _, err := output.ReadByte(); err != nil {
		t.Errorf("reading the demo's output: %v, want some text", err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Errorf("Signal: %v", err)
	}
	if _, err := io.Copy(io.Discard, output); err != nil {
		t.Errorf("Read: %v", err)
	}
	_ = cmd.Wait() // the error only repeats the exit code
	return cmd.ProcessState.ExitCode()
}

// TestSignalReading signals a command that is reading standard input. The signal
// may arrive before the command handles signals, so the test tries several times.
func TestSignalReading(t *testing.T) {
	t.Parallel()
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		code := -1 // killed by the signal
		for attempts := 0; code == -1 && attempts < 20; attempts++ {
			code = signalledReading(t, signal)
		}
		if code != want {
			t.Errorf("check exits with %d after %v, want %d", code, signal, want)
		}
	}
}

// signalledReading signals a command once it has read some of its input: the input
// does not fit into a pipe.
func signalledReading(t *testing.T, signal syscall.Signal) (code int) {
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
	if err := cmd.Process.Signal(signal); err != nil {
		t.Errorf("Signal: %v", err)
	}
	stuck := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	_ = cmd.Wait() // the error only repeats the exit code
	return cmd.ProcessState.ExitCode()
}

// TestSecondSignal checks that a second signal ends the command at once: it is killed,
// and does not exit by itself. The second signal may arrive before the first has been
// handled, so the test tries several times.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	for range 20 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "check", "-")
		cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write(bytes.Repeat([]byte("#\n"), 1<<20)); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = cmd.Wait() // the state says how it ended
		}()
		for signalled := true; signalled; {
			select {
			case <-ended:
				signalled = false
			default:
				_ = cmd.Process.Signal(syscall.SIGINT) // it may have ended
			}
		}
		in.Close()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return
		}
	}
	t.Error("check exits by itself after several signals in 20 attempts, want it killed by the second")
}

// TestSignalWatch checks that watch exits with 128 plus the signal's number.
func TestSignalWatch(t *testing.T) {
	t.Parallel()
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		if code, errs := signalledWatch(t, signal); code != want || errs != "" {
			t.Errorf("watch exits with %d, stderr %q, after %v; want %d, no stderr", code, errs, signal, want)
		}
	}
}

func signalledWatch(t *testing.T, signal syscall.Signal) (code int, errs string) {
	t.Helper()
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
		t.Errorf("first line of watch = %q, %v, want suffix %q", line, err, " ready\n")
	}
	if err := cmd.Process.Signal(signal); err != nil {
		t.Errorf("Signal: %v", err)
	}
	_ = cmd.Wait() // the error only repeats the exit code
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// TestClosedStdin checks that commands fail if standard input is closed. Reading it
// as an empty file would clear a device.
func TestClosedStdin(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"sync wg0 -", "sync --dry-run wg0 /dev/stdin", "check -", "strip -", "fmt -"} {
		cmd := exec.Command("/bin/sh", "-c", `exec "$0" `+args+" <&-", os.Args[0])
		cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1")
		out, err := cmd.CombinedOutput()
		if want := "wgctrl: standard input is closed\n"; err == nil || !strings.Contains(string(out), want) {
			t.Errorf("wgctrl %s <&- = %v, output %q, want an error and %q", args, err, out, want)
		}
	}
}

// TestInitAllocations checks that the packages that draw screens allocate little
// during initialization, according to the runtime's trace.
func TestInitAllocations(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "version")
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1", "GODEBUG=inittrace=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("wgctrl version: %v, stderr %q, want no error", err, stderr.String())
	}
	const most = 64 << 10
	packages, allocated := 0, 0
	for lines := bufio.NewScanner(&stderr); lines.Scan(); {
		// init NAME @0.1 ms, 0.02 ms clock, 512 bytes, 4 allocs
		var name, at, unit, took, unit2, clock string
		var bytes int
		if n, _ := fmt.Sscan(lines.Text(), new(string), &name, &at, &unit, &took, &unit2, &clock, &bytes); n < 8 {
			continue
		}
		for _, part := range []string{"charm", "displaywidth", "runewidth", "uniseg", "uax29", "colorful", "cancelreader", "terminfo"} {
			if strings.Contains(name, part) {
				packages++
				allocated += bytes
				break
			}
		}
	}
	if packages == 0 || allocated > most {
		t.Errorf("init of %d packages allocates %d bytes, want at least 1 package and at most %d bytes", packages, allocated, most)
	}
	t.Logf("init of %d packages allocates %d bytes", packages, allocated)
}
