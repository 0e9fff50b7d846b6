package testutil

import (
	"net"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TUN is a network interface of a test. It drops all packets.
type TUN struct {
	name   string
	tun    *os.File
	socket int // in the network namespace of the interface, for ioctls
}

// NewTUN creates an interface with an IPv4 address in the network namespace of the
// calling thread, and brings it up. It is removed at the end of the test. NewTUN skips
// the test if the system has no /dev/net/tun.
func NewTUN(t testing.TB, name string, address netip.Prefix) *TUN {
	t.Helper()
	tun, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no interface for the test: %v", err)
	}
	t.Cleanup(func() { tun.Close() })
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(socket) })
	u := &TUN{name, tun, socket}
	u.request(t, int(tun.Fd()), unix.TUNSETIFF, func(r *unix.Ifreq) error {
		r.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		return nil
	})
	u.request(t, socket, unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(address.Addr().AsSlice()) })
	u.request(t, socket, unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr(net.CIDRMask(address.Bits(), 32)) })
	u.SetUp(t, true)
	return u
}

// SetUp brings the interface up or down.
func (u *TUN) SetUp(t testing.TB, up bool) {
	t.Helper()
	u.request(t, u.socket, unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error {
		if up {
			r.SetUint16(unix.IFF_UP)
		}
		return nil
	})
}

// request calls ioctl for the interface.
func (u *TUN) request(t testing.TB, fd int, number uint, set func(*unix.Ifreq) error) {
	t.Helper()
	r, err := unix.NewIfreq(u.name)
	if err == nil {
		err = set(r)
	}
	if err == nil {
		err = unix.IoctlIfreq(fd, number, r)
	}
	if err != nil {
		t.Fatalf("ioctl %#x of %s: %v, want no error", number, u.name, err)
	}
}
