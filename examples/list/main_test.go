package main

import (
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

func TestList(t *testing.T) {
	t.Parallel()
	for name, device := range map[string]func(testing.TB) *wgtest.Device{"userspace": wireguardgotest.Device, "kernel": wgtest.Kernel} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := device(t)
			key := wgtypes.NewPrivateKey([32]byte{1})
			c := d.Client(t)
			err := c.ConfigureDevice(t.Context(), d.Name, wgtypes.Config{PrivateKey: &key, ListenPort: new(uint16(0)), Peers: []wgtypes.PeerConfig{
				{PublicKey: wgtypes.PublicKey{1}, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}},
				{PublicKey: wgtypes.PublicKey{2}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := list(t.Context(), c, &out); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				"wg0: " + name + ", key " + key.PublicKey().String(), (wgtypes.PublicKey{1}).String(), (wgtypes.PublicKey{2}).String(),
				"allowed [10.0.0.0/24]", "never shook hands",
			} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("list() printed\n%s\nwant it to have %q", &out, want)
				}
			}
		})
	}
}

// TestSomeFail checks that other devices are listed if one cannot be read.
func TestSomeFail(t *testing.T) {
	t.Parallel()
	good, bad := wgtest.NewFake(t, nil), wgtest.NewFake(t, &wgtypes.Device{Name: "bad"})
	bad.OnGet(0, wgtest.Fail(syscall.EIO))
	c := good.Client(t, wgctrl.WithDevice("bad", bad.UAPI()), wgctrl.WithBackends(wgtypes.KindUserspace, wgtypes.KindInProcess))
	var out strings.Builder
	err := list(t.Context(), c, &out)
	if err == nil || !strings.Contains(err.Error(), "bad") || !strings.HasPrefix(out.String(), "wg0: userspace") {
		t.Errorf("list() = %v and printed\n%s\nwant an error about %q, and the device wg0", err, &out, "bad")
	}
}
