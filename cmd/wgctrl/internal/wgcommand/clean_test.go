package wgcommand

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestHostileNames checks that control characters in names, which the kernel
// allows, do not reach a terminal. Pipes get names unchanged, and so does everyone
// under the name wg.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const name = "\x1b]0;x"
	show := map[string]func(c *command){
		"pretty": func(c *command) { c.pretty(hostileDevice(name)) },
		"field":  func(c *command) { _ = c.writeField(hostileDevice(name), "endpoints", true) },
		"names":  func(c *command) { c.writeNames([]wgtypes.DeviceRef{{Name: name}}) },
		"error":  func(c *command) { c.report(failed("Unable to access interface "+name, errors.New("no\nmore"))) },
	}
	for what, show := range show {
		for _, test := range []struct {
			clean    func(string) string
			terminal bool
			raw      bool
		}{
			{nil, false, true},
			{nil, true, true},
			{termtext.CleanLines, false, what == "field" || what == "names"},
			{termtext.CleanLines, true, false},
		} {
			var text bytes.Buffer
			env := Env{Out: &text, Err: &text, Clean: test.clean, Terminal: test.terminal,
				LookupEnv: func(name string) (string, bool) { return "never", name == "WG_COLOR_MODE" }}
			c := &command{ctx: t.Context(), env: &env, out: newOutput(&text)}
			show(c)
			if err := c.out.flush(); err != nil {
				t.Fatal(err)
			}
			got := text.String()
			if strings.Contains(got, name) != test.raw || strings.Contains(got, "?]0;x") == test.raw || !test.raw && strings.Contains(got, "\x1b") {
				t.Errorf("%s with terminal %t, cleaner %t = %q, want unchanged control bytes: %t", what, test.terminal, test.clean != nil, got, test.raw)
			}
			if what == "error" && strings.Count(got, "\n") != 2 {
				t.Errorf("error = %q, want two lines", got)
			}
		}
	}
}

// hostileDevice returns a device with a name, and a peer on a link of that name.
func hostileDevice(name string) *wgtypes.Device {
	at := netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(name), 7)
	return &wgtypes.Device{Name: name, Peers: []wgtypes.Peer{{Endpoint: at}}}
}
