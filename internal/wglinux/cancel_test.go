//go:build linux

package wglinux

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// operations are calls of a Backend's methods. Each can be repeated.
var operations = map[string]func(ctx context.Context, b *Backend) error{
	"List": func(ctx context.Context, b *Backend) error { _, err := b.List(ctx); return err },
	"Open": func(ctx context.Context, b *Backend) error { _, err := b.Open(ctx, "wg0"); return err },
	"read": onDevice(func(ctx context.Context, d wginternal.Device) error {
		_, err := wginternal.ReadDevice(ctx, d, nil)
		return err
	}),
	"empty": onDevice(func(ctx context.Context, d wginternal.Device) error { return d.Configure(ctx, wgtypes.Config{}, nil) }),
	"zones": onDevice(func(ctx context.Context, d wginternal.Device) error { return d.Configure(ctx, zonesConfig, nil) }),
	"much":  onDevice(func(ctx context.Context, d wginternal.Device) error { return d.Configure(ctx, muchConfig, nil) }),
	"remove": onDevice(func(ctx context.Context, d wginternal.Device) error {
		return d.Configure(ctx, removeConfig, nil)
	}),
	"SetLink": func(ctx context.Context, b *Backend) error { return b.SetLink(ctx, "wg0", 0, new(1400), new(true)) },
	"Create": func(ctx context.Context, b *Backend) error {
		if err := b.Delete(ctx, "wg1", 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return b.Create(ctx, "wg1", 0, true, -1)
	},
}

func onDevice(f func(ctx context.Context, d wginternal.Device) error) func(ctx context.Context, b *Backend) error {
	return func(ctx context.Context, b *Backend) error {
		d, err := b.Open(ctx, "wg0")
		if err != nil {
			return err
		}
		defer d.Close()
		return f(ctx, d)
	}
}

var zonesConfig = wgtypes.Config{Peers: []wgtypes.PeerConfig{
	{PublicKey: wgtypes.PublicKey{1}, Endpoint: netip.MustParseAddrPort("[fe80::1%70002]:1")},
	{PublicKey: wgtypes.PublicKey{2}, Endpoint: netip.MustParseAddrPort("[fe80::1%eth0]:1")},
}}

// removeConfig removes half of the prefixes of a peer that needs several messages.
var removeConfig = wgtypes.Config{FirewallMark: new(uint32(5)), Peers: []wgtypes.PeerConfig{
	{PublicKey: wgtypes.PublicKey{9}, RemoveAllowedIPs: manyPrefixes(600)[:300]},
}}

// muchConfig needs several messages, and so does one of its peers.
var muchConfig = func() (c wgtypes.Config) {
	c.PrivateKey = new(wgtypes.NewPrivateKey([32]byte{1: 1, 31: 0x40}))
	for i := range byte(3) {
		c.Peers = append(c.Peers, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{3, i}, AllowedIPs: manyPrefixes(8000)[1000+2000*int(i):][:2000]})
	}
	return c
}()

// TestCancelAtEveryStep ends the context at each system call of each operation.
// The operation must return context.Canceled or succeed, and the next operation
// over the same Backend must succeed.
func TestCancelAtEveryStep(t *testing.T) {
	t.Parallel()
	for name, operate := range operations {
		for _, old := range []bool{false, true} {
			t.Run(name+map[bool]string{false: "", true: ", old kernel"}[old], func(t *testing.T) {
				t.Parallel()
				k := withDevice(40)
				k.Old = old
				s := testutil.NewStepCounter()
				dial := func(route bool) func() (transport, error) {
					return func() (transport, error) {
						s.Step()
						return tampering{transport: k.Dial(route), step: func(string) { s.Step() }}, nil
					}
				}
				for at := 0; ; at++ {
					k.SetDevice(&wgtypes.Device{Peers: append(slices.Clone(peersOfMany), wgtypes.Peer{
						PublicKey: wgtypes.PublicKey{9}, AllowedIPs: manyPrefixes(600),
					})})
					b := newBackend(Config{}, dial(false), dial(true))
					ctx, cancel := context.WithCancel(t.Context())
					s.Arm(at, cancel)
					err := operate(ctx, b)
					if err != nil && !errors.Is(err, context.Canceled) {
						t.Errorf("step %d: %s = %v, want nil or context.Canceled", at, name, err)
					}
					if name != "empty" {
						checkPartialError(t, err, at)
					}
					reached := s.Reached()
					s.Arm(-1, nil)
					if err := operate(t.Context(), b); err != nil {
						t.Errorf("after step %d: %s = %v, want nil", at, name, err)
					}
					if n := len(k.Device().Peers); n < 41 || n > 44 {
						t.Errorf("after step %d: the device has %d peers, want 41 to 44", at, n)
					}
					if err := b.Close(); err != nil {
						t.Errorf("Close() = %v, want nil", err)
					}
					cancel()
					if n := k.Sockets(); n != 0 {
						t.Fatalf("after step %d: %d sockets are open, want 0", at, n)
					}
					if !reached {
						t.Logf("ended at each of %d steps", at)
						return
					}
				}
			})
		}
	}
}

// peersOfMany are peers that no operation changes.
var peersOfMany = withDevice(40).Device().Peers

// checkPartialError fails if err is a PartialError with no parts.
func checkPartialError(t *testing.T, err error, at int) {
	t.Helper()
	var partial *wginternal.PartialError
	if errors.As(err, &partial) && partial.Applied.IsZero() && partial.Unknown.IsZero() && partial.NotSent.IsZero() {
		t.Errorf("step %d: %+v has no parts, want Applied, Unknown or NotSent", at, partial)
	}
}
