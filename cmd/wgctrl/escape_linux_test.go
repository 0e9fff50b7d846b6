package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestNoEscapeSequences runs each command on a terminal and checks that it writes
// no escape sequences. A library that draws screens might query the terminal when
// the program starts; only a running top may do so.
func TestNoEscapeSequences(t *testing.T) {
	t.Parallel()
	commands := commandNames(t)
	for _, want := range []string{"show", "set", "watch", "top", "demo", "man", "help", "completion"} {
		if !slices.Contains(commands, want) {
			t.Fatalf("completion offers the commands %q, want %q among them", commands, want)
		}
	}
	calls := [][]string{{}, {"--help"}, {"--version"}, {"nonsense"}, {"top", "--count", "1", "--interval", "10ms"}, {"__complete", ""}, {"completion", "bash"}}
	for _, name := range commands {
		calls = append(calls, []string{name, "--help"})
		if name != "top" {
			calls = append(calls, []string{name})
		}
	}
	for _, args := range calls {
		t.Run(strings.Join(args, "_"), func(t *testing.T) {
			t.Parallel()
			shown := onTerminal(t, "", append([]string{"--backend", "userspace", "--socket-dir", t.TempDir()}, args...)...)
			if bytes.ContainsAny(shown, "\x1b\u009b") {
				t.Errorf("wgctrl %q writes %q, want no escape sequences", args, shown)
			}
			if len(shown) == 0 && len(args) > 0 && args[0] != "show" {
				t.Errorf("wgctrl %q writes %q, want some text", args, shown)
			}
		})
	}
}

// commandNames returns the commands that shell completion offers.
func commandNames(t *testing.T) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "__complete", "")
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if name, _, ok := strings.Cut(line, "\t"); ok {
			names = append(names, name)
		}
	}
	return names
}

// TestNoColor checks that show uses colours on a terminal, and none if NO_COLOR is
// set.
func TestNoColor(t *testing.T) {
	t.Parallel()
	o := newEmptyOffice(t)
	o.add(t, "wg0", nil)
	for env, want := range map[string]bool{"NO_COLOR=": true, "NO_COLOR=1": false, "WG_COLOR_MODE=never": false} {
		shown := onTerminal(t, env, "--backend", "userspace", "--socket-dir", o.dir, "show", "wg0")
		if !bytes.Contains(shown, []byte("wg0")) || bytes.Contains(shown, []byte("\x1b[")) != want {
			t.Errorf("wgctrl show wg0 with %s writes %q, want wg0 with colours: %t", env, shown, want)
		}
	}
}

// onTerminal runs the command with a terminal as its output and returns what it
// writes. It interrupts watch when it is ready. env is a further variable, or "".
func onTerminal(t *testing.T, env string, args ...string) []byte {
	t.Helper()
	screen, terminal, err := testutil.OpenTerminal()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1", "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=", "WG_COLOR_MODE=", env)
	cmd.Stdout, cmd.Stderr = terminal, terminal
	err = cmd.Start()
	terminal.Close()
	if err != nil {
		t.Fatal(err)
	}
	var shown []byte
	buf := make([]byte, 1<<16)
	for {
		n, err := screen.Read(buf)
		shown = append(shown, buf[:n]...)
		if bytes.HasSuffix(shown, []byte(" ready\r\n")) {
			_ = cmd.Process.Signal(syscall.SIGINT)
		}
		if errors.Is(err, unix.EIO) || errors.Is(err, io.EOF) {
			break // the command closed the terminal
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Wait() // many commands fail, with a message
	return shown
}
