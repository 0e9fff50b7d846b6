package bsd_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/wgctrl/wgctrl/internal/bsd"
)

func TestSockaddr(t *testing.T) {
	t.Parallel()
	scoped := func(zone uint32) []byte {
		b := []byte{28, 24, 0xca, 0x6c, 0, 0, 0, 0, 0xfe, 0x80, 23: 1, 27: 0}
		binary.NativeEndian.PutUint32(b[24:], zone)
		return b
	}
	for text, want := range map[string][]byte{
		"192.0.2.1:51820":       {16, 2, 0xca, 0x6c, 192, 0, 2, 1, 15: 0},
		"[fe80::1]:51820":       scoped(0),
		"[fe80::1%7]:51820":     scoped(7),
		"[fe80::1%65536]:51820": scoped(65536),
		"[2001:db8::2]:0":       {28, 24, 0, 0, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 23: 2, 27: 0},
		"255.255.255.255:65535": {16, 2, 0xff, 0xff, 255, 255, 255, 255, 15: 0},
	} {
		e := netip.MustParseAddrPort(text)
		b := make([]byte, bsd.SockaddrIn6)
		n := bsd.PutSockaddr(b, e, bsd.Inet6OpenBSD)
		if !bytes.Equal(b[:n], want) {
			t.Errorf("PutSockaddr(%v) = %x, want %x", e, b[:n], want)
		}
		if got := bsd.Sockaddr(b[:n], bsd.Inet6OpenBSD, binary.NativeEndian); got != e {
			t.Errorf("Sockaddr(%x) = %v, want %v", b[:n], got, e)
		}
		for cut := range n {
			if got := bsd.Sockaddr(b[:cut], bsd.Inet6OpenBSD, binary.NativeEndian); got.IsValid() {
				t.Errorf("Sockaddr(%x) = %v, want an invalid one", b[:cut], got)
			}
		}
		if got := bsd.Sockaddr(b[:n], bsd.Inet6FreeBSD, binary.NativeEndian); got.IsValid() != e.Addr().Is4() {
			t.Errorf("Sockaddr(%x) with another AF_INET6 = %v, want only IPv4 addresses", b[:n], got)
		}
	}
}

// TestSockaddrMapped checks that an IPv4-mapped address is decoded as IPv4.
func TestSockaddrMapped(t *testing.T) {
	t.Parallel()
	b := []byte{28, 28, 0, 5, 18: 0xff, 19: 0xff, 20: 10, 21: 0, 22: 0, 23: 1, 24: 7, 27: 7}
	if got, want := bsd.Sockaddr(b, bsd.Inet6FreeBSD, binary.NativeEndian), netip.MustParseAddrPort("10.0.0.1:5"); got != want {
		t.Errorf("Sockaddr(%x) = %v, want %v", b, got, want)
	}
}
