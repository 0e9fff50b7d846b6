package cli

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// onTerminal runs the command with a terminal as its output and returns what it
// writes there.
func onTerminal(t *testing.T, args ...string) (code int, shown string) {
	t.Helper()
	screen, terminal, err := testutil.OpenTerminal()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	text := make(chan string)
	go func() {
		var all bytes.Buffer
		_, _ = io.Copy(&all, screen) // it ends with an error when the terminal is closed
		text <- all.String()
	}()
	code = Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: terminal, Err: io.Discard})
	terminal.Close()
	return code, <-text
}

// TestTerminal checks that show uses colours, and cleans names, on a terminal only.
func TestTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("WG_COLOR_MODE", "")
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg\x01")
	if code, shown := onTerminal(t, append(flags, "show")...); code != 0 || !strings.Contains(shown, "\x1b[1m") || !strings.Contains(shown, "wg?") || strings.Contains(shown, "\x01") {
		t.Errorf("show on a terminal = %d, %q, want 0, colours and the name %q", code, shown, "wg?")
	}
	if code, shown := onTerminal(t, append(flags, "show", "interfaces")...); code != 0 || shown != "wg?\r\n" {
		t.Errorf("show interfaces on a terminal = %d, %q, want 0, %q", code, shown, "wg?\r\n")
	}
	if code, out, _ := runCommand(t, append(flags, "show")...); code != 0 || strings.Contains(out, "\x1b") {
		t.Errorf("show without a terminal = %d, %q, want 0, no colours", code, out)
	}
	if code, out, _ := runCommand(t, append(flags, "show", "interfaces")...); code != 0 || out != "wg\x01\n" {
		t.Errorf("show interfaces without a terminal = %d, %q, want 0, the name unchanged", code, out)
	}
	t.Setenv("NO_COLOR", "1")
	if code, shown := onTerminal(t, append(flags, "show")...); code != 0 || strings.Contains(shown, "\x1b") {
		t.Errorf("show on a terminal with NO_COLOR = %d, %q, want 0, no colours", code, shown)
	}
}

// TestDumbTerminal checks that top prints text on a terminal without a movable
// cursor.
func TestDumbTerminal(t *testing.T) {
	t.Setenv("TERM", "dumb")
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	code, shown := onTerminal(t, append(flags, "top", "--interval", "10ms")...)
	if code != 0 || strings.Contains(shown, "\x1b") || !strings.Contains(shown, "  wg0 ") {
		t.Errorf("top on a dumb terminal = %d, %q, want 0, wg0, no escape sequences", code, shown)
	}
}

// TestWorldReadableOutput checks that genkey warns about a file that others can read.
func TestWorldReadableOutput(t *testing.T) {
	t.Parallel()
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o602: true} {
		f, err := os.CreateTemp(t.TempDir(), "key")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.Chmod(mode); err != nil {
			t.Fatal(err)
		}
		var errs strings.Builder
		code := Run(t.Context(), []string{"genkey"}, Streams{In: strings.NewReader(""), Out: f, Err: &errs})
		if got := strings.Contains(errs.String(), "world accessible"); code != 0 || got != want {
			t.Errorf("genkey into a file of mode %o = %d, stderr %q, want 0, a warning: %t", mode, code, errs.String(), want)
		}
	}
}
