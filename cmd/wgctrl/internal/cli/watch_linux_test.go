package cli

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestWatchKernel checks watch and top on kernel devices in another network
// namespace that are added, configured and removed.
func TestWatchKernel(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c := d.Client(t)
	flags := []string{"--backend", "kernel", "--netns", fmt.Sprintf("/proc/self/fd/%d", d.NetNS().FD())}
	r := start(t, append(flags, "watch", "--interval", "100ms")...)
	r.awaits(` device-added wg0 kernel$`)
	r.awaits(` ready$`)
	if err := c.CreateDevice(t.Context(), "wg1", wgctrl.LinkOptions{}); err != nil {
		t.Fatal(err)
	}
	r.awaits(` device-added wg1 kernel$`)
	if err := c.ConfigureDevice(t.Context(), "wg1", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: watchedPeer}}}); err != nil {
		t.Fatal(err)
	}
	r.awaits(` peer-added wg1 ` + watchedPeer.String())
	code, out, errs := runCommand(t, append(flags, "top", "--interval", "10ms")...)
	device, peer := regexp.MustCompile(`(?m)^  wg1 +kernel `), "\n- "+watchedPeer.String()+" wg1 "
	if code != 0 || errs != "" || !device.MatchString(out) || !strings.Contains(out, peer) {
		t.Errorf("top = %d, stderr %q, stdout\n%s\nwant 0, no stderr, a match of %s and %q", code, errs, out, device, peer)
	}
	if err := c.DeleteDevice(t.Context(), "wg1"); err != nil {
		t.Fatal(err)
	}
	r.awaits(` device-removed wg1 kernel$`)
	r.ends(1, "")
}
