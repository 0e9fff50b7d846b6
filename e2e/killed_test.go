//go:build linux || darwin || freebsd || openbsd

package e2e_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// largeDevice is a description of a device of so many peers, which takes several
// messages, or more than the buffers of a socket hold.
func largeDevice(n int) wgtypes.Config {
	key := wgtypes.NewPrivateKey([wgtypes.KeyLen]byte{1: 7, 31: 0x40})
	c := wgtypes.Config{PrivateKey: &key, FirewallMark: new(uint32(7)), ReplacePeers: true}
	for i := range n {
		c.Peers = append(c.Peers, wgtypes.PeerConfig{
			PublicKey: wgtypes.PublicKey{1, byte(i), byte(i >> 8)}, ReplaceAllowedIPs: true,
			AllowedIPs: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)},
		})
	}
	return c
}

// TestDaemonIsKilled kills a daemon, as kill -9 does, while it is changed: the
// caller learns that nothing of the change is known; the device is gone; and
// when the daemon is there again, the same description makes it whole.
func TestDaemonIsKilled(t *testing.T) {
	t.Parallel()
	want := largeDevice(1200)
	for _, percent := range []int{1, 100} {
		t.Run(fmt.Sprintf("%d percent", percent), func(t *testing.T) {
			t.Parallel()
			p := daemonProcess(t)
			ctx := wginternal.WithProgress(t.Context(), func(done, all int) {
				if all > 0 && done*100 >= all*percent {
					p.kill()
				}
			})
			err := p.client.ConfigureDevice(ctx, p.name, want)
			var partial *wgctrl.PartialError
			if !connectionEnded(err) || !errors.As(err, &partial) || len(partial.Unknown.Peers) != len(want.Peers) {
				t.Errorf("the change: %v", err)
			}
			p.mustBeGone(t)
			p.start(t)
			p.mustBecome(t, want)
		})
	}
}

// TestDaemonIsKilledWhileRead: half of a device is none.
func TestDaemonIsKilledWhileRead(t *testing.T) {
	t.Parallel()
	want := largeDevice(1200)
	p := daemonProcess(t)
	p.configure(t, want)
	ctx := wginternal.WithProgress(t.Context(), func(done, _ int) {
		if done == 20 {
			p.kill()
		}
	})
	if d, err := p.client.Device(ctx, p.name); d != nil || !connectionEnded(err) {
		t.Errorf("%v, %v", d, err)
	}
	p.mustBeGone(t)
	p.start(t)
	p.mustBecome(t, want)
}

// connectionEnded reports whether err says that a daemon hung up.
func connectionEnded(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, io.ErrUnexpectedEOF) && errors.Is(err, uapi.ErrProtocol)
}

func (p *process) mustBeGone(t *testing.T) {
	t.Helper()
	if _, err := p.client.Device(t.Context(), p.name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a killed daemon's device: %v", err)
	}
	if devices, err := p.client.Devices(t.Context()); err != nil || len(devices) != 0 {
		t.Errorf("a killed daemon's device is listed: %v, %v", devices, err)
	}
}

// mustBecome makes the device what want describes, and then does it again.
func (s subject) mustBecome(t testing.TB, want wgtypes.Config) {
	t.Helper()
	s.sync(t, want, wgctrl.SyncOptions{})
	if left := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(left) {
		t.Errorf("a second Sync would change %d peers", len(left.Peers))
	}
	got := s.read(t)
	if diff := compare(wginternal.Apply(&wgtypes.Device{Name: got.Name, Kind: got.Kind, Index: got.Index}, want), got); diff != "" {
		t.Errorf("(-described +read):\n%s", diff)
	}
}
