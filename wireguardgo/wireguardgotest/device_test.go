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

// makers are the ways to a device.
var makers = map[string]func(testing.TB) *wgtest.Device{
	"userspace":         wireguardgotest.Device,
	"userspace offline": wireguardgotest.OfflineDevice,
	"kernel":            wgtest.Kernel,
}

func TestDeviceIsAlone(t *testing.T) {
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
				t.Errorf("List() = %v, want %s (%v) alone", refs, d.Name, d.Kind)
			}
			dev, err := d.Client(t).Device(t.Context(), d.Name)
			if err != nil {
				t.Fatal(err)
			}
			if dev.ListenPort == 0 || len(dev.Peers) != 0 || !dev.PrivateKey.IsZero() {
				t.Errorf("a new device: port %d, %d peers", dev.ListenPort, len(dev.Peers))
			}
		})
	}
}

func TestDevicesAreApart(t *testing.T) {
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
				t.Error("a change to one device is seen on the other")
			}
		})
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
		t.Errorf("port (-in process +over the socket):\n%s", diff)
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
		t.Errorf("the directory of a device that ended: %v", err)
	}
}
