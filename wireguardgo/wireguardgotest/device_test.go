package wireguardgotest_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// makers are the functions that create devices.
var makers = map[string]func(testing.TB) *wgtest.Device{
	"userspace":         wireguardgotest.Device,
	"userspace offline": wireguardgotest.OfflineDevice,
	"kernel":            wgtest.Kernel,
}

func TestOnlyDevice(t *testing.T) {
	t.Parallel()
	for name, maker := range makers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := maker(t)
			refs, err := d.Client(t).List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(refs) != 1 || refs[0].Name != d.Name || refs[0].Kind != d.Kind {
				t.Errorf("List() = %v, want only %s (%v)", refs, d.Name, d.Kind)
			}
			dev, err := d.Client(t).Device(t.Context(), d.Name)
			if err != nil {
				t.Fatal(err)
			}
			if dev.ListenPort == 0 || len(dev.Peers) != 0 || !dev.PrivateKey.IsZero() {
				t.Errorf("a new device has port %d, %d peers and the public key %v; want a port, no peers and no private key",
					dev.ListenPort, len(dev.Peers), dev.PublicKey)
			}
		})
	}
}

func TestDevicesAreSeparate(t *testing.T) {
	t.Parallel()
	for name, maker := range makers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := maker(t), maker(t)
			mark := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
			if err := a.Client(t).ConfigureDevice(t.Context(), a.Name, mark); err != nil {
				t.Fatal(err)
			}
			dev, err := b.Client(t).Device(t.Context(), b.Name)
			if err != nil {
				t.Fatal(err)
			}
			if len(dev.Peers) != 0 {
				t.Errorf("after a change to another device there are %d peers, want 0", len(dev.Peers))
			}
		})
	}
}

// TestOfflineDevices configures two devices with the same port, which is impossible
// with UDP sockets.
func TestOfflineDevices(t *testing.T) {
	t.Parallel()
	for range 2 {
		d := wireguardgotest.OfflineDevice(t)
		c := d.Client(t)
		if err := c.ConfigureDevice(t.Context(), d.Name, wgtypes.Config{ListenPort: new(uint16(1)), FirewallMark: new(uint32(7))}); err != nil {
			t.Fatal(err)
		}
		dev, err := c.Device(t.Context(), d.Name)
		if err != nil || dev.ListenPort != 1 || dev.FirewallMark != 7 {
			t.Errorf("Device(%q) = %v, %v, want port 1 and mark 7", d.Name, dev, err)
		}
	}
}

func TestUserspaceInProcess(t *testing.T) {
	t.Parallel()
	d := wireguardgotest.OfflineDevice(t)
	c := d.Client(t, wgctrl.WithBackends(wgtypes.KindInProcess), wgctrl.WithDevice("here", d.UAPI()))
	here, err := c.Device(t.Context(), "here")
	if err != nil {
		t.Fatal(err)
	}
	there, err := d.Client(t).Device(t.Context(), d.Name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(here.ListenPort, there.ListenPort); diff != "" {
		t.Errorf("port in process and by socket (-want +got):\n%s", diff)
	}
}

func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	var dir string
	t.Run("device", func(t *testing.T) { dir = wireguardgotest.OfflineDevice(t).SocketDir() })
	if dir == "" {
		t.Skip("the device was skipped, or has no directory here")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat(%q) after the end of the device = %v, want error wrapping fs.ErrNotExist", dir, err)
	}
}
