package wgwindows_test

import (
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgwindows"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// equal are the options to compare values. A nil list equals an empty one.
var equal = []cmp.Option{
	cmpopts.EquateEmpty(),
	cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal),
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}, wgtypes.PublicKey{}),
}

// decode decodes a whole reply.
func decode(b []byte) (*wgtypes.Device, error) {
	dec, err := wgwindows.NewDecoder(b)
	if err != nil {
		return nil, err
	}
	d := dec.Device()
	for {
		var p wgtypes.Peer
		switch err := dec.Next(&p); err {
		case nil:
			d.Peers = append(d.Peers, p)
		case io.EOF:
			return &d, nil
		default:
			return nil, err
		}
	}
}

// bytesOf returns the bytes of a text in hexadecimal with spaces, in which N*XX is a
// repeated byte.
func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	var b []byte
	for word := range strings.FieldsSeq(text) {
		n := 1
		if count, value, ok := strings.Cut(word, "*"); ok {
			for n = 0; len(count) > 0; count = count[1:] {
				n = n*10 + int(count[0]-'0')
			}
			word = value
		}
		piece, err := hex.DecodeString(word)
		if err != nil {
			t.Fatalf("%q: %v", word, err)
		}
		for range n {
			b = append(b, piece...)
		}
	}
	return b
}

// vector is a device with its reply, and a change with its request, written by hand from
// the structs in the driver's ioctl.h.
const (
	vectorReply = `
		07000000 6cca 32*11 32*22 aaaa 02000000 aaaaaaaa
		0f000000 01000000 32*33 32*44 1900 aaaa
		0200 ca6d c0000201 8*00 12*aa
		0100000000000000 0002000000000000 8130e4fe41e3da01 01000000 aaaaaaaa
		0a000000 12*aa 0200 08 aa aaaaaaaa
		0d000000 01000000 32*55 32*aa 0000 aaaa
		1700 0007 00000000 fe80 13*00 01 07000000
		8*00 8*00 8*00 01000000 aaaaaaaa
		fd00 14*00 1700 10 aa aaaaaaaa`
	vectorRequest = `
		0e000000 6cca 10 30*11 51 32*00 0000 02000000 00000000
		2f000000 00000000 32*33 32*44 1900 0000
		0200 ca6d c0000201 8*00 12*00
		24*00 01000000 00000000
		0a000000 12*00 0200 08 00 00000000
		89000000 00000000 32*55 32*00 0000 0000
		1700 0007 00000000 fe80 13*00 01 07000000
		24*00 02000000 00000000
		fd00 14*00 1700 10 00 01000000
		fd01 14*00 1700 20 00 00000000`
)

func TestVectors(t *testing.T) {
	t.Parallel()
	psk := wgtypes.NewPresharedKey(testutil.RepeatedKey(0x44))
	want := &wgtypes.Device{
		ListenPort: 51820, PrivateKey: wgtypes.NewPrivateKey(testutil.RepeatedKey(0x11)), PublicKey: testutil.RepeatedKey(0x22),
		Peers: []wgtypes.Peer{{
			PublicKey: testutil.RepeatedKey(0x33), PresharedKey: psk, PersistentKeepalive: 25 * time.Second, ProtocolVersion: 1,
			Endpoint: netip.MustParseAddrPort("192.0.2.1:51821"), TransmitBytes: 1, ReceiveBytes: 512,
			LastHandshake: time.Date(2024, 7, 31, 12, 5, 54, 959782500, time.UTC), AllowedIPs: testutil.Prefixes("10.0.0.0/8"),
		}, {
			PublicKey: testutil.RepeatedKey(0x55), ProtocolVersion: 1,
			Endpoint: netip.MustParseAddrPort("[fe80::1%7]:7"), AllowedIPs: testutil.Prefixes("fd00::/16"),
		}},
	}
	got, err := decode(bytesOf(t, vectorReply))
	if err != nil {
		t.Fatalf("decoding the reply: %v", err)
	}
	if diff := cmp.Diff(want, got, equal...); diff != "" {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
	c := wginternal.Normalize(wgtypes.Config{
		ListenPort: new(uint16(51820)), PrivateKey: new(wgtypes.NewPrivateKey(testutil.RepeatedKey(0x11))), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{{
			PublicKey: testutil.RepeatedKey(0x33), PresharedKey: &psk, PersistentKeepalive: new(25 * time.Second),
			Endpoint: netip.MustParseAddrPort("192.0.2.1:51821"), ReplaceAllowedIPs: true, AllowedIPs: testutil.Prefixes("10.0.0.0/8"),
		}, {
			PublicKey: testutil.RepeatedKey(0x55), UpdateOnly: true, Endpoint: netip.MustParseAddrPort("[fe80::1%7]:7"),
			RemoveAllowedIPs: testutil.Prefixes("fd00::/16"), AllowedIPs: testutil.Prefixes("fd01::/32"),
		}},
	})
	if diff := cmp.Diff(bytesOf(t, vectorRequest), wgwindows.AppendSet(nil, &c)); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

// FuzzDeviceRoundTrip checks that decoding an encoded device gives the same device.
func FuzzDeviceRoundTrip(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		want := testutil.RandomDevice(rand.New(rand.NewPCG(seed, 0)), testutil.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20})
		want.Name, want.Kind, want.Index, want.FirewallMark = "", 0, 0, 0
		for i := range want.Peers {
			want.Peers[i].LastHandshake = want.Peers[i].LastHandshake.Truncate(100)
		}
		got, err := decode(kerneltest.AppendWindowsReply(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal...); diff != "" {
			t.Errorf("decoded device (-want +got):\n%s", diff)
		}
	})
}

// FuzzSetRoundTrip checks that decoding an encoded change gives the same change, and that
// SetSize is its size.
func FuzzSetRoundTrip(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		c := testutil.RandomConfig(rand.New(rand.NewPCG(seed, 0)), nil, testutil.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20, Collisions: 0.5})
		c.FirewallMark = nil
		b := wgwindows.AppendSet(nil, &c)
		if got := wgwindows.SetSize(&c); got != len(b) {
			t.Errorf("SetSize() = %d, want %d", got, len(b))
		}
		got, err := kerneltest.DecodeWindowsSet(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, got, equal...); diff != "" {
			t.Errorf("decoded change (-want +got):\n%s", diff)
		}
	})
}
