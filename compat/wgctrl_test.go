package wgctrl

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	lib "github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	libtypes "github.com/wgctrl/wgctrl/wgtypes"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// client returns a Client that sees one device alone.
func client(t *testing.T, d *wgtest.Device) *Client {
	t.Helper()
	c, err := newClient(d.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), c.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestUserspace changes a wireguard-go device and reads it.
func TestUserspace(t *testing.T) {
	t.Parallel()
	changeAndRead(t, wgtest.NewFake(t, nil).Device, wgtypes.Userspace)
}

// TestKernel needs a kernel device.
func TestKernel(t *testing.T) {
	t.Parallel()
	changeAndRead(t, wgtest.Kernel(t), wgtypes.LinuxKernel)
}

func changeAndRead(t *testing.T, d *wgtest.Device, kind wgtypes.DeviceType) {
	c := client(t, d)
	private, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	_, v4, _ := net.ParseCIDR("10.0.0.0/8")
	_, v6, _ := net.ParseCIDR("2001:db8::/32")
	config := wgtypes.Config{
		PrivateKey: &private, ListenPort: new(51820), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{{
			PublicKey: key, PresharedKey: &key, Endpoint: &net.UDPAddr{IP: net.ParseIP("2001:db8::1"), Port: 51820},
			PersistentKeepaliveInterval: new(25 * time.Second), AllowedIPs: []net.IPNet{*v4, *v6},
		}},
	}
	if err := c.ConfigureDevice(d.Name, config); err != nil {
		t.Fatal(err)
	}
	want := &wgtypes.Device{
		Name: d.Name, Type: kind, PrivateKey: private, PublicKey: private.PublicKey(), ListenPort: 51820,
		Peers: []wgtypes.Peer{{
			PublicKey: key, PresharedKey: key, Endpoint: config.Peers[0].Endpoint,
			PersistentKeepaliveInterval: 25 * time.Second, AllowedIPs: config.Peers[0].AllowedIPs, ProtocolVersion: 1,
		}},
	}
	got, err := c.Device(d.Name)
	if err != nil {
		t.Fatal(err)
	}
	got.Peers[0].TransmitBytes = 0 // a kernel begins a handshake
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the device is\n%+v, want\n%+v", got, want)
	}
	all, err := c.Devices()
	if err != nil || len(all) != 1 || all[0].Name != d.Name {
		t.Errorf("the devices are %v, %v", all, err)
	}
	if err := c.ConfigureDevice(d.Name, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key, Remove: true}}}); err != nil {
		t.Error(err)
	}
	if got, err = c.Device(d.Name); err != nil || got.Peers != nil {
		t.Errorf("the device is %+v, %v, want no peers", got, err)
	}
}

// TestAbsent: every name that is no device's is the same bare error.
func TestAbsent(t *testing.T) {
	t.Parallel()
	c := client(t, wgtest.NewFake(t, nil).Device)
	for _, name := range []string{"", "absent", "a/b", "..", "a\nb", strings.Repeat("a", 40)} {
		d, err := c.Device(name)
		if d != nil || err != os.ErrNotExist {
			t.Errorf("Device(%q) is %v, %v", name, d, err)
		}
		if err := c.ConfigureDevice(name, wgtypes.Config{}); err != os.ErrNotExist {
			t.Errorf("ConfigureDevice(%q) is %v", name, err)
		}
	}
}

// TestListing: what cannot be read hides nothing else.
func TestListing(t *testing.T) {
	t.Parallel()
	d := wgtest.NewFake(t, nil).Device
	if d.SocketDir() == "" {
		t.Skip("no sockets in directories here")
	}
	l, err := net.Listen("unix", filepath.Join(d.SocketDir(), "bad.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write([]byte("errno=1\n\n"))
			c.Close()
		}
	}()
	all, err := client(t, d).Devices()
	var old *os.SyscallError
	if !errors.As(err, &old) {
		t.Errorf("the error is %v, want an *os.SyscallError", err)
	}
	named := slices.IndexFunc(all, func(f *wgtypes.Device) bool { return f.Name == d.Name })
	if len(all) != 1 || named != 0 {
		t.Errorf("the devices are %v, want %s", all, d.Name)
	}
}

// TestInProcess: a device of this process is of no type that the old API had.
func TestInProcess(t *testing.T) {
	t.Parallel()
	d := wgtest.NewFake(t, nil).Device
	c, err := newClient(lib.WithBackends(libtypes.KindInProcess), lib.WithDevice("here", d.UAPI()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, err := c.Device("here"); err != nil || got.Type != wgtypes.Unknown {
		t.Errorf("the device is %v, %v", got, err)
	}
}

// TestZeroClient has no devices.
func TestZeroClient(t *testing.T) {
	t.Parallel()
	var c Client
	if all, err := c.Devices(); all != nil || err != nil {
		t.Errorf("Devices: %v, %v", all, err)
	}
	if _, err := c.Device("wg0"); err != os.ErrNotExist {
		t.Errorf("Device: %v", err)
	}
	if err := c.ConfigureDevice("wg0", wgtypes.Config{}); err != os.ErrNotExist {
		t.Errorf("ConfigureDevice: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// TestNew: a Client of the system costs nothing and can always be had.
func TestNew(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Devices(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Devices of a closed client: %v", err)
	}
}
