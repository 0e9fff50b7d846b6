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

// FuzzDeviceLaw: Decode(Append(d)) is d.
func FuzzDeviceLaw(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, uint8(10), uint8(10))
	}
	f.Fuzz(func(t *testing.T, seed uint64, peers, prefixes uint8) {
		want := testutil.RandomDevice(random(seed), testutil.RandomOptions{
			MaxPeers: int(peers), MaxAllowedIPs: int(prefixes), Collisions: 0.1,
		})
		want.Name, want.Kind, want.Index = "", 0, 0
		got, err := uapi.ParseDevice(bytes.NewReader(uapi.AppendDevice(nil, want)), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
		for i, p := range got.Peers {
			if cap(p.AllowedIPs) != len(p.AllowedIPs) {
				t.Errorf("peer %d: appending to its prefixes may reach those of another one", i)
			}
		}
	})
}

// FuzzConfigLaw: ParseSet(AppendSet(c)) is c in its normal form.
func FuzzConfigLaw(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, uint8(10), uint8(10))
	}
	f.Fuzz(func(t *testing.T, seed uint64, peers, prefixes uint8) {
		want := wginternal.Normalize(testutil.RandomConfig(random(seed), nil, testutil.RandomOptions{
			MaxPeers: int(peers), MaxAllowedIPs: int(prefixes), Collisions: 0.5, Unnormalized: true,
		}))
		text := uapi.AppendSet(nil, want)
		got, err := uapi.ParseSet(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
		if strings.Contains(string(text), "protocol_version") {
			t.Error("the request has a protocol_version")
		}
	})
}

// FuzzParseSet: what ParseSet takes has a canonical text, which it takes for
// the same.
func FuzzParseSet(f *testing.F) {
	for _, test := range setTests {
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
			t.Fatalf("%q became %q: %v", text, canonical, err)
		}
		if diff := cmp.Diff(c, again, equal); diff != "" {
			t.Errorf("%q became %q (-first +second):\n%s", text, canonical, diff)
		}
		if second := uapi.AppendSet(nil, again); !bytes.Equal(canonical, second) {
			t.Errorf("%q is not canonical: %q", canonical, second)
		}
	})
}

// FuzzDecoder: no reply makes it panic, how it is cut into pieces does not
// matter, and what it takes has a canonical text, which it takes for the same.
func FuzzDecoder(f *testing.F) {
	for _, test := range getTests {
		f.Add([]byte(test.text))
	}
	f.Add([]byte("own_public_key=" + zeros + "\npublic_key=" + zeros + "\nlast_handshake_time_sec=5\nerrno=0\n\n"))
	f.Add([]byte("errno=-22\n\n"))
	now := time.Unix(1700000000, 0)
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := uapi.ParseDevice(bytes.NewReader(text), now)
		slow, slowErr := uapi.ParseDevice(iotest.OneByteReader(bytes.NewReader(text)), now)
		if (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() {
			t.Fatalf("%q: whole %v, in pieces %v", text, err, slowErr)
		}
		if err != nil {
			mustBeProtocolError(t, err)
			return
		}
		if diff := cmp.Diff(d, slow, equal); diff != "" {
			t.Fatalf("%q (-whole +in pieces):\n%s", text, diff)
		}
		d.PublicKey = d.PrivateKey.PublicKey() // boringtun's is not in our text
		again, err := uapi.ParseDevice(bytes.NewReader(uapi.AppendDevice(nil, d)), now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, again, equal, sameHandshake); diff != "" {
			t.Errorf("%q (-first +second):\n%s", text, diff)
		}
	})
}

// sameHandshake takes times before 1970, which only an age can be and the text
// cannot say, for never.
var sameHandshake = cmp.Comparer(func(a, b time.Time) bool {
	return a.Equal(b) || a.Unix() <= 0 && b.Unix() <= 0
})

// mustBeProtocolError fails unless the text was found malformed, with a short
// error, or was an errno.
func mustBeProtocolError(t *testing.T, err error) {
	t.Helper()
	var errno syscall.Errno
	if !errors.Is(err, uapi.ErrProtocol) && !errors.As(err, &errno) {
		t.Fatalf("%v is neither an ErrProtocol nor an errno", err)
	}
	if len(err.Error()) > 200 {
		t.Fatalf("the error has %d bytes: %v", len(err.Error()), err)
	}
}

// FuzzInjection: no field adds a line, not even one that Validate refuses.
func FuzzInjection(f *testing.F) {
	for _, zone := range []string{"eth0", "a\nallowed_ip=0.0.0.0/0", "\n\n", "]:1\n", "\x00", "\r\n", "=", "]", "%", "\x7f", "\xff"} {
		f.Add(zone, int64(time.Second))
	}
	f.Fuzz(func(t *testing.T, zone string, keepalive int64) {
		endpoint := netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(zone), 51820)
		request := uapi.AppendSet(nil, wgtypes.Config{Peers: []wgtypes.PeerConfig{{
			Endpoint: endpoint, PersistentKeepalive: new(time.Duration(keepalive)), AllowedIPs: make([]netip.Prefix, 1),
		}}})
		// set, public_key, endpoint, keepalive, allowed_ip and the empty line
		if n := bytes.Count(request, []byte{'\n'}); n != 6 {
			t.Errorf("zone %q: %d lines in %q", zone, n, request)
		}
		reply := uapi.AppendDevice(nil, &wgtypes.Device{Peers: []wgtypes.Peer{{Endpoint: endpoint}}})
		if n := bytes.Count(reply, []byte{'\n'}); n != 10 {
			t.Errorf("zone %q: %d lines in %q", zone, n, reply)
		}
		for _, c := range append(request, reply...) {
			if c != '\n' && (c < 0x20 || c == 0x7f) {
				t.Errorf("zone %q: a control byte in %q", zone, request)
			}
		}
	})
}

// TestDecoderReadsNoMoreThanItMust: a conversation may go on behind a reply, and
// a reader that has nothing yet blocks.
func TestDecoderReadsNoMoreThanItMust(t *testing.T) {
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
		t.Errorf("the head of a reply: %v, %v", dev, err)
	}
}
