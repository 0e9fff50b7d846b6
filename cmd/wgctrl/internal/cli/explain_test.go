package cli

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestWritePartial(t *testing.T) {
	t.Parallel()
	peers := func(n int) (list []wgtypes.PeerConfig) {
		for i := range n {
			list = append(list, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{byte(i + 1)}})
		}
		return list
	}
	var out strings.Builder
	writePartial(&out, &wgctrl.PartialError{
		Applied: wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32), ReplacePeers: true},
		Unknown: wgtypes.Config{Peers: peers(1)},
		NotSent: wgtypes.Config{Peers: peers(2)},
		Err:     errors.New("no"),
	})
	want := `  applied: the private key; the listening port; the firewall mark; the removal of all other peers
  perhaps applied: peer AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
  not sent: 2 peers, from AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= to AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
`
	if out.String() != want {
		t.Errorf("writePartial prints\n%s\nwant\n%s", out.String(), want)
	}
}

// TestPermissionHint checks that root is not told to run as root.
func TestPermissionHint(t *testing.T) {
	t.Parallel()
	for euid, want := range map[int]string{-1: "run as administrator", 0: "CAP_NET_ADMIN", 1000: "run as root"} {
		if got := permissionHint(euid); !strings.Contains(got, want) {
			t.Errorf("permissionHint(%d) = %q, want it to contain %q", euid, got, want)
		}
	}
}

// TestUntrustedNames checks that every place that prints a device name replaces or
// escapes control characters. The kernel accepts nearly all bytes in link names.
func TestUntrustedNames(t *testing.T) {
	t.Parallel()
	const name = "\x1b]0;x\u009b"
	const asJSON = `"name": "\u001b]0;x\u009b",`
	ref := wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel}
	for what, test := range map[string]struct {
		write func(io.Writer)
		want  string
	}{
		"list":  {func(w io.Writer) { writeList(w, []listedDevice{{DeviceRef: ref}}) }, "?]0;x?  kernel"},
		"hint":  {func(w io.Writer) { writeDeviceNames(w, []string{name, "wg1"}) }, "  hint: existing devices: ?]0;x?, wg1\n"},
		"error": {func(w io.Writer) { report(w, errors.New("wgctrl: "+name+"\nmore")) }, "wgctrl: ?]0;x?\nmore\n"},
		"device JSON": {func(w io.Writer) {
			v, err := view(&wgtypes.Device{Name: name}, fieldAll, false)
			if err != nil {
				t.Error(err)
			}
			_ = writeJSON(w, v)
		}, asJSON},
		"names JSON": {func(w io.Writer) { _ = writeJSON(w, []wgtypes.DeviceRef{ref}) }, asJSON},
	} {
		var text strings.Builder
		test.write(&text)
		if got := text.String(); !strings.Contains(got, test.want) || strings.ContainsAny(got, "\x1b\u009b") {
			t.Errorf("%s prints %q, want %q in it and no escape sequences", what, got, test.want)
		}
	}
}
