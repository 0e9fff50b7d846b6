package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestShowFlagsAsWG checks that wg and awg do not have the flags of show.
func TestShowFlagsAsWG(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"wg", "awg"} {
		for _, flags := range []string{"all --sort key", "all --filter x", "all transfer --sort=key", "all dump --filter=x", "all dump -w"} {
			var out, errs bytes.Buffer
			args := append([]string{program, "show"}, strings.Fields(flags)...)
			code := Main(t.Context(), args, Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
			if want := "Usage: " + program + " show { <interface> | all | interfaces } ["; code != 1 || out.Len() > 0 || !strings.HasPrefix(errs.String(), want) {
				t.Errorf("Main(%q) = %d, stdout %q, stderr %q, want 1, no stdout, prefix %q", args, code, out.String(), errs.String(), want)
			}
		}
	}
}

// TestPeerOrder checks the order of peers by name: without capitals, and peers without
// a name last in the order of the device.
func TestPeerOrder(t *testing.T) {
	t.Parallel()
	names := map[wgtypes.PublicKey]string{{1}: "bob", {3}: "Alice", {4}: "alice", {5}: "Carol"}
	d := &wgtypes.Device{Name: "wg0"}
	for i := range 6 {
		d.Peers = append(d.Peers, wgtypes.Peer{PublicKey: wgtypes.PublicKey{byte(i)}})
	}
	v := peerView{order: byName, names: fileNames{all: names}}
	v.arrange(d)
	var got []byte
	for _, p := range d.Peers {
		got = append(got, p.PublicKey[0])
	}
	if want := []byte{3, 4, 1, 5, 0, 2}; !slices.Equal(got, want) {
		t.Errorf("peers by name = %v, want %v", got, want)
	}
}
