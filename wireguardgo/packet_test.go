package wireguardgo_test

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"

	"github.com/wgctrl/wgctrl/wireguardgo"
)

var datagram = wireguardgo.Datagram{
	Src:     netip.MustParseAddrPort("10.0.0.1:1000"),
	Dst:     netip.MustParseAddrPort("10.0.0.2:2000"),
	Payload: []byte("hi"),
}

func TestAppendPacket(t *testing.T) {
	t.Parallel()
	const want = "4500001e00000000401166cd" + "0a000001" + "0a000002" + "03e807d0000a0000" + "6869"
	if got := hex.EncodeToString(datagram.AppendPacket(nil)); got != want {
		t.Errorf("AppendPacket = %s, want %s", got, want)
	}
	if got := datagram.AppendPacket([]byte("before")); string(got[:6]) != "before" {
		t.Errorf("AppendPacket(%q) = %q, want the packet appended", "before", got)
	}
}

func TestParsePacketRefuses(t *testing.T) {
	t.Parallel()
	good := datagram.AppendPacket(nil)
	for n := range good {
		if _, err := wireguardgo.ParsePacket(good[:n]); err == nil {
			t.Errorf("ParsePacket of %d bytes of %d = nil, want an error", n, len(good))
		}
	}
	// The 20 bytes that the checksum covers, and the length of the datagram.
	for i := range 26 {
		if i >= 20 && i < 24 {
			continue
		}
		bad := bytes.Clone(good)
		bad[i] ^= 0x20
		if _, err := wireguardgo.ParsePacket(bad); err == nil {
			t.Errorf("ParsePacket with byte %d changed = nil, want an error", i)
		}
	}
}

// TestParsePacketHeaders has packets with a valid checksum that AppendPacket does
// not write.
func TestParsePacketHeaders(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(packet []byte){
		"unchanged":       func([]byte) {},
		"options":         func(p []byte) { p[0] = 0x46 },
		"IPv6":            func(p []byte) { p[0] = 0x65 },
		"TCP":             func(p []byte) { p[9] = 6 },
		"more fragments":  func(p []byte) { p[6] |= 0x20 },
		"fragment offset": func(p []byte) { p[7] |= 1 },
		"total length":    func(p []byte) { p[3]++ },
		"UDP length":      func(p []byte) { p[25]++ },
	} {
		packet := datagram.AppendPacket(nil)
		edit(packet)
		setChecksum(packet)
		if _, err := wireguardgo.ParsePacket(packet); (err == nil) != (name == "unchanged") {
			t.Errorf("ParsePacket of a packet with another header (%s) = %v, want an error unless it is unchanged", name, err)
		}
	}
}

// TestParseShortPacket has packets without a complete UDP header, with a valid header
// of IPv4.
func TestParseShortPacket(t *testing.T) {
	t.Parallel()
	for n := 20; n < 28; n++ {
		packet := datagram.AppendPacket(nil)[:n]
		packet[3] = byte(n)
		if n > 25 {
			packet[25] = byte(n - 20)
		}
		setChecksum(packet)
		if d, err := wireguardgo.ParsePacket(packet); err == nil {
			t.Errorf("ParsePacket of %d bytes = %v, want an error", n, d)
		}
	}
}

// TestChecksumCarry has a header whose sum needs its carry added twice.
func TestChecksumCarry(t *testing.T) {
	t.Parallel()
	d := datagram
	d.Src, d.Dst = netip.MustParseAddrPort("255.255.122.209:1"), netip.MustParseAddrPort("0.0.0.0:2")
	packet := d.AppendPacket(nil)
	if got := hex.EncodeToString(packet[10:12]); got != "fffe" {
		t.Errorf("checksum of %x = %s, want fffe", packet[:20], got)
	}
	if got, err := wireguardgo.ParsePacket(packet); err != nil || got.Src != d.Src {
		t.Errorf("ParsePacket(%x) = %v, %v, want %v", packet, got, err, d)
	}
}

// setChecksum writes the checksum of the IPv4 header.
func setChecksum(packet []byte) {
	packet[10], packet[11] = 0, 0
	var sum uint32
	for i := 0; i < 20; i += 2 {
		sum += uint32(packet[i])<<8 | uint32(packet[i+1])
	}
	sum = sum>>16 + sum&0xffff
	sum = ^(sum>>16 + sum)
	packet[10], packet[11] = byte(sum>>8), byte(sum)
}

// FuzzParsePacket checks that AppendPacket writes what ParsePacket has parsed.
func FuzzParsePacket(f *testing.F) {
	f.Add(datagram.AppendPacket(nil))
	f.Fuzz(func(t *testing.T, packet []byte) {
		d, err := wireguardgo.ParsePacket(packet)
		if err != nil {
			return
		}
		again, err := wireguardgo.ParsePacket(d.AppendPacket(nil))
		if err != nil || again.Src != d.Src || again.Dst != d.Dst || !bytes.Equal(again.Payload, d.Payload) {
			t.Errorf("ParsePacket(AppendPacket(%v)) = %v, %v, want the same datagram", d, again, err)
		}
	})
}
