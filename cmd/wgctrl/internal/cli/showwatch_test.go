package cli

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestShowWatch checks that show --watch prints changes, with an empty line between two
// outputs, in each form.
func TestShowWatch(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	for i, test := range []struct{ args, want string }{
		{"show wg0 fwmark --watch=0.01", `^%$`},
		{"status wg0 -w=10ms", `^  fwmark: %$`},
		{"show --watch=0.01 --json", `"firewall_mark": `},
		{"show wg0 fwmark --sort key --watch=10ms", `^%$`},
	} {
		before, after := []string{"0x1", "0x2"}[i%2], []string{"0x1", "0x2"}[(i+1)%2]
		mark := map[string]uint32{"0x1": 1, "0x2": 2}
		configure(t, dir, "wg0", wgtypes.Config{FirewallMark: new(mark[before])})
		r := start(t, append(flags, strings.Fields(test.args)...)...)
		pattern := func(value string) string {
			if strings.HasSuffix(test.args, "json") {
				return test.want + value[2:] + `,$`
			}
			return strings.ReplaceAll(test.want, "%", value)
		}
		r.awaits(pattern(before))
		r.awaits(`^$`)
		r.awaits(pattern(before))
		configure(t, dir, "wg0", wgtypes.Config{FirewallMark: new(mark[after])})
		r.awaits(pattern(after))
		r.ends(1, "")
	}
}

// TestShowWatchUnreadable checks that show --watch goes on after an error and prints it
// once.
func TestShowWatchUnreadable(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	serveSocket(t, dir, "wrong", func(c net.Conn) {
		_, _ = io.WriteString(c, "nonsense\n\n")
		c.Close()
	})
	r := start(t, append(flags, "show", "--watch=0.01")...)
	for range 3 {
		r.awaits(`^interface: wg0$`)
	}
	r.cancel()
	for r.lines.Scan() { // until it has ended
	}
	code := <-r.code
	if text := r.stderr.String(); code != 1 || strings.Count(text, `read "wrong"`) != 1 {
		t.Errorf("show --watch = %d, stderr %q, want 1, the error once", code, text)
	}
}

// TestShowWatchOutputError checks that show --watch ends if its output cannot be
// written, with one error.
func TestShowWatchOutputError(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	for _, args := range [][]string{{"show", "--watch=0.01"}, {"show", "--json", "--watch=0.01"}} {
		var stderr bytes.Buffer
		code := Run(t.Context(), append(flags, args...), Streams{In: new(bytes.Buffer), Out: fullDisk{}, Err: &stderr})
		if code != 1 || strings.Count(stderr.String(), "no space left") != 1 {
			t.Errorf("Run(%q) = %d, stderr %q, want 1, %q once", args, code, stderr.String(), "no space left")
		}
	}
}
