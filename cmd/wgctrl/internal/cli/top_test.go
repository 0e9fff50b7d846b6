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

// TestTopText: what is no terminal gets text: snapshots with the names of peers,
// and what cannot be read.
func TestTopText(t *testing.T) {
	t.Parallel()
	dir, flags := socketPlace(t)
	startUser(t, dir, "wg0")
	configure(t, dir, "wg0", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: watchedPeer}, {PublicKey: wgtypes.PublicKey{2}}}})
	names := filepath.Join(t.TempDir(), "names.conf")
	if err := os.WriteFile(names, []byte("# Alice's \x1b[2J laptop\n[Peer]\nPublicKey = "+watchedPeer.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	top := append(flags, "top", "--interval", "10ms", "--names", names)
	code, out, errs := said(t, top...)
	if code != 0 || errs != "" || strings.Count(out, "\n") != 6 || strings.Contains(out, "\x1b") {
		t.Errorf("exit code %d, %q, %s", code, errs, out)
	}
	for _, want := range []string{"  1 device  2 peers  ", "\n  wg0  ", "\n- Alice's ?[2J laptop ", "\n- AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}

	code, out, errs = said(t, append(top, "--count", "3")...)
	if code != 0 || errs != "" || strings.Count(out, " 2 peers ") != 3 || strings.Count(out, "\n\n") != 2 {
		t.Errorf("exit code %d, %q, %s", code, errs, out)
	}

	hang(t, dir, "hung")
	code, out, errs = said(t, top...)
	if code != 1 || errs != "" || !regexp.MustCompile(`\n! hung  unreadable for \d+s: .*no reply from \S+ for 5s`).MatchString(out) || !strings.Contains(out, "\n- Alice") {
		t.Errorf("exit code %d, %q, %s", code, errs, out)
	}
}

// TestTopOfNothing: nothing is no failure, unless it was named.
func TestTopOfNothing(t *testing.T) {
	t.Parallel()
	_, flags := socketPlace(t)
	top := append(flags, "top", "--interval", "10ms")
	if code, out, errs := said(t, top...); code != 0 || !strings.Contains(out, " 0 devices ") || !strings.HasPrefix(errs, "no WireGuard devices found; looked at\n") {
		t.Errorf("exit code %d, %q, %s", code, errs, out)
	}
	if code, _, errs := said(t, append(top, "wg7")...); code != 1 || errs != "wgctrl: no such device: \"wg7\": waiting for it\n" {
		t.Errorf("exit code %d, %q", code, errs)
	}
}

// TestTopAbsent: of several devices that were named, one that is not there is said
// once, and is a failure.
func TestTopAbsent(t *testing.T) {
	t.Parallel()
	dir, flags := socketPlace(t)
	startUser(t, dir, "wg0")
	top := append(flags, "top", "--interval", "10ms", "--count", "2")
	code, out, errs := said(t, append(top, "wg0", "wg9")...)
	want := "wgctrl: no such device: \"wg9\": waiting for it\n  hint: did you mean wg0?\n"
	if code != 1 || errs != want || strings.Count(out, "\n  wg0 ") != 2 {
		t.Errorf("exit code %d, %q, %s", code, errs, out)
	}
	if code, _, errs := said(t, append(top, "wg0")...); code != 0 || errs != "" {
		t.Errorf("exit code %d, %q", code, errs)
	}
}

// TestTopInterrupted: an end from without ends it.
func TestTopInterrupted(t *testing.T) {
	t.Parallel()
	dir, flags := socketPlace(t)
	startUser(t, dir, "wg0")
	r := start(t, append(flags, "top", "--interval", "10ms", "--count", "1000000")...)
	r.awaits(`^  wg0 `)
	r.ends(1, "")
}

// TestTopWithoutNames: files with names that were asked for, and give none, end
// it before the first line; the usual ones need not be there.
func TestTopWithoutNames(t *testing.T) {
	t.Parallel()
	_, flags := socketPlace(t)
	dir := t.TempDir()
	for pattern, want := range map[string]string{
		filepath.Join(dir, "mistyped.conf"): "file does not exist",
		filepath.Join(dir, "*.conf"):        "file does not exist",
		filepath.Join(dir, "["):             "syntax error in pattern",
		dir:                                 " is no file of at most ",
	} {
		code, out, errs := said(t, append(flags, "top", "--interval", "10ms", "--names", pattern)...)
		if code != 1 || out != "" || !strings.HasPrefix(errs, "wgctrl: --names") || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q, %q", pattern, code, out, errs)
		}
	}
}

// TestSnapshotsEnd: when snapshots end, whatever ended them, nothing of them goes
// on, and what went wrong last is said.
func TestSnapshotsEnd(t *testing.T) {
	t.Parallel()
	lost, late := errors.New("nobody reads"), errors.New("late")
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
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if !ended.Load() {
			t.Errorf("%s: reading goes on", test.name)
		}
	}
}

// writerFunc is a function that is written to.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestSpeaksUTF8: the first variable that is set says it.
func TestSpeaksUTF8(t *testing.T) {
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
		if got := speaksUTF8(lookup); got != test.want {
			t.Errorf("%v: %t", test.env, got)
		}
	}
}
