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

// A command that waits for standard input is ended by signals, too. One that has
// not yet asked for them is ended by them at once; hence the attempts.
func TestSignalReading(t *testing.T) {
	t.Parallel()
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		code := -1 // ended by the signal
		for attempts := 0; code == -1 && attempts < 20; attempts++ {
			code = signalledReading(t, signal)
		}
		if code != want {
			t.Errorf("%v: exit code %d, want %d", signal, code, want)
		}
	}
}

// signalledReading signals a command that reads: what does not fit a pipe is
// written once the command has read the beginning.
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
		t.Errorf("signal: %v", err)
	}
	stuck := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	_ = cmd.Wait() // the error is that of the exit code
	return cmd.ProcessState.ExitCode()
}

// A watch that a signal ends has the shells' exit code for it, and has written
// whole lines.
func TestSignalWatch(t *testing.T) {
	t.Parallel()
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		if code, errs := signalledWatch(t, signal); code != want || errs != "" {
			t.Errorf("%v: exit code %d, %q", signal, code, errs)
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
		t.Errorf("%q, %v", line, err)
	}
	if err := cmd.Process.Signal(signal); err != nil {
		t.Errorf("signal: %v", err)
	}
	_ = cmd.Wait() // the error is that of the exit code
	return cmd.ProcessState.ExitCode(), stderr.String()
}

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

// TestStart: what draws screens does next to nothing before it is asked to, as
// the runtime tells of each package's initialization.
func TestStart(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "version")
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1", "GODEBUG=inittrace=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
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
		t.Errorf("%d packages allocate %d bytes, at most %d are expected", packages, allocated, most)
	}
	t.Logf("%d packages allocate %d bytes", packages, allocated)
}
