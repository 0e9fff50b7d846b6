package uapi_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// amneziaVersion returns a version of AmneziaWG, or 0 for WireGuard.
func amneziaVersion(n uint8) wgtypes.AmneziaVersion {
	return wgtypes.AmneziaVersion(n % uint8(wgtypes.AmneziaV31+1))
}

// FuzzDeviceLaw checks that ParseDevice(AppendDevice(d)) returns d. An AmneziaWG device
// can show an earlier version: 2.0 looks like 1.0 if all message types are numbers
// above 4.
func FuzzDeviceLaw(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, uint8(10), uint8(10), uint8(seed%6))
	}
	f.Fuzz(func(t *testing.T, seed uint64, peers, prefixes, version uint8) {
		want := testutil.RandomDevice(random(seed), testutil.RandomOptions{
			MaxPeers: int(peers), MaxAllowedIPs: int(prefixes), Collisions: 0.1, Amnezia: amneziaVersion(version),
		})
		want.Name, want.Kind, want.Index = "", 0, 0
		got, err := uapi.ParseDevice(bytes.NewReader(uapi.AppendDevice(nil, want)), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := got.Amnezia, want.Amnezia; a != nil && b != nil && a.Version < b.Version && b.Version == wgtypes.AmneziaV20 {
			a.Version = b.Version
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("ParseDevice of the device with seed %d (-want +got):\n%s", seed, diff)
		}
		for i, p := range got.Peers {
			if cap(p.AllowedIPs) != len(p.AllowedIPs) {
				t.Errorf("AllowedIPs of peer %d: capacity %d, want the length %d", i, cap(p.AllowedIPs), len(p.AllowedIPs))
			}
		}
	})
}

// FuzzConfigLaw checks that ParseSet(AppendSet(c)) returns the normalized c.
func FuzzConfigLaw(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, uint8(10), uint8(10), uint8(seed%6))
	}
	f.Fuzz(func(t *testing.T, seed uint64, peers, prefixes, version uint8) {
		want := wginternal.Normalize(testutil.RandomConfig(random(seed), nil, testutil.RandomOptions{
			MaxPeers: int(peers), MaxAllowedIPs: int(prefixes), Collisions: 0.5, Unnormalized: true, Amnezia: amneziaVersion(version),
		}))
		text := uapi.AppendSet(nil, want)
		got, err := uapi.ParseSet(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("ParseSet of the config with seed %d (-want +got):\n%s", seed, diff)
		}
		if strings.Contains(string(text), "protocol_version") {
			t.Errorf("AppendSet = %q, want no protocol_version", text)
		}
	})
}

// FuzzParseSet encodes each accepted request again. The result must parse to the
// same Config.
func FuzzParseSet(f *testing.F) {
	for _, test := range setTests {
		f.Add([]byte(test.text))
	}
	for _, test := range amneziaSetTests {
		f.Add([]byte(test.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := uapi.ParseSet(bytes.NewReader(text))
		if err != nil {
			mustBeProtocolError(t, err)
			return
		}
		if c.Validate() != nil {
			return // a prefix is both added and removed
		}
		c = wginternal.Normalize(c)
		canonical := uapi.AppendSet(nil, c)
		again, err := uapi.ParseSet(bytes.NewReader(canonical))
		if err != nil {
			t.Fatalf("ParseSet(%q) = %v, want nil as for %q", canonical, err, text)
		}
		if diff := cmp.Diff(c, again, equal); diff != "" {
			t.Errorf("ParseSet(%q) (-want as for %q +got):\n%s", canonical, text, diff)
		}
		if second := uapi.AppendSet(nil, again); !bytes.Equal(canonical, second) {
			t.Errorf("AppendSet of the parsed request = %q, want %q", second, canonical)
		}
	})
}

// FuzzDecoder checks that no reply causes a panic, that the sizes of the reads do
// not matter, and that an accepted reply, encoded again, parses to the same Device.
func FuzzDecoder(f *testing.F) {
	for _, test := range getTests {
		f.Add([]byte(test.text))
	}
	f.Add([]byte("own_public_key=" + zeros + "\npublic_key=" + zeros + "\nlast_handshake_time_sec=5\nerrno=0\n\n"))
	f.Add([]byte("errno=-22\n\n"))
	for _, test := range amneziaGetTests {
		f.Add([]byte(test.text))
	}
	now := time.Unix(1700000000, 0)
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := uapi.ParseDevice(bytes.NewReader(text), now)
		slow, slowErr := uapi.ParseDevice(iotest.OneByteReader(bytes.NewReader(text)), now)
		if (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() {
			t.Fatalf("ParseDevice(%q) byte by byte = %v, want %v as at once", text, slowErr, err)
		}
		if err != nil {
			mustBeProtocolError(t, err)
			return
		}
		if diff := cmp.Diff(d, slow, equal); diff != "" {
			t.Fatalf("ParseDevice(%q) (-want as at once +got byte by byte):\n%s", text, diff)
		}
		d.PublicKey = d.PrivateKey.PublicKey() // boringtun's is not in our text
		if a := d.Amnezia; a != nil {
			if a.UnknownKeys = nil; a.Version == wgtypes.AmneziaUnknown {
				t.Fatalf("ParseDevice(%q).Amnezia.Version = %v, want a version", text, a.Version)
			}
		}
		again, err := uapi.ParseDevice(bytes.NewReader(uapi.AppendDevice(nil, d)), now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, again, equal, sameHandshake); diff != "" {
			t.Errorf("ParseDevice of the text appended for %q (-want +got):\n%s", text, diff)
		}
	})
}

// sameHandshake treats times before 1970 as the zero time. Only an age can yield
// such times, and AppendDevice cannot encode them.
var sameHandshake = cmp.Comparer(func(a, b time.Time) bool {
	return a.Equal(b) || a.Unix() <= 0 && b.Unix() <= 0
})

// mustBeProtocolError fails unless err wraps ErrProtocol or a syscall.Errno and
// its text is short.
func mustBeProtocolError(t *testing.T, err error) {
	t.Helper()
	var errno syscall.Errno
	if !errors.Is(err, uapi.ErrProtocol) && !errors.As(err, &errno) {
		t.Fatalf("error = %v, want %v or a syscall.Errno", err, uapi.ErrProtocol)
	}
	if len(err.Error()) > 200 {
		t.Fatalf("error %q has %d bytes, want at most 200", err, len(err.Error()))
	}
}

// FuzzInjection checks that no field adds a line, not even an invalid one.
func FuzzInjection(f *testing.F) {
	for _, text := range []string{"eth0", "a\nallowed_ip=0.0.0.0/0", "\n\n", "]:1\n", "\x00", "\r\n", "=", "]", "%", "\x7f", "\xff"} {
		f.Add(text, text, int64(time.Second))
	}
	f.Fuzz(func(t *testing.T, zone, packet string, keepalive int64) {
		endpoint := netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(zone), 51820)
		request := uapi.AppendSet(nil, wgtypes.Config{
			Amnezia: &wgtypes.AmneziaConfig{I1: &packet, I2: &packet, I3: &packet, I4: &packet, I5: &packet},
			Peers: []wgtypes.PeerConfig{{
				Endpoint: endpoint, PersistentKeepalive: new(time.Duration(keepalive)), AllowedIPs: make([]netip.Prefix, 1),
			}},
		})
		// set, i1 to i5, public_key, endpoint, keepalive, allowed_ip and the empty line
		if n := bytes.Count(request, []byte{'\n'}); n != 11 {
			t.Errorf("request with zone %q and packet %q = %q of %d lines, want 11", zone, packet, request, n)
		}
		reply := uapi.AppendDevice(nil, &wgtypes.Device{
			Amnezia: &wgtypes.Amnezia{I1: packet + "<t>", UnknownKeys: []string{packet}}, Peers: []wgtypes.Peer{{Endpoint: endpoint}},
		})
		// jc, h1 to h4, i1, and ten lines of the peer and of the end
		if n := bytes.Count(reply, []byte{'\n'}); n != 16 {
			t.Errorf("reply with zone %q and packet %q = %q of %d lines, want 16", zone, packet, reply, n)
		}
		for _, c := range append(request, reply...) {
			if c != '\n' && (c < 0x20 || c == 0x7f) {
				t.Errorf("request with zone %q = %q, reply = %q, want no control bytes", zone, request, reply)
			}
		}
	})
}

// TestDecoderStopsReading checks that nothing is read after the end of a reply,
// where a connection would block.
func TestDecoderStopsReading(t *testing.T) {
	t.Parallel()
	blocked := iotest.ErrReader(errors.New("read after the end"))
	for _, test := range getTests {
		r := io.MultiReader(strings.NewReader(test.text), blocked)
		if _, err := uapi.ParseDevice(r, time.Time{}); err != nil {
			t.Error(err)
		}
	}
	if err := uapi.ParseErrno(io.MultiReader(strings.NewReader("errno=0\n\n"), blocked)); err != nil {
		t.Error(err)
	}
	d := uapi.NewDecoder(io.MultiReader(strings.NewReader("listen_port=7\npublic_key="+zeros+"\n"), blocked), time.Time{})
	if dev, err := d.Device(); err != nil || dev.ListenPort != 7 {
		t.Errorf("Device before the first peer = %v, %v, want port 7, nil", dev, err)
	}
}
