//go:build integration

// The integration tests use kernel devices of the machine on which they run. They need
// root, create devices named wg9000 and up, and remove them:
//
//	go test -tags integration -run Integration ./e2e
//
// They change no other device. They fail if the kernel of a system that the library
// supports has no WireGuard. On Windows, where the library cannot create devices, the
// environment variable WGTEST_ADAPTER names an adapter whose settings they may change
// and restore.

package e2e_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// machineClient returns a Client for the kernel devices of this machine. It skips the
// test on systems whose kernel has none.
func machineClient(t *testing.T) (*wgctrl.Client, system) {
	t.Helper()
	sys, ok := systems[runtime.GOOS]
	if !ok {
		t.Skipf("the kernel of %s has no WireGuard", runtime.GOOS)
	}
	return newClient(t, wgctrl.WithBackends(wgtypes.KindKernel), wgctrl.WithZeroPublicKeys()), sys
}

// creatingClient is machineClient for tests that create devices. It skips the test on
// Windows.
func creatingClient(t *testing.T) (*wgctrl.Client, system) {
	t.Helper()
	c, sys := machineClient(t)
	if runtime.GOOS == "windows" {
		t.Skip("the library cannot create devices on windows")
	}
	return c, sys
}

// machineDevice returns a device of this machine without settings: a new one or, on
// Windows, the adapter that the environment names.
func machineDevice(t *testing.T, c *wgctrl.Client) subject {
	t.Helper()
	if runtime.GOOS == "windows" {
		return adapter(t, c)
	}
	return createDevice(t, c, wgctrl.LinkOptions{})
}

// createDevice creates a device under a free name. The end of the test removes it.
func createDevice(t *testing.T, c *wgctrl.Client, o wgctrl.LinkOptions) subject {
	t.Helper()
	const first, count = 9000, 100
	for n := first; n < first+count; n++ {
		name := fmt.Sprintf("wg%d", n)
		switch err := c.CreateDevice(t.Context(), name, o); {
		case errors.Is(err, fs.ErrExist):
		case err != nil:
			t.Fatalf("CreateDevice(%q) = %v, want nil", name, err)
		default:
			removeAtEnd(t, c, name)
			return subject{c, name}
		}
	}
	t.Fatalf("the names wg%d to wg%d are in use, want a free one", first, first+count-1)
	return subject{}
}

// removeAtEnd removes the new device at the end of the test, unless the test has
// removed it.
func removeAtEnd(t *testing.T, c *wgctrl.Client, name string) {
	t.Helper()
	link, err := c.Link(t.Context(), name)
	created := c.Only(wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel, Index: link.Index})
	t.Cleanup(func() {
		if err := created.DeleteDevice(cleanupContext(t), name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("DeleteDevice(%q) at the end of the test = %v, want nil", name, err)
		}
	})
	if err != nil {
		t.Fatalf("Link(%q) of the new device = %v, want nil", name, err)
	}
}

// adapter returns the adapter that the environment names, without settings. The end of
// the test restores its settings.
func adapter(t *testing.T, c *wgctrl.Client) subject {
	t.Helper()
	const variable = "WGTEST_ADAPTER"
	name := os.Getenv(variable)
	if name == "" {
		t.Skipf("set %s to the name of a WireGuardNT adapter whose settings the test may change", variable)
	}
	s := subject{c, name}
	before := wgtest.ConfigOf(s.read(t))
	empty := wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16(0)), ReplacePeers: true}
	t.Cleanup(func() {
		for _, config := range []wgtypes.Config{empty, before} {
			if err := c.ConfigureDevice(cleanupContext(t), name, config); err != nil {
				t.Errorf("restoring the settings of %q: ConfigureDevice = %v, want nil", name, err)
			}
		}
	})
	s.configure(t, empty)
	return s
}

// TestIntegrationCapabilities checks what the Client says about this system.
func TestIntegrationCapabilities(t *testing.T) {
	c, sys := machineClient(t)
	if got, err := c.Capabilities(wgtypes.KindKernel); err != nil || got != sys.can {
		t.Errorf("Capabilities(kernel) = %+v, %v, want %+v", got, err, sys.can)
	}
}

// TestIntegrationScenarios compares a device with the model after each step of the
// scenarios that all backends share.
func TestIntegrationScenarios(t *testing.T) {
	for _, scenario := range testutil.Scenarios() {
		t.Run(scenario.Name, func(t *testing.T) {
			c, sys := machineClient(t)
			s := machineDevice(t, c)
			for i, config := range scenario.Steps {
				want, got := s.apply(t, sys.supported(s.read(t), config))
				if diff := sys.compare(want, got); diff != "" {
					t.Fatalf("Device(%q) after step %d (-want +got):\n%s", s.name, i, diff)
				}
			}
		})
	}
}

// TestIntegrationUnsupported checks that settings which this system does not have are
// refused, and that the device then has its old state.
func TestIntegrationUnsupported(t *testing.T) {
	c, sys := machineClient(t)
	s := machineDevice(t, c)
	refused := make(map[string]wgtypes.Config)
	if !sys.can.FirewallMark {
		refused["firewall mark"] = wgtypes.Config{FirewallMark: new(uint32(7)), Peers: []wgtypes.PeerConfig{testutil.Allow(testutil.PeerA)}}
	}
	if !sys.can.PersistentKeepalive {
		refused["keepalive"] = testutil.Peers(testutil.Allow(testutil.PeerA), wgtypes.PeerConfig{PublicKey: testutil.PeerB, PersistentKeepalive: new(time.Second)})
	}
	if n := sys.can.MaxAllowedIPs; n != 0 {
		peer := testutil.FullPeers(1, n+1)[0]
		refused["allowed IPs"] = testutil.Peers(testutil.Allow(testutil.PeerA), wgtypes.PeerConfig{PublicKey: peer.PublicKey, AllowedIPs: peer.AllowedIPs})
	}
	before := s.read(t)
	for what, config := range refused {
		if err := c.ConfigureDevice(t.Context(), s.name, config); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("ConfigureDevice(%q) with a %s = %v, want error wrapping errors.ErrUnsupported", s.name, what, err)
		}
	}
	if diff := sys.compare(before, s.read(t)); diff != "" {
		t.Errorf("Device(%q) after refused settings (-want +got):\n%s", s.name, diff)
	}
}

// TestIntegrationSync checks that SyncDevice sends only what differs.
func TestIntegrationSync(t *testing.T) {
	c, sys := machineClient(t)
	s := machineDevice(t, c)
	want := sys.supported(s.read(t), wgtypes.Config{
		PrivateKey: &testutil.Key1, ListenPort: new(uint16(51820)), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA, "10.0.0.0/8"), testutil.FullPeer(testutil.PeerB, "fd00::/8")},
	})
	sync := func() wgtypes.Config {
		t.Helper()
		have := s.read(t)
		applied, err := c.SyncDevice(t.Context(), s.name, want, wgctrl.SyncOptions{})
		if err != nil {
			t.Fatalf("SyncDevice(%q) = %v, want nil", s.name, err)
		}
		if diff := sys.compare(wginternal.Apply(have, applied), s.read(t)); diff != "" {
			t.Fatalf("Device(%q) after SyncDevice (-want +got):\n%s", s.name, diff)
		}
		return applied
	}
	sync()
	if applied := sync(); !applied.IsZero() {
		t.Errorf("the second SyncDevice(%q) = %v, want no change", s.name, applied)
	}
	want.Peers[1].PresharedKey = &testutil.PresharedKey2
	change := testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerB, UpdateOnly: sys.can.UpdateOnly, PresharedKey: &testutil.PresharedKey2})
	if diff := cmp.Diff(change, sync(), cmpopts.EquateComparable(netip.AddrPort{}), cmp.Comparer(wgtypes.PresharedKey.Equal)); diff != "" {
		t.Errorf("SyncDevice(%q) with another preshared key of a peer (-want +got):\n%s", s.name, diff)
	}
}

// TestIntegrationTunnel connects two devices of this machine. It checks that the
// removal of a single prefix keeps the session of the peer.
func TestIntegrationTunnel(t *testing.T) {
	c, sys := creatingClient(t)
	if !sys.can.PersistentKeepalive {
		t.Skipf("needs a keepalive to start a handshake, which %s does not have", runtime.GOOS)
	}
	up := wgctrl.LinkOptions{Up: true}
	a, b := newEnd(t, createDevice(t, c, up)), newEnd(t, createDevice(t, c, up))
	connect(t, a, b)
	before := a.read(t)
	want, got := a.apply(t, testutil.Peers(testutil.Disallow(b.key.PublicKey(), "192.0.2.0/24")))
	if diff := sys.compare(want, got); diff != "" {
		t.Errorf("Device(%q) after the removal of a prefix (-want +got):\n%s", a.name, diff)
	}
	old, now := before.Peers[0], got.Peers[0]
	if !now.Connected(time.Now()) || now.LastHandshake.Before(old.LastHandshake) || now.ReceiveBytes < old.ReceiveBytes || now.TransmitBytes < old.TransmitBytes {
		t.Errorf("after the removal of a prefix the peer is %+v, want the session and the counters of %+v", now, old)
	}
}

// TestIntegrationLink reads and changes the state of an interface.
func TestIntegrationLink(t *testing.T) {
	c, sys := creatingClient(t)
	s := createDevice(t, c, wgctrl.LinkOptions{})
	index := s.link(t, 1420, false).Index
	if index == 0 {
		t.Errorf("Link(%q) has index 0, want another", s.name)
	}
	for _, change := range []struct {
		mtu int
		up  bool
	}{{1400, true}, {1380, true}, {1380, false}} {
		if err := c.SetLink(t.Context(), s.name, wgctrl.LinkChange{MTU: &change.mtu, Up: &change.up}); err != nil {
			t.Fatalf("SetLink(%q, %+v) = %v, want nil", s.name, change, err)
		}
		if got := s.link(t, change.mtu, change.up); got.Index != index {
			t.Errorf("Link(%q) has index %d, want %d as before", s.name, got.Index, index)
		}
	}
	second := createDevice(t, c, wgctrl.LinkOptions{MTU: 1300, Up: true})
	second.link(t, 1300, true)
	if err := c.CreateDevice(t.Context(), s.name, wgctrl.LinkOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateDevice(%q) of an existing device = %v, want error wrapping fs.ErrExist", s.name, err)
	}
	_, err := c.Device(t.Context(), sys.loopback)
	for what, err := range map[string]error{
		"Device":       err,
		"DeleteDevice": c.DeleteDevice(t.Context(), sys.loopback),
		"SetLink":      c.SetLink(t.Context(), sys.loopback, wgctrl.LinkChange{MTU: new(1400)}),
	} {
		if !errors.Is(err, wgctrl.ErrNotWireGuard) {
			t.Errorf("%s(%q) = %v, want error wrapping ErrNotWireGuard", what, sys.loopback, err)
		}
	}
}

// link checks the state of the interface.
func (s subject) link(t *testing.T, mtu int, up bool) wgctrl.Link {
	t.Helper()
	got, err := s.client.Link(t.Context(), s.name)
	if err != nil || got.MTU != mtu || got.Up != up {
		t.Fatalf("Link(%q) = %+v, %v, want MTU %d and up %t", s.name, got, err, mtu, up)
	}
	return got
}

// TestIntegrationWatch checks that Watch reports a device that is added and removed
// without polling, and that the device is missing afterwards.
func TestIntegrationWatch(t *testing.T) {
	c, _ := creatingClient(t)
	v := view(t, c, wgctrl.WatchOptions{Interval: never})
	v.awaits("ready")
	s := createDevice(t, c, wgctrl.LinkOptions{Up: true})
	v.awaits("device-added " + s.name)
	if err := c.DeleteDevice(t.Context(), s.name); err != nil {
		t.Fatalf("DeleteDevice(%q) = %v, want nil", s.name, err)
	}
	v.awaits("device-removed " + s.name)
	if _, err := c.Device(t.Context(), s.name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Device(%q) of a deleted device = %v, want error wrapping fs.ErrNotExist", s.name, err)
	}
	if err := c.DeleteDevice(t.Context(), s.name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("DeleteDevice(%q) of a deleted device = %v, want error wrapping fs.ErrNotExist", s.name, err)
	}
}
