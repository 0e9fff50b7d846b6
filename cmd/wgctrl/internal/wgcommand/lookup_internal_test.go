package wgcommand

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
)

// TestNoData checks that an empty answer of a name server is distinguished from a
// missing name.
func TestNoData(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"\x00\x01\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00": true,
		"\x00\x01\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00": false, // no such name
		"\x00\x01\x81\x82\x00\x01\x00\x00\x00\x00\x00\x00": false, // the server failed
		"\x00\x01\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00": false, // an answer
		"\x00\x01\x81\x80\x00\x01\x01\x00\x00\x00\x00\x00": false, // 256 answers
		"\x00\x01\x81\x80\x00\x01\x00\x00\x00\x00\x00":     false, // too short
	} {
		l := lookup{command: &command{env: &Env{}}, endpoint: "a:5"}
		receive(t, &l, message)
		text := l.fail(&net.DNSError{IsNotFound: true}).Error()
		if got := text == "No address associated with hostname: `a:5'"; got != want {
			t.Errorf("fail after the message %q = %q, want no address: %t", message, text, want)
		}
	}
}

// receive makes l receive a message from a name server.
func receive(t *testing.T, l *lookup, message string) {
	t.Helper()
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn, err := l.dial(t.Context(), "udp", server.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, ok := conn.(net.PacketConn); !ok {
		t.Fatalf("dial = %T, want a net.PacketConn, since package net uses other connections as TCP", conn)
	}
	if _, err := server.WriteTo([]byte(message), conn.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 512)
	if n, err := conn.Read(b); err != nil || string(b[:n]) != message {
		t.Fatalf("Read = %q, %v, want %q, nil", b[:n], err, message)
	}
}

// TestZones checks the zones that wg passes to a device.
func TestZones(t *testing.T) {
	t.Parallel()
	links, err := net.Interfaces()
	if err != nil || len(links) == 0 {
		t.Skipf("no interfaces: %v", err)
	}
	link := links[0]
	number := fmt.Sprint(link.Index)
	for in, want := range map[string]string{
		"::1":                         "::1",
		"fe80::1":                     "fe80::1",
		"fe80::1%" + link.Name:        "fe80::1%" + link.Name,
		"fe80::1%" + number:           "fe80::1%" + link.Name,
		"ff02::1%" + number:           "ff02::1%" + link.Name,
		"fe80::1%0":                   "fe80::1",
		"fe80::1%4294967295":          "fe80::1%4294967295",
		"2001:db8::1%" + number:       "2001:db8::1%" + number,
		"2001:db8::1%007":             "2001:db8::1%7",
		"fe80::1%4294967296":          "",
		"fe80::1%no-such-interface":   "",
		"2001:db8::1%" + link.Name:    "",
		"fe80::1%" + link.Name + "\n": "",
	} {
		got, err := resolveZone(netip.MustParseAddr(in))
		if want == "" {
			if err == nil {
				t.Errorf("resolveZone(%q) = %v, want an error", in, got)
			}
			continue
		}
		if err != nil || got.String() != want {
			t.Errorf("resolveZone(%q) = %v, %v, want %s, nil", in, got, err, want)
		}
	}
}
