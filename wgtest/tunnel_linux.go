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

// KernelTunnel creates two Linux kernel devices, wga and wgb, that are peers of each
// other. Each is up in its own network namespace, with an address and a route to
// the other. The first packet starts the handshake. Like Kernel, it skips the test
// if that is impossible, or fails it with WGTEST_KERNEL=1.
func KernelTunnel(t testing.TB) (a, b *End) {
	t.Helper()
	// The UDP sockets of both stay in the namespace home, so that they can reach
	// each other. The devices are in different namespaces, since packets between
	// two addresses of one namespace do not go through a device.
	home, away := NetNS(t), NetNS(t)
	a = kernelEnd(t, "wga", home, home, addrA)
	b = kernelEnd(t, "wgb", home, away, addrB)
	Join(t, a, b)
	return a, b
}

// kernelEnd creates a device in a namespace and moves it to another one.
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

// socket is a Carrier with a UDP socket.
type socket struct{ *net.UDPConn }

func (s socket) Send(ctx context.Context, to netip.Addr, payload []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := s.WriteToUDPAddrPort(payload, netip.AddrPortFrom(to, tunnelPort))
	// A device without a key, or without an endpoint for the peer, returns these
	// errors. The packet is lost.
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
		s.SetReadDeadline(time.Unix(1, 0)) // in the past
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
