package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

const (
	peer    = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	missing = "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	psk     = "AwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	zero    = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
)

// TestRun checks that the peer gets the key in the file, and that errors change nothing.
func TestRun(t *testing.T) {
	t.Parallel()
	for name, device := range map[string]func(testing.TB) *wgtest.Device{"userspace": wireguardgotest.OfflineDevice, "kernel": wgtest.Kernel} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := device(t)
			c := d.Client(t)
			key, err := wgtypes.ParsePublicKey(peer)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.ConfigureDevice(t.Context(), d.Name, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key}}}); err != nil {
				t.Fatal(err)
			}
			want := wgtypes.PresharedKey{}
			for _, step := range []struct{ peer, text, err string }{
				{missing, psk, "does not have the peer " + missing},
				{peer, zero, "zero preshared key"},
				{peer, psk[1:], "key.psk: "},
				{peer, psk + "\n", ""},
				{peer, "", "key.psk: "},
			} {
				file := filepath.Join(t.TempDir(), "key.psk")
				if err := os.WriteFile(file, []byte(step.text), 0o600); err != nil {
					t.Fatal(err)
				}
				err := run(t.Context(), c, d.Name, step.peer, file)
				switch {
				case step.err == "" && err == nil:
					if want, err = wgtypes.ParsePresharedKey(psk); err != nil {
						t.Fatal(err)
					}
				case step.err == "" || err == nil || !strings.Contains(err.Error(), step.err) || strings.Contains(err.Error(), psk[1:]):
					t.Errorf("run(%q, %q) = %v, want %q and no key", step.peer, step.text, err, step.err)
				}
				got, err := c.Device(t.Context(), d.Name)
				if err != nil || len(got.Peers) != 1 || !got.Peers[0].PresharedKey.Equal(want) {
					t.Errorf("after run(%q, %q), Device(%q) = %+v, %v, want one peer with the key of the last success", step.peer, step.text, d.Name, got, err)
				}
			}
		})
	}
}
