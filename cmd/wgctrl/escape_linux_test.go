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

// TestNoEscapeSequences runs each word on a terminal, where none has anything to
// say in colours: none writes an escape sequence, as a library may that draws
// screens and asks the terminal about itself when the program starts. Only top
// draws, and only when it runs.
func TestNoEscapeSequences(t *testing.T) {
	t.Parallel()
	words := commandWords(t)
	for _, want := range []string{"show", "set", "watch", "top", "demo", "man", "help", "completion"} {
		if !slices.Contains(words, want) {
			t.Fatalf("the words are %q", words)
		}
	}
	calls := [][]string{{}, {"--help"}, {"--version"}, {"nonsense"}, {"top", "--count", "1", "--interval", "10ms"}, {"__complete", ""}, {"completion", "bash"}}
	for _, word := range words {
		calls = append(calls, []string{word, "--help"})
		if word != "top" {
			calls = append(calls, []string{word})
		}
	}
	for _, args := range calls {
		t.Run(strings.Join(args, "_"), func(t *testing.T) {
			t.Parallel()
			shown := onTerminal(t, append([]string{"--backend", "userspace", "--socket-dir", t.TempDir()}, args...)...)
			if bytes.ContainsAny(shown, "\x1b\u009b") {
				t.Errorf("%q", shown)
			}
			if len(shown) == 0 && len(args) > 0 && args[0] != "show" {
				t.Error("it shows nothing")
			}
		})
	}
}

// commandWords are the words of the command, as the shell is told them.
func commandWords(t *testing.T) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "__complete", "")
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for line := range strings.Lines(string(out)) {
		if word, _, ok := strings.Cut(line, "\t"); ok {
			words = append(words, word)
		}
	}
	return words
}

// onTerminal runs the command with a terminal for its output, and returns what
// that shows. It interrupts a command that watches once that is ready.
func onTerminal(t *testing.T, args ...string) []byte {
	t.Helper()
	screen, terminal, err := testutil.OpenTerminal()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1", "TERM=xterm-256color", "COLORTERM=truecolor")
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
		// Nobody has the terminal open any more.
		if errors.Is(err, unix.EIO) || errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Wait() // many end with an error, which they say
	return shown
}
