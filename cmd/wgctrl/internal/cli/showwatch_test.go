package cli

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

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
		{"show -w 0.01 --json", `"firewall_mark": `},
		{"show --watch 10ms wg0 fwmark", `^%$`},
		{"show wg0 -w 10ms fwmark", `^%$`},
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

// TestRepeatFlagTimes checks which arguments are times of --watch.
func TestRepeatFlagTimes(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]struct {
		every time.Duration
		rest  string
	}{
		"":                 {0, ""},
		"5":                {0, "5"},
		"-w":               {2 * time.Second, ""},
		"--watch wg0":      {2 * time.Second, "wg0"},
		"-w 5":             {5 * time.Second, ""},
		"wg0 --watch 1.5":  {1500 * time.Millisecond, "wg0"},
		"-w 1m wg0 peers":  {time.Minute, "wg0 peers"},
		"wg0 -w 5 peers":   {5 * time.Second, "wg0 peers"},
		"-w 5 5":           {5 * time.Second, "5"},
		"5 -w":             {2 * time.Second, "5"},
		"5 -w 7":           {7 * time.Second, "5"},
		"-w -- 5":          {2 * time.Second, "5"},
		"-w 7 -- 5":        {7 * time.Second, "5"},
		"-w=2 5":           {2 * time.Second, "5"},
		"-w=2s 5":          {2 * time.Second, "5"},
		"--watch=7 5":      {7 * time.Second, "5"},
		"-w wg0 5":         {2 * time.Second, "wg0 5"},
		"-w 5sec":          {2 * time.Second, "5sec"},
		"-w inf":           {2 * time.Second, "inf"},
		"-w 3 -w 5":        {5 * time.Second, ""},
		"-w 3 wg0 -w=5":    {5 * time.Second, "wg0"},
		"-w=3 wg0 -w 5":    {5 * time.Second, "wg0"},
		"-w 3 wg0 --watch": {2 * time.Second, "wg0"},
	} {
		var f repeatFlag
		cmd := new(cobra.Command)
		f.add(cmd)
		if err := cmd.ParseFlags(strings.Fields(args)); err != nil {
			t.Fatalf("ParseFlags(%q) = %v, want nil", args, err)
		}
		for range 2 { // to check the arguments and to use them
			rest, err := f.takeTimes(cmd.Flags().Args())
			if got := strings.Join(rest, " "); err != nil || got != want.rest || f.every != want.every {
				t.Errorf("show %s: arguments %q, every %v, error %v, want %q, %v and none", args, got, f.every, err, want.rest, want.every)
			}
		}
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
