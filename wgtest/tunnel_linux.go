package wgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The addresses of both ends in the tunnel.
var addrA, addrB = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")

// tunnelPort is the UDP port of both ends in the tunnel.
const tunnelPort = 7

// KernelTunnel returns two devices of the Linux kernel, wga and wgb, that are
// each other's peers: each is up in a network namespace of its own, with its
// address and a route to the other. The first packet makes them shake hands. It
// skips the test as Kernel does, and fails it with WGTEST_KERNEL=1.
func KernelTunnel(t testing.TB) (a, b *End) {
	t.Helper()
	// The UDP sockets of both stay where the devices were made, and so reach each
	// other; a packet between two addresses of one namespace would see no device.
	home, away := NetNS(t), NetNS(t)
	a = kernelEnd(t, "wga", home, home, addrA)
	b = kernelEnd(t, "wgb", home, away, addrB)
	Join(t, a, b)
	return a, b
}

// kernelEnd makes a device in a namespace, and moves it to another.
func kernelEnd(t testing.TB, name string, from, to *Namespace, addr netip.Addr) *End {
	t.Helper()
	maker := &Device{options: []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindKernel), wgctrl.WithNetNS(from.FD())}}
	create(t, maker, name, wgctrl.LinkOptions{Up: true, NetNS: new(to.FD())})
	d := &Device{Name: name, Kind: wgtypes.KindKernel, netNS: to, options: []wgctrl.Option{
		wgctrl.WithBackends(wgtypes.KindKernel), wgctrl.WithNetNS(to.FD()),
	}}
	var c *net.UDPConn
	to.Do(t, func() {
		err := setAddress(name, addr)
		if err == nil {
			c, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, tunnelPort)))
		}
		if err != nil {
			t.Fatalf("wgtest: an address for %s: %v", name, err)
		}
	})
	t.Cleanup(func() { c.Close() })
	return &End{Device: d, Addr: addr, Carrier: socket{c}}
}

// setAddress gives a link an address and the route of its /24.
func setAddress(name string, addr netip.Addr) error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	for _, set := range []struct {
		request uint
		addr    [4]byte
	}{{unix.SIOCSIFADDR, addr.As4()}, {unix.SIOCSIFNETMASK, [4]byte{255, 255, 255, 0}}} {
		link, err := unix.NewIfreq(name)
		if err == nil {
			err = link.SetInet4Addr(set.addr[:])
		}
		if err == nil {
			err = unix.IoctlIfreq(s, set.request, link)
		}
		if err != nil {
			return fmt.Errorf("ioctl %#x: %w", set.request, err)
		}
	}
	return nil
}

// socket carries datagrams as any program does.
type socket struct{ *net.UDPConn }

func (s socket) Send(ctx context.Context, to netip.Addr, payload []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := s.WriteToUDPAddrPort(payload, netip.AddrPortFrom(to, tunnelPort))
	// A device without a key or an endpoint for its peer answers so: a packet
	// that is lost.
	if errors.Is(err, unix.ENOKEY) || errors.Is(err, unix.EDESTADDRREQ) {
		return nil
	}
	return err
}

func (s socket) Receive(ctx context.Context) ([]byte, error) {
	if err := s.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		s.SetReadDeadline(time.Unix(1, 0)) // which is past
	})
	payload := make([]byte, 1<<16)
	n, err := s.Read(payload)
	if !stop() {
		<-ended // so that it does not end the next call
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, ctx.Err()
	}
	return payload[:n], err
}
