package uapi

import (
	"bytes"
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

// usualPeers are peers in all the usual forms.
func usualPeers() []wgtypes.Peer {
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

// TestUsual holds that what daemons say is read in one pass, and not only
// rightly.
func TestUsual(t *testing.T) {
	t.Parallel()
	for _, p := range usualPeers() {
		text := AppendDevice(nil, &wgtypes.Device{Peers: []wgtypes.Peer{p, {}}})
		d := NewDecoder(bytes.NewReader(text), time.Time{})
		if _, err := d.Device(); err != nil {
			t.Fatal(err)
		}
		d.peer = &wgtypes.Peer{PublicKey: d.nextKey}
		if !d.readUsual() {
			t.Errorf("some of %q is not read in one pass", text)
		}
	}
}

// TestUsualCut cuts a reply in two at every byte.
func TestUsualCut(t *testing.T) {
	t.Parallel()
	want := &wgtypes.Device{ListenPort: 5, Peers: usualPeers()}
	text := string(AppendDevice(nil, want))
	for i := range text {
		got, err := ParseDevice(io.MultiReader(strings.NewReader(text[:i]), strings.NewReader(text[i:])), time.Time{})
		if err != nil {
			t.Fatalf("cut at byte %d: %v", i, err)
		}
		if diff := cmp.Diff(want, got, sameAddresses); diff != "" {
			t.Errorf("cut at byte %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestUnusual has each line of a peer once more with another value, behind those
// of the usual form: the last one counts.
func TestUnusual(t *testing.T) {
	t.Parallel()
	first, last := usualPeers()[1], usualPeers()[0]
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
		t.Errorf("-want +got:\n%s\n%s", diff, text)
	}
}

// TestUsualWrong changes a byte of a usual reply to each of some others. What
// comes at once and what comes byte by byte is refused or taken alike.
func TestUsualWrong(t *testing.T) {
	t.Parallel()
	text := AppendDevice(nil, &wgtypes.Device{Peers: usualPeers()[1:2]})
	for i := range text {
		for _, c := range []byte("\n=0:a/.-") {
			wrong := bytes.Clone(text)
			wrong[i] = c
			fast, fastErr := ParseDevice(bytes.NewReader(wrong), time.Time{})
			slow, slowErr := ParseDevice(iotest.OneByteReader(bytes.NewReader(wrong)), time.Time{})
			if (fastErr == nil) != (slowErr == nil) || fastErr != nil && fastErr.Error() != slowErr.Error() {
				t.Errorf("%q: at once %v, by bytes %v", wrong, fastErr, slowErr)
			}
			if diff := cmp.Diff(slow, fast, sameAddresses); diff != "" {
				t.Errorf("%q (-by bytes +at once):\n%s", wrong, diff)
			}
		}
	}
}

// FuzzNumber: a number is what package strconv says of the digits at the front.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0\n", "1\n", "12345678\n", "123456789\n", "9999999999999999999\n", "99999999999999999999\n", "00000000000000000000001\n", "12\x00\n", "\n", "7", ":\n", "/\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		want, err := strconv.ParseUint(string(line), 10, 64)
		wantOK := whole && err == nil && len(line) <= 19 && line[0] != '+'
		u := usual{rest: text, ok: true}
		got := u.uint(math.MaxUint64)
		if u.ok != wantOK || u.ok && (got != want || !bytes.Equal(u.rest, rest)) {
			t.Errorf("%q: got %d, %t, and %q is left; strconv says %d, %v", text, got, u.ok, u.rest, want, err)
		}
	})
}

// TestNextClears: nothing of what was in a peer before stays, whether one is read
// into it or none.
func TestNextClears(t *testing.T) {
	t.Parallel()
	d := NewDecoder(strings.NewReader("public_key="+hexZeros+"\nerrno=0\n\n"), time.Time{})
	for _, want := range []error{nil, io.EOF} {
		p := usualPeers()[1]
		if err := d.Next(&p); err != want {
			t.Fatalf("got %v, want %v", err, want)
		}
		if diff := cmp.Diff(wgtypes.Peer{}, p, sameAddresses); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// TestNothingTwice: near the end of what a reply may have nothing is read twice,
// and the line that is too much is told.
func TestNothingTwice(t *testing.T) {
	t.Parallel()
	const lines, fit = 1000, 500
	const line = "allowed_ip=::/0\n"
	d := NewDecoder(strings.NewReader("public_key="+hexZeros+"\n"+strings.Repeat(line, lines)), time.Time{})
	if _, err := d.Device(); err != nil {
		t.Fatal(err)
	}
	d.total = MaxReply - fit*len(line)
	err := d.Next(new(wgtypes.Peer))
	if want := fmt.Sprintf("line %d: want at most %d bytes in all", 1+fit+1, MaxReply); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if n := d.ips.Len(); n > lines {
		t.Errorf("%d prefixes of %d lines", n, lines)
	}
}
