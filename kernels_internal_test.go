package wgctrl

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeKernels are fakes of the kernels that tests cannot run, each with a device wg0.
var fakeKernels = map[string]func() wginternal.Backend{
	"freebsd": func() wginternal.Backend {
		k := kerneltest.NewFreeBSD()
		k.AddDevice("wg0")
		return k.Backend()
	},
	"openbsd": func() wginternal.Backend {
		k := kerneltest.NewOpenBSD()
		k.AddDevice("wg0")
		return k.Backend()
	},
	"dragonfly": func() wginternal.Backend {
		k := kerneltest.NewDragonFly()
		k.AddDevice("wg0")
		return k.Backend()
	},
	"netbsd": func() wginternal.Backend {
		k := kerneltest.NewNetBSD()
		k.AddDevice("wg0")
		return k.Backend()
	},
	"windows": func() wginternal.Backend {
		k := kerneltest.NewWindows()
		k.AddAdapter("wg0", "1.0.0.0", true)
		return k.Backend()
	},
}

// eachKernel runs a test with a Client of each fake kernel.
func eachKernel(t *testing.T, test func(t *testing.T, c *Client, can Capabilities)) {
	t.Parallel()
	for name, newBackend := range fakeKernels {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend()
			c := clientOf(b)
			if links, ok := b.(wginternal.Links); ok {
				c.links = []kernelLinks{{links, wgtypes.KindKernel}}
			}
			t.Cleanup(func() {
				if err := c.Close(); err != nil {
					t.Errorf("Close() = %v, want nil", err)
				}
			})
			can, err := c.Capabilities(wgtypes.KindKernel)
			if err != nil {
				t.Fatalf("Capabilities() = %v, want nil", err)
			}
			test(t, c, can)
		})
	}
}

// kernelConfig is a change that every kernel supports.
func kernelConfig() wgtypes.Config {
	return wgtypes.Config{
		PrivateKey: new(wgtypes.NewPrivateKey([32]byte{0: 8, 31: 0x40})), ListenPort: new(uint16(51820)), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{
			{
				PublicKey: wgtypes.PublicKey{1}, PresharedKey: new(wgtypes.NewPresharedKey([32]byte{7})),
				Endpoint: netip.MustParseAddrPort("192.0.2.1:51820"), ReplaceAllowedIPs: true,
				AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},
			},
			{PublicKey: wgtypes.PublicKey{2}, Endpoint: netip.MustParseAddrPort("[2001:db8::1]:7"), AllowedIPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
		},
	}
}

// TestKernelsSync checks SyncDevice, Device, Devices and StreamDevice with each kernel: a
// second SyncDevice changes nothing, and a third one changes only what differs.
func TestKernelsSync(t *testing.T) {
	eachKernel(t, func(t *testing.T, c *Client, can Capabilities) {
		ctx, config := t.Context(), kernelConfig()
		if _, err := c.SyncDevice(ctx, "wg0", config, SyncOptions{}); err != nil {
			t.Fatalf("SyncDevice() = %v, want nil", err)
		}
		if again, err := c.SyncDevice(ctx, "wg0", config, SyncOptions{}); err != nil || !again.IsZero() {
			t.Errorf("second SyncDevice() = %v, %v, want no change", again, err)
		}
		config.Peers[0].AllowedIPs = config.Peers[0].AllowedIPs[:1]
		change, err := c.SyncDevice(ctx, "wg0", config, SyncOptions{})
		if err != nil || len(change.Peers) != 1 || change.PrivateKey != nil || len(change.Peers[0].RemoveAllowedIPs) != 1 {
			t.Errorf("SyncDevice() without a prefix = %v, %v, want its removal", change, err)
		}
		d, err := c.Device(ctx, "wg0")
		if err != nil {
			t.Fatalf("Device() = %v, want nil", err)
		}
		want := wginternal.Apply(&wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, Index: d.Index}, config)
		if diff := diffDevices(want, d); diff != "" {
			t.Errorf("Device() (-want +got):\n%s", diff)
		}
		devices, err := c.Devices(ctx)
		if err != nil || len(devices) != 1 || diffDevices(d, devices[0]) != "" {
			t.Errorf("Devices() = %v, %v, want the device that Device returns", devices, err)
		}
		stream, err := c.StreamDevice(ctx, "wg0")
		if err != nil {
			t.Fatalf("StreamDevice() = %v, want nil", err)
		}
		defer stream.Close()
		streamed := stream.Device()
		for p, err := range stream.Peers() {
			if err != nil {
				t.Fatalf("Peers() = %v, want nil", err)
			}
			streamed.Peers = append(streamed.Peers, p)
		}
		if diff := diffDevices(d, streamed); diff != "" {
			t.Errorf("StreamDevice() (-Device +StreamDevice):\n%s", diff)
		}
	})
}

// diffDevices returns the difference between two devices, whose peers may be in
// different orders.
func diffDevices(a, b *wgtypes.Device) string {
	return cmp.Diff(a, b, cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}), cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(a, b wgtypes.Peer) bool { return a.PublicKey.String() < b.PublicKey.String() }),
		cmpopts.SortSlices(func(a, b netip.Prefix) bool { return a.Compare(b) < 0 }),
		cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal))
}

// TestKernelsUnsupported checks that a setting that a kernel does not have is refused
// before anything is sent.
func TestKernelsUnsupported(t *testing.T) {
	eachKernel(t, func(t *testing.T, c *Client, can Capabilities) {
		first, peer := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{4}}, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{3}}
		many, keepalive, update := peer, peer, peer
		for i := range 17 {
			many.AllowedIPs = append(many.AllowedIPs, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i)}), 16))
		}
		keepalive.PersistentKeepalive, update.UpdateOnly = new(time.Second), true
		peers := func(p wgtypes.PeerConfig) wgtypes.Config {
			return wgtypes.Config{Peers: []wgtypes.PeerConfig{first, p}}
		}
		mark := peers(peer)
		mark.FirewallMark = new(uint32(1))
		for setting, test := range map[string]struct {
			supported bool
			config    wgtypes.Config
		}{
			"FirewallMark":        {can.FirewallMark, mark},
			"PersistentKeepalive": {can.PersistentKeepalive, peers(keepalive)},
			"UpdateOnly":          {can.UpdateOnly, peers(update)},
			"allowed IPs":         {can.MaxAllowedIPs == 0, peers(many)},
		} {
			err := c.ConfigureDevice(t.Context(), "wg0", test.config)
			if test.supported {
				if err != nil {
					t.Errorf("ConfigureDevice() with %s = %v, want nil", setting, err)
				}
			} else if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), setting) || !strings.Contains(err.Error(), runtime.GOOS) {
				t.Errorf("ConfigureDevice() with %s = %v, want errors.ErrUnsupported that names it", setting, err)
			}
			if d, err := c.Device(t.Context(), "wg0"); err != nil || (len(d.Peers) > 0) != test.supported {
				t.Errorf("device after a change with %s = %v, %v, want peers: %t", setting, d, err, test.supported)
			}
			if err := c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{ReplacePeers: true}); err != nil {
				t.Fatalf("ConfigureDevice() = %v, want nil", err)
			}
		}
	})
}

// TestKernelsLinks checks the life of a new device, which Watch reports, and that a
// kernel without links says so.
func TestKernelsLinks(t *testing.T) {
	eachKernel(t, func(t *testing.T, c *Client, can Capabilities) {
		err := c.CreateDevice(t.Context(), "wg7", LinkOptions{MTU: 1300, Up: true})
		if !can.Links {
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("CreateDevice() = %v, want errors.ErrUnsupported", err)
			}
			return
		}
		if err != nil {
			t.Fatalf("CreateDevice() = %v, want nil", err)
		}
		link, err := c.Link(t.Context(), "wg7")
		if err != nil || link.MTU != 1300 || !link.Up || link.Index == 0 {
			t.Errorf("Link() = %+v, %v, want MTU 1300, up, with an index", link, err)
		}
		refs, err := c.List(t.Context())
		if err != nil || !slices.Contains(refs, wgtypes.DeviceRef{Name: "wg7", Kind: wgtypes.KindKernel, Index: link.Index}) {
			t.Errorf("List() = %v, %v, want wg7 among them", refs, err)
		}
		if err := c.SetLink(t.Context(), "wg7", LinkChange{Up: new(false)}); err != nil {
			t.Errorf("SetLink() = %v, want nil", err)
		}
		if err := c.Only(refs[len(refs)-1]).DeleteDevice(t.Context(), "wg7"); err != nil {
			t.Errorf("DeleteDevice() = %v, want nil", err)
		}
		if _, err := c.Link(t.Context(), "wg7"); err == nil {
			t.Error("Link() after DeleteDevice = nil, want an error")
		}
	})
}

// TestKernelsWatch checks that Watch reports the change of a peer.
func TestKernelsWatch(t *testing.T) {
	eachKernel(t, func(t *testing.T, c *Client, _ Capabilities) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for e, err := range c.Watch(ctx, WatchOptions{Interval: time.Millisecond}) {
			if err != nil {
				t.Fatalf("Watch() = %v, want no error", err)
			}
			switch e.Kind {
			case wgtypes.EventReady:
				if err := c.ConfigureDevice(ctx, "wg0", kernelConfig()); err != nil {
					t.Fatalf("ConfigureDevice() = %v, want nil", err)
				}
			case wgtypes.EventPeerAdded:
				return
			}
		}
		t.Error("Watch() ended, want a peer that was added")
	})
}
