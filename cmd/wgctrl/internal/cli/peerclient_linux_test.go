package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestQRTerminal checks that a QR code has its colours on a terminal, unless NO_COLOR
// forbids them.
func TestQRTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	path := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(path, []byte(serverFile), 0o600); err != nil {
		t.Fatal(err)
	}
	code, shown := onTerminal(t, "peer", "add", path, "--name", "alice", "--qr")
	if code != 0 || !strings.HasPrefix(shown, "\x1b[38;5;16;48;5;231m  ") {
		t.Errorf("peer add --qr on a terminal = %d, %q, want 0 and black on white", code, shown)
	}
	t.Setenv("NO_COLOR", "1")
	code, shown = onTerminal(t, "peer", "add", path, "--name", "bob", "--qr")
	if code != 0 || !strings.HasPrefix(shown, "██") || strings.Contains(shown, "\x1b") {
		t.Errorf("peer add --qr with NO_COLOR = %d, %q, want 0 and blocks without colours", code, shown)
	}
}

// TestQRNarrowTerminal checks that nothing is added if the terminal would break the
// lines of the QR code.
func TestQRNarrowTerminal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(path, []byte(serverFile), 0o600); err != nil {
		t.Fatal(err)
	}
	screen, terminal, err := testutil.OpenTerminal()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	defer terminal.Close()
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 40}); err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	code := Run(t.Context(), []string{"peer", "add", path, "--name", "alice", "--qr"}, Streams{In: strings.NewReader(""), Out: terminal, Err: &errs})
	if want := "wgctrl: --qr: the terminal has 40 columns, and the QR code needs "; code != 1 || !strings.HasPrefix(errs.String(), want) {
		t.Errorf("peer add --qr = %d, %q, want 1, %q", code, errs.String(), want)
	}
	if text, err := os.ReadFile(path); string(text) != serverFile || err != nil {
		t.Errorf("file = %q, %v, want it unchanged", text, err)
	}
}
