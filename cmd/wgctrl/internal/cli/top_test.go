package cli

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestTopText checks the snapshots that top prints without a terminal: names of
// peers, --count, and a device that cannot be read.
func TestTopText(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	configure(t, dir, "wg0", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: watchedPeer}, {PublicKey: wgtypes.PublicKey{2}}}})
	names := filepath.Join(t.TempDir(), "names.conf")
	if err := os.WriteFile(names, []byte("# Alice's \x1b[2J laptop\n[Peer]\nPublicKey = "+watchedPeer.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	top := append(flags, "top", "--interval", "10ms", "--names", names)
	code, out, errs := runCommand(t, top...)
	if code != 0 || errs != "" || strings.Count(out, "\n") != 6 || strings.Contains(out, "\x1b") {
		t.Errorf("Run(%q) = %d, stderr %q, stdout\n%s\nwant 0, no stderr, 6 lines without escape sequences", top, code, errs, out)
	}
	for _, want := range []string{"  1 device  2 peers  ", "\n  wg0  ", "\n- Alice's ?[2J laptop ", "\n- AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= "} {
		if !strings.Contains(out, want) {
			t.Errorf("Run(%q) prints\n%s\nwant it to contain %q", top, out, want)
		}
	}

	code, out, errs = runCommand(t, append(top, "--count", "3")...)
	if code != 0 || errs != "" || strings.Count(out, " 2 peers ") != 3 || strings.Count(out, "\n\n") != 2 {
		t.Errorf("Run(%q --count 3) = %d, stderr %q, stdout\n%s\nwant 0, no stderr, 3 snapshots", top, code, errs, out)
	}

	hang(t, dir, "hung")
	code, out, errs = runCommand(t, top...)
	want := regexp.MustCompile(`\n! hung  unreadable for \d+s: .*no reply from \S+ for 5s`)
	if code != 1 || errs != "" || !want.MatchString(out) || !strings.Contains(out, "\n- Alice") {
		t.Errorf("Run(%q) = %d, stderr %q, stdout\n%s\nwant 1, no stderr, a match of %s and Alice", top, code, errs, out, want)
	}
}

// TestTopWithoutDevices checks that no devices are an error only if one was named.
func TestTopWithoutDevices(t *testing.T) {
	t.Parallel()
	_, flags := newSocketDir(t)
	top := append(flags, "top", "--interval", "10ms")
	if code, out, errs := runCommand(t, top...); code != 0 || !strings.Contains(out, " 0 devices ") || !strings.HasPrefix(errs, "no WireGuard devices found; looked at\n") {
		t.Errorf("Run(%q) = %d, stderr %q, stdout\n%s\nwant 0, where top looked, 0 devices", top, code, errs, out)
	}
	want := "wgctrl: no such device: \"wg7\"\n"
	if code, _, errs := runCommand(t, append(top, "wg7")...); code != 1 || errs != want {
		t.Errorf("Run(%q wg7) = %d, stderr %q, want 1, %q", top, code, errs, want)
	}
}

// TestTopMissing checks that a missing device among several named ones is reported
// once and is an error.
func TestTopMissing(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	top := append(flags, "top", "--interval", "10ms", "--count", "2")
	code, out, errs := runCommand(t, append(top, "wg0", "wg9")...)
	want := "wgctrl: no such device: \"wg9\"\n  hint: existing devices: wg0\n"
	if code != 1 || errs != want || strings.Count(out, "\n  wg0 ") != 2 {
		t.Errorf("Run(%q wg0 wg9) = %d, stderr %q, stdout\n%s\nwant 1, %q, wg0 twice", top, code, errs, out, want)
	}
	startDevice(t, dir, "wg1")
	if code, out, errs := runCommand(t, append(top, "wg0")...); code != 0 || errs != "" || strings.Contains(out, "wg1") {
		t.Errorf("Run(%q wg0) = %d, stderr %q, stdout\n%s\nwant 0, no stderr, no wg1", top, code, errs, out)
	}
}

// TestTopInterrupted checks that cancelling ends top without an error message.
func TestTopInterrupted(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	r := start(t, append(flags, "top", "--interval", "10ms", "--count", "1000000")...)
	r.awaits(`^  wg0 `)
	r.ends(1, "")
}

// TestTopMissingNames checks that top fails if a file of --names cannot be read. The
// default files need not exist.
func TestTopMissingNames(t *testing.T) {
	t.Parallel()
	_, flags := newSocketDir(t)
	dir := t.TempDir()
	for pattern, want := range map[string]string{
		filepath.Join(dir, "mistyped.conf"): "no file matches",
		filepath.Join(dir, "*.conf"):        "no file matches",
		filepath.Join(dir, "["):             "syntax error in pattern",
		dir:                                 ": must be a regular file of at most ",
	} {
		code, out, errs := runCommand(t, append(flags, "top", "--interval", "10ms", "--names", pattern)...)
		if code != 1 || out != "" || !strings.HasPrefix(errs, "wgctrl: --names") || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("Run(top --names %q) = %d, stdout %q, stderr %q; want 1, no stdout, one line with %q", pattern, code, out, errs, want)
		}
	}
}

// TestSnapshotsEnd checks that snapshots stop reading before they return, and which
// error they return.
func TestSnapshotsEnd(t *testing.T) {
	t.Parallel()
	lost, late := errors.New("broken pipe"), errors.New("late")
	for _, test := range []struct {
		out        io.Writer
		last, want error
		name       string
	}{
		{io.Discard, context.Canceled, nil, "all printed"},
		{io.Discard, late, late, "a late error"},
		{writerFunc(func([]byte) (int, error) { return 0, lost }), context.Canceled, lost, "a lost output"},
	} {
		var ended atomic.Bool
		events := func(ctx context.Context) iter.Seq2[wgtypes.Event, error] {
			return func(yield func(wgtypes.Event, error) bool) {
				defer ended.Store(true)
				if !yield(wgtypes.Event{Kind: wgtypes.EventReady}, nil) {
					return
				}
				<-ctx.Done()
				for range 1000 {
					runtime.Gosched()
				}
				yield(wgtypes.Event{}, test.last)
			}
		}
		cmd := new(cobra.Command)
		cmd.SetContext(t.Context())
		cmd.SetOut(test.out)
		cmd.SetErr(io.Discard)
		board := top.NewBoard(top.Options{Interval: time.Millisecond, PeerName: func(wgtypes.PublicKey) string { return "" }, Reason: reason})
		s := snapshots{board: board, view: top.NewView(board), interval: time.Millisecond, left: 1}
		if err := s.run(cmd, events); err != test.want {
			t.Errorf("%s: run = %v, want %v", test.name, err, test.want)
		}
		if !ended.Load() {
			t.Errorf("%s: run returned before the events ended, want after", test.name)
		}
	}
}

// writerFunc is a function that implements io.Writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestLocaleIsUTF8 checks that the first variable that is set decides.
func TestLocaleIsUTF8(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"LANG": "en_GB.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8"}, true},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "de_DE@euro", "LC_CTYPE": "C.UTF-8", "LC_ALL": ""}, true},
		{map[string]string{"LANG": "POSIX"}, false},
	} {
		lookup := func(name string) (string, bool) {
			value, ok := test.env[name]
			return value, ok
		}
		if got := localeIsUTF8(lookup); got != test.want {
			t.Errorf("localeIsUTF8(%v) = %t, want %t", test.env, got, test.want)
		}
	}
}
