package uapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// sameAddresses compares the types of package netip.
var sameAddresses = cmpopts.EquateComparable(netip.Prefix{}, netip.AddrPort{})

// orderedPeers returns peers whose text the fast path reads.
func orderedPeers() []wgtypes.Peer {
	prefixes := []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.255/32"),
		netip.MustParsePrefix("::/0"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("fd00:1:2:3:4:5:6:7/128"),
	}
	return []wgtypes.Peer{
		{PublicKey: wgtypes.PublicKey{1}, ProtocolVersion: 1},
		{
			PublicKey: wgtypes.PublicKey{2}, ProtocolVersion: 1, PresharedKey: wgtypes.NewPresharedKey([wgtypes.KeyLen]byte{0xab, 31: 1}),
			Endpoint: netip.MustParseAddrPort("192.0.2.1:51820"), PersistentKeepalive: 25 * time.Second, LastHandshake: time.Unix(1700000000, 5).UTC(),
			ReceiveBytes: 1 << 62, TransmitBytes: 9999999999999999999, AllowedIPs: prefixes,
		},
		{PublicKey: wgtypes.PublicKey{3}, ProtocolVersion: 1, Endpoint: netip.MustParseAddrPort("[2001:db8::1]:51820"), AllowedIPs: prefixes[:1]},
	}
}

// TestFastPath checks that the fast path reads the text of daemons completely.
func TestFastPath(t *testing.T) {
	t.Parallel()
	largest := wgtypes.Peer{
		ProtocolVersion: math.MaxInt32, LastHandshake: time.Unix(maxSeconds, 999999999), TransmitBytes: 9999999999999999999,
		ReceiveBytes: 9999999999999999999, PersistentKeepalive: 65535 * time.Second,
	}
	for _, p := range append(orderedPeers(), largest) {
		text := AppendDevice(nil, &wgtypes.Device{Peers: []wgtypes.Peer{p, {}}})
		d := NewDecoder(bytes.NewReader(text), time.Time{})
		if _, err := d.Device(); err != nil {
			t.Fatal(err)
		}
		d.peer = &wgtypes.Peer{PublicKey: d.nextKey}
		if !d.readFast() {
			t.Errorf("readFast of %q = false, want true", text)
		}
	}
}

// TestFastPathSplit reads a reply in two pieces, split at every byte.
func TestFastPathSplit(t *testing.T) {
	t.Parallel()
	want := &wgtypes.Device{ListenPort: 5, Peers: orderedPeers()}
	text := string(AppendDevice(nil, want))
	for i := range text {
		got, err := ParseDevice(io.MultiReader(strings.NewReader(text[:i]), strings.NewReader(text[i:])), time.Time{})
		if err != nil {
			t.Fatalf("ParseDevice of a reply split at byte %d = %v, want nil", i, err)
		}
		if diff := cmp.Diff(want, got, sameAddresses); diff != "" {
			t.Errorf("ParseDevice of a reply split at byte %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestFastPathCountsLines checks the number of a line after peers in the fixed order.
func TestFastPathCountsLines(t *testing.T) {
	t.Parallel()
	text := strings.TrimSuffix(string(AppendDevice(nil, &wgtypes.Device{Peers: orderedPeers()})), "errno=0\n\n")
	_, err := ParseDevice(strings.NewReader(text+"x\n"), time.Time{})
	if want := fmt.Sprintf("line %d: want a line", strings.Count(text, "\n")+1); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("ParseDevice of a reply with an invalid last line = %v, want an error with %q", err, want)
	}
}

// TestSlowPath repeats each line of a peer with another value. The last value
// counts.
func TestSlowPath(t *testing.T) {
	t.Parallel()
	first, last := orderedPeers()[1], orderedPeers()[0]
	last.PublicKey = first.PublicKey
	last.Endpoint = netip.MustParseAddrPort("192.0.2.2:1")
	_, more, _ := strings.Cut(string(AppendDevice(nil, &wgtypes.Device{Peers: []wgtypes.Peer{last}})), "public_key=")
	_, more, _ = strings.Cut(more, "\n")
	text := strings.TrimSuffix(string(AppendDevice(nil, &wgtypes.Device{Peers: []wgtypes.Peer{first}})), "errno=0\n\n") + more
	got, err := ParseDevice(strings.NewReader(text), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	last.AllowedIPs = first.AllowedIPs
	if diff := cmp.Diff([]wgtypes.Peer{last}, got.Peers, sameAddresses); diff != "" {
		t.Errorf("ParseDevice(%q) (-want +got):\n%s", text, diff)
	}
}

// TestFastPathKeepsNothing has lines that look like values of the fast path in the
// wrong places: one with the length of a key, and some that begin with digits.
func TestFastPathKeepsNothing(t *testing.T) {
	t.Parallel()
	long := "x=" + strings.Repeat("x", hexKeyLen-2)
	for _, lines := range []string{
		long + "\n100=5", "100=5\n200=6", long + "\n100=5\n200=6\n300=7\n400=8\n500=9\n600=10",
		"preshared_key=" + hexZeros + "\n100=5\n200=6", "preshared_key=" + hexZeros + "\nprotocol_version=0\n192.0.2.1:5=6\n200=6",
	} {
		text := "public_key=" + hexZeros + "\n" + lines + "\npublic_key=" + hexZeros + "\n" + lines + "\nerrno=0\n\n"
		got, err := ParseDevice(strings.NewReader(text), time.Time{})
		if err != nil {
			t.Fatalf("ParseDevice(%q) = %v, want nil", text, err)
		}
		if diff := cmp.Diff([]wgtypes.Peer{{}, {}}, got.Peers, sameAddresses); diff != "" {
			t.Errorf("ParseDevice(%q) (-want +got):\n%s", text, diff)
		}
	}
}

// TestFastPathAgreesWithSlowPath changes each byte of a reply. A reply that comes
// at once takes the fast path, one that comes byte by byte the slow path.
func TestFastPathAgreesWithSlowPath(t *testing.T) {
	t.Parallel()
	text := AppendDevice(nil, &wgtypes.Device{Peers: orderedPeers()[1:2]})
	for i := range text {
		for _, c := range []byte("\n=0:a/.-") {
			wrong := bytes.Clone(text)
			wrong[i] = c
			fast, fastErr := ParseDevice(bytes.NewReader(wrong), time.Time{})
			slow, slowErr := ParseDevice(iotest.OneByteReader(bytes.NewReader(wrong)), time.Time{})
			if (fastErr == nil) != (slowErr == nil) || fastErr != nil && fastErr.Error() != slowErr.Error() {
				t.Errorf("ParseDevice(%q) = %v at once, want %v as byte by byte", wrong, fastErr, slowErr)
			}
			if diff := cmp.Diff(slow, fast, sameAddresses); diff != "" {
				t.Errorf("ParseDevice(%q) (-want byte by byte +got at once):\n%s", wrong, diff)
			}
		}
	}
}

// FuzzNumber compares cutNumber with package strconv.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0\n", "1\n", "12345678\n", "123456789\n", "9999999999999999999\n", "99999999999999999999\n", "00000000000000000000001\n", "12\x00\n", "\n", "7", ":\n", "/\n"} {
		f.Add([]byte(s))
	}
	// Eight bytes are checked together.
	for c := range 256 {
		f.Add(append(bytes.Repeat([]byte{byte(c)}, 8), '\n'))
		f.Add(append([]byte("12345678")[:c%8], byte(c), '9', '9', '9', '9', '9', '9', '9', '\n'))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		want, err := strconv.ParseUint(string(line), 10, 64)
		wantOK := whole && err == nil && len(line) <= 19 && line[0] != '+'
		got, digits := cutNumber(text)
		ok := digits > 0 && digits < len(text) && text[digits] == '\n'
		if ok != wantOK || ok && (got != want || !bytes.Equal(text[digits+1:], rest)) {
			t.Errorf("cutNumber(%q) = %d with %d digits, %t, want %d with rest %q, %t", text, got, digits, ok, want, rest, wantOK)
		}
	})
}

// TestNextClears checks that Next clears the peer, with and without an error.
func TestNextClears(t *testing.T) {
	t.Parallel()
	d := NewDecoder(strings.NewReader("public_key="+hexZeros+"\nerrno=0\n\n"), time.Time{})
	for _, want := range []error{nil, io.EOF} {
		p := orderedPeers()[1]
		if err := d.Next(&p); err != want {
			t.Fatalf("Next = %v, want %v", err, want)
		}
		if diff := cmp.Diff(wgtypes.Peer{}, p, sameAddresses); diff != "" {
			t.Errorf("peer after Next (-want +got):\n%s", diff)
		}
	}
}

// TestReplyLimit checks that near MaxReply no line is read twice, and that the
// error has the number of the first line beyond it. It reads at once and byte by byte.
func TestReplyLimit(t *testing.T) {
	t.Parallel()
	const lines, fit = 1000, 500
	const line = "allowed_ip=::/0\n"
	text := "public_key=" + hexZeros + "\n" + strings.Repeat(line, lines)
	for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		d := NewDecoder(r, time.Time{})
		if _, err := d.Device(); err != nil {
			t.Fatal(err)
		}
		d.total = MaxReply - fit*len(line)
		err := d.Next(new(wgtypes.Peer))
		if want := fmt.Sprintf("line %d: want at most %d bytes in total", 1+fit+1, MaxReply); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("Next of %T = %v, want an error that ends with %q", r, err, want)
		}
		if n := d.ips.Len(); n > lines {
			t.Errorf("prefixes of %T = %d, want at most %d", r, n, lines)
		}
	}
}

// TestPeers checks that Peers yields what Next returns, that a second loop
// continues, and that an error comes last with a zero peer.
func TestPeers(t *testing.T) {
	t.Parallel()
	want := orderedPeers()
	text := string(AppendDevice(nil, &wgtypes.Device{Peers: want}))
	d := NewDecoder(strings.NewReader(text), time.Time{})
	var got []wgtypes.Peer
	for range 2 {
		for p, err := range d.Peers() {
			if err != nil {
				t.Fatalf("Peers yields %v, want nil", err)
			}
			if got = append(got, p); len(got) == 1 {
				break
			}
		}
	}
	if diff := cmp.Diff(want, got, sameAddresses); diff != "" {
		t.Errorf("Peers in two loops (-want +got):\n%s", diff)
	}
	d = NewDecoder(strings.NewReader(strings.TrimSuffix(text, "errno=0\n\n")), time.Time{})
	n, failures := 0, 0
	for p, err := range d.Peers() {
		switch {
		case failures > 0:
			t.Errorf("Peers yields %v, %v after an error, want nothing", p, err)
		case err == nil:
			n++
		case !errors.Is(err, io.ErrUnexpectedEOF) || !cmp.Equal(p, wgtypes.Peer{}, sameAddresses):
			t.Errorf("Peers yields %v, %v, want a zero peer and %v", p, err, io.ErrUnexpectedEOF)
			fallthrough
		default:
			failures++
		}
	}
	if n != len(want)-1 || failures != 1 {
		t.Errorf("Peers of an incomplete reply yields %d peers and %d errors, want %d and 1", n, failures, len(want)-1)
	}
}
