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
	want := `  applied: the private key; the listening port; the firewall mark; the removal of all earlier peers
  perhaps applied: peer AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
  not sent: 2 peers, from AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= to AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}

// TestHostileNames: the kernel refuses little in the name of a link. It reaches
// a terminal as text wherever it is printed, and lines stay lines.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const name = "\x1b]0;x\u009b"
	const asJSON = `"name": "\u001b]0;x\u009b",`
	ref := wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel}
	for what, test := range map[string]struct {
		write func(io.Writer)
		want  string
	}{
		"list":  {func(w io.Writer) { writeList(w, []listed{{DeviceRef: ref}}) }, "?]0;x?  kernel"},
		"near":  {func(w io.Writer) { writeHint(w, name+"y", []string{name}) }, "  hint: did you mean ?]0;x??\n"},
		"all":   {func(w io.Writer) { writeHint(w, "office", []string{name, "wg1"}) }, "  hint: there are ?]0;x?, wg1\n"},
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
			t.Errorf("%s: %q, want %q", what, got, test.want)
		}
	}
}
