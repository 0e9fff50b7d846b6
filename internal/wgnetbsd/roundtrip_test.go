package wgnetbsd_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgnetbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// numericZones makes the zones of d those that a kernel with only wg0 returns.
func numericZones(d *wgtypes.Device) *wgtypes.Device {
	d.Name, d.Kind, d.Index = "wg0", wgtypes.KindKernel, 1
	canonical(d)
	return d
}

// FuzzDevices checks that a device that was written is read as it was, except for what the
// kernel does not have.
func FuzzDevices(f *testing.F) {
	f.Add(uint64(1), uint64(1))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		want := numericZones(testutil.RandomDevice(r, testutil.RandomOptions{MaxAllowedIPs: maxAllowedIPs, Collisions: 0.2}))
		want.FirewallMark = 0
		for i := range want.Peers {
			p := &want.Peers[i]
			want.Peers[i] = wgtypes.Peer{
				PublicKey: p.PublicKey, PresharedKey: p.PresharedKey, Endpoint: p.Endpoint, AllowedIPs: p.AllowedIPs, ProtocolVersion: 1,
			}
		}
		backend := newKernel(t).Backend()
		configure(t, backend, testutil.ConfigOf(want), nil)
		if d := diff(want, read(t, backend)); d != "" {
			t.Errorf("device (-want +got):\n%s", d)
		}
	})
}

// FuzzChanges checks that a random change has the effect that the model predicts, that
// applying its result again sends nothing, and that a refused change sends nothing.
func FuzzChanges(f *testing.F) {
	f.Add(uint64(1), uint64(1))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		k := newKernel(t)
		backend := k.Backend()
		o := testutil.RandomOptions{MaxPeers: 5, MaxAllowedIPs: 7, Collisions: 0.7, Unnormalized: true}
		for range 4 {
			have := read(t, backend)
			c := testutil.RandomConfig(r, have, o)
			k.TakeCalls()
			err := testutil.ConfigureDevice(t.Context(), backend, "wg0", c)
			if errors.Is(err, errors.ErrUnsupported) {
				if got := sent(k); len(got) > 0 {
					t.Fatalf("refused change: commands = %v, want none", got)
				}
				c = adapt(have, c)
				err = testutil.ConfigureDevice(t.Context(), backend, "wg0", c)
			}
			if err != nil {
				t.Fatalf("Configure(%v) = %v, want nil", c, err)
			}
			want, got := wginternal.Apply(have, c), read(t, backend)
			if d := diff(want, got); d != "" {
				t.Fatalf("device after %v (-want +got):\n%s", c, d)
			}
			again := testutil.ConfigOf(got)
			again.ReplacePeers = true
			k.TakeCalls()
			configure(t, backend, again, nil)
			if got := sent(k); len(got) > 0 {
				t.Fatalf("the same state again: commands = %v, want none", got)
			}
		}
	})
}

// FuzzReplies checks that hostile replies are either malformed or a device, and that a
// change that follows them is valid.
func FuzzReplies(f *testing.F) {
	f.Add(reply(f))
	f.Add([]byte(`<plist version="1.0"><dict><key>peers</key><array/></dict></plist>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b := replying(t, text)
		_, err := testutil.ReadDevice(t.Context(), b, "wg0")
		if err != nil && !errors.Is(err, wgnetbsd.ErrMalformed) && !errors.Is(err, wgnetbsd.ErrTooLarge) {
			t.Errorf("Read() of %q = %v, want ErrMalformed", text, err)
		}
		change := everyCommand()
		change.ListenPort = nil
		_ = testutil.ConfigureDevice(t.Context(), b, "wg0", change)
	})
}
