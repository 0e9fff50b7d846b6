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
