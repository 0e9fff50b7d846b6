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

// client returns a Client that sees only d.
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

// TestUserspace changes and reads a device of wireguard-go.
func TestUserspace(t *testing.T) {
	t.Parallel()
	changeAndRead(t, wgtest.NewFake(t, nil).Device, wgtypes.Userspace)
}

// TestKernel changes and reads a kernel device.
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
	got.Peers[0].TransmitBytes = 0 // a kernel starts a handshake
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Device(%q) =\n%+v, want\n%+v", d.Name, got, want)
	}
	all, err := c.Devices()
	if err != nil || len(all) != 1 || all[0].Name != d.Name {
		t.Errorf("Devices() = %v, %v, want only %s", all, err, d.Name)
	}
	if err := c.ConfigureDevice(d.Name, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key, Remove: true}}}); err != nil {
		t.Error(err)
	}
	if got, err = c.Device(d.Name); err != nil || got.Peers != nil {
		t.Errorf("Device(%q) = %+v, %v, want no peers", d.Name, got, err)
	}
}

// TestAbsent checks that every name without a device returns os.ErrNotExist itself.
func TestAbsent(t *testing.T) {
	t.Parallel()
	c := client(t, wgtest.NewFake(t, nil).Device)
	for _, name := range []string{"", "absent", "a/b", "..", "a\nb", strings.Repeat("a", 40)} {
		d, err := c.Device(name)
		if d != nil || err != os.ErrNotExist {
			t.Errorf("Device(%q) = %v, %v, want os.ErrNotExist", name, d, err)
		}
		if err := c.ConfigureDevice(name, wgtypes.Config{}); err != os.ErrNotExist {
			t.Errorf("ConfigureDevice(%q) = %v, want os.ErrNotExist", name, err)
		}
	}
}

// TestListing checks that Devices returns the other devices if one cannot be read.
func TestListing(t *testing.T) {
	t.Parallel()
	d := wgtest.NewFake(t, nil).Device
	if d.SocketDir() == "" {
		t.Skip("needs a system with socket directories")
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
		t.Errorf("Devices() = %v, want an *os.SyscallError", err)
	}
	named := slices.IndexFunc(all, func(f *wgtypes.Device) bool { return f.Name == d.Name })
	if len(all) != 1 || named != 0 {
		t.Errorf("Devices() = %v, want only %s", all, d.Name)
	}
}

// TestHang checks that a call to a daemon that hangs fails in the end.
func TestHang(t *testing.T) {
	t.Parallel()
	d := wgtest.NewFake(t, nil)
	d.OnGet(0, wgtest.Hang())
	c, err := newClient(append(d.Options(), lib.WithReplyTimeout(20*time.Millisecond))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Device(d.Name); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Device(%q) = %v, want os.ErrDeadlineExceeded", d.Name, err)
	}
	if _, err := c.Devices(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Devices() = %v, want os.ErrDeadlineExceeded", err)
	}
}

// TestInProcess checks that an in-process device has the type Unknown, since the
// original has no such devices.
func TestInProcess(t *testing.T) {
	t.Parallel()
	d := wgtest.NewFake(t, nil).Device
	c, err := newClient(lib.WithBackends(libtypes.KindInProcess), lib.WithDevice("here", d.UAPI()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, err := c.Device("here"); err != nil || got.Type != wgtypes.Unknown {
		t.Errorf("Device(%q) = %v, %v, want one of type Unknown", "here", got, err)
	}
}

// TestZeroClient checks that a zero Client has no devices.
func TestZeroClient(t *testing.T) {
	t.Parallel()
	var c Client
	if all, err := c.Devices(); all != nil || err != nil {
		t.Errorf("Devices() = %v, %v, want nil and no error", all, err)
	}
	if _, err := c.Device("wg0"); err != os.ErrNotExist {
		t.Errorf("Device(%q) = %v, want os.ErrNotExist", "wg0", err)
	}
	if err := c.ConfigureDevice("wg0", wgtypes.Config{}); err != os.ErrNotExist {
		t.Errorf("ConfigureDevice(%q) = %v, want os.ErrNotExist", "wg0", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// TestOptions checks that a Client accepts peers with the zero key and sends keys to
// sockets that others can replace, like the original.
func TestOptions(t *testing.T) {
	t.Parallel()
	d := wgtest.NewFake(t, nil).Device
	if d.SocketDir() == "" {
		t.Skip("needs a system with socket directories")
	}
	if err := os.Chmod(d.SocketDir(), 0o777); err != nil {
		t.Fatal(err)
	}
	c, err := newClient(append(options(), lib.WithBackends(libtypes.KindUserspace), lib.WithSocketDirs(d.SocketDir()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	change := wgtypes.Config{PrivateKey: new(wgtypes.Key{8, 31: 0x40}), Peers: []wgtypes.PeerConfig{{}}}
	if err := c.ConfigureDevice(d.Name, change); err != nil {
		t.Errorf("ConfigureDevice(%q) with a zero public key and a directory with mode 0777 = %v, want nil", d.Name, err)
	}
}

// TestListingReturnsOneError checks that Devices returns the first error only.
func TestListingReturnsOneError(t *testing.T) {
	t.Parallel()
	d := wgtest.NewFake(t, nil).Device
	if d.SocketDir() == "" {
		t.Skip("needs a system with socket directories")
	}
	for _, name := range []string{"bad0.sock", "bad1.sock"} {
		l, err := net.Listen("unix", filepath.Join(d.SocketDir(), name))
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
				c.Write([]byte("listen_port=x\nerrno=0\n\n"))
				c.Close()
			}
		}()
	}
	_, err := client(t, d).Devices()
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "bad0") {
		t.Errorf("Devices() = %v, want one error, about bad0", err)
	}
}

// TestNoAmnezia checks that a Client has no devices of AmneziaWG, like wgctrl-go.
func TestNoAmnezia(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for kind, want := range map[libtypes.Kind]bool{
		libtypes.KindUserspace: true, libtypes.KindAmneziaKernel: false, libtypes.KindAmneziaUserspace: false,
	} {
		if _, err := c.lib.Capabilities(kind); (err == nil) != want {
			t.Errorf("Capabilities(%v) = %v, want devices of this kind: %t", kind, err, want)
		}
	}
}

// TestNew checks that New always succeeds.
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
		t.Errorf("Devices() of a closed Client = %v, want net.ErrClosed", err)
	}
}
