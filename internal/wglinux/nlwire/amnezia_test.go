package nlwire_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// amneziaVersions are the versions that the kernel module has.
var amneziaVersions = []wgtypes.AmneziaVersion{
	wgtypes.AmneziaV10, wgtypes.AmneziaV20, wgtypes.AmneziaV30, wgtypes.AmneziaV31,
}

// seededAmnezia is seeded for each version of AmneziaWG.
func seededAmnezia(f *testing.F, check func(t *testing.T, r *rand.Rand, limit int, version wgtypes.AmneziaVersion)) {
	for seed := range uint64(50) {
		f.Add(seed, uint16(seed*321), uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, limit uint16, version uint8) {
		check(t, rand.New(rand.NewPCG(seed, 0)), int(limit), amneziaVersions[int(version)%len(amneziaVersions)])
	})
}

func amneziaOptions(version wgtypes.AmneziaVersion) testutil.RandomOptions {
	return testutil.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20, Collisions: 0.5, Amnezia: version}
}

// FuzzAmneziaSetRoundTrip checks that decoding an encoded set gives the same Config.
func FuzzAmneziaSetRoundTrip(f *testing.F) {
	seededAmnezia(f, func(t *testing.T, r *rand.Rand, _ int, version wgtypes.AmneziaVersion) {
		c := testutil.RandomConfig(r, nil, amneziaOptions(version))
		_, p := payload(t, nlwire.AppendSet(nil, nlwire.Header{}, 5, &c, version))
		got, err := nltest.DecodeAmneziaRequest(p, version)
		if err != nil {
			t.Fatalf("version %v: DecodeAmneziaRequest() = %v, want nil", version, err)
		}
		if got.Config.Amnezia == nil && c.Amnezia != nil && c.Amnezia.IsZero() {
			c.Amnezia = nil
		}
		if diff := cmp.Diff(nltest.Request{Set: true, Index: 5, Config: c}, got, equal...); diff != "" {
			t.Errorf("version %v: DecodeAmneziaRequest() (-want +got):\n%s", version, diff)
		}
	})
}

// FuzzAmneziaSplit is FuzzSplit for AmneziaWG. Only the first part has its parameters.
func FuzzAmneziaSplit(f *testing.F) {
	seededAmnezia(f, func(t *testing.T, r *rand.Rand, limit int, version wgtypes.AmneziaVersion) {
		have := testutil.RandomDevice(r, amneziaOptions(version))
		c := testutil.RandomConfig(r, have, amneziaOptions(version))
		want := wginternal.Apply(have, c)
		most := max(limit, nlwire.MinSet(&c, version))
		got, parts := have, 0
		for part, size := range nlwire.Split(c, limit, version) {
			if n := len(nlwire.AppendSet(nil, nlwire.Header{}, 1, &part, version)); n != size || n > most {
				t.Fatalf("version %v: a part has %d bytes, want %d and at most %d", version, n, size, most)
			}
			if parts > 0 && part.Amnezia != nil {
				t.Fatalf("version %v: part %d = %v, want no parameters of AmneziaWG", version, parts, part)
			}
			got = wginternal.Apply(got, part)
			parts++
		}
		if diff := cmp.Diff(want, got, equal...); diff != "" {
			t.Errorf("version %v: effect of all parts (-want +got):\n%s", version, diff)
		}
	})
}

// FuzzAmneziaFragment checks that decoding the fragments of a device gives the same
// device, for every limit.
func FuzzAmneziaFragment(f *testing.F) {
	seededAmnezia(f, func(t *testing.T, r *rand.Rand, limit int, version wgtypes.AmneziaVersion) {
		want := testutil.RandomDevice(r, amneziaOptions(version))
		want.Kind, want.Index = wgtypes.KindUnknown, 1+r.IntN(1000)
		for name, decode := range map[string]func() *wgtypes.Device{
			"Next": func() *wgtypes.Device {
				return decodeAll(t, version, nltest.Fragment(want, nlwire.Header{Type: 30}, limit))
			},
			"Rest": func() *wgtypes.Device {
				return decodeRest(t, version, nltest.Fragment(want, nlwire.Header{Type: 30}, limit))
			},
		} {
			if diff := cmp.Diff(want, decode(), equal...); diff != "" {
				t.Errorf("version %v: decoding the fragments with %s (-want +got):\n%s", version, name, diff)
			}
		}
	})
}

// decodeAll decodes messages with Next.
func decodeAll(t *testing.T, version wgtypes.AmneziaVersion, messages func(func([]byte) bool)) *wgtypes.Device {
	t.Helper()
	d := nlwire.Decoder{Amnezia: version}
	var peers []wgtypes.Peer
	var p wgtypes.Peer
	for b := range messages {
		_, payload := payload(t, b)
		if err := d.Feed(payload); err != nil {
			t.Fatalf("version %v: Feed() = %v, want nil", version, err)
		}
		for ; d.Next(&p); p = (wgtypes.Peer{}) {
			peers = append(peers, p)
		}
	}
	if d.End(&p) {
		peers = append(peers, p)
	}
	if d.Err() != nil {
		t.Fatalf("version %v: Err() = %v, want nil", version, d.Err())
	}
	dev := d.Device()
	dev.Peers = peers
	return &dev
}

// decodeRest decodes messages with Rest.
func decodeRest(t *testing.T, version wgtypes.AmneziaVersion, messages func(func([]byte) bool)) *wgtypes.Device {
	t.Helper()
	var payloads [][]byte
	for b := range messages {
		_, payload := payload(t, slices.Clone(b))
		payloads = append(payloads, payload)
	}
	d := nlwire.Decoder{Amnezia: version}
	if err := d.Feed(payloads[0]); err != nil {
		t.Fatalf("version %v: Feed() = %v, want nil", version, err)
	}
	peers, err := d.Rest(payloads[1:], nil)
	if err != nil {
		t.Fatalf("version %v: Rest() = %v, want nil", version, err)
	}
	dev := d.Device()
	dev.Peers = peers
	return &dev
}

// FuzzAmneziaMessages checks that no message makes the decoder panic, and that each error
// is ErrMalformed.
func FuzzAmneziaMessages(f *testing.F) {
	for i, version := range amneziaVersions {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		o := amneziaOptions(version)
		o.MinPeers, o.MinAllowedIPs = 2, 2
		for b := range nltest.Fragment(testutil.RandomDevice(r, o), nlwire.Header{}, 900) {
			f.Add(slices.Clone(b[16:]), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte, v uint8) {
		version := amneziaVersions[int(v)%len(amneziaVersions)]
		d := nlwire.Decoder{Amnezia: version}
		err := d.Feed(payload)
		for p := (wgtypes.Peer{}); d.Next(&p); p = (wgtypes.Peer{}) {
			err = d.Err()
		}
		if err == nil {
			err = d.Err()
		}
		_, familyErr := nlwire.DecodeFamily(nlwire.Header{Type: 16}, payload)
		_, requestErr := nltest.DecodeAmneziaRequest(payload, version)
		for _, err := range []error{err, familyErr, requestErr} {
			if err != nil && !errors.Is(err, nlwire.ErrMalformed) {
				t.Errorf("version %v: error = %v, want ErrMalformed", version, err)
			}
		}
		if a := d.Device().Amnezia; a != nil && len(a.UnknownKeys) > 32 {
			t.Errorf("version %v: %d unknown keys, want at most 32", version, len(a.UnknownKeys))
		}
	})
}

// amneziaReply returns a reply with attributes of a device.
func amneziaReply(attributes ...any) []byte {
	b := []byte{0, 1, 0, 0}
	for i := 0; i < len(attributes); i += 2 {
		payload := attributes[i+1].([]byte)
		b = binary.NativeEndian.AppendUint16(b, uint16(4+len(payload)))
		b = binary.NativeEndian.AppendUint16(b, uint16(attributes[i].(int)))
		b = append(append(b, payload...), make([]byte, -len(payload)&3)...)
	}
	return b
}

// TestAmneziaUnknownKeys checks that each unknown attribute is reported once, up to 32.
func TestAmneziaUnknownKeys(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ unknown, want int }{{1, 1}, {32, 32}, {33, 32}, {100, 32}} {
		var attributes []any
		var want []string
		for n := range test.unknown {
			attributes = append(attributes, 1000+n, []byte{1})
			want = append(want, fmt.Sprintf("attribute %d", 1000+n))
		}
		reply := amneziaReply(append(attributes, attributes...)...)
		d := nlwire.Decoder{Amnezia: wgtypes.AmneziaV20}
		if err := d.Feed(reply); err != nil {
			t.Fatalf("Feed() of %d unknown attributes = %v, want nil", test.unknown, err)
		}
		if diff := cmp.Diff(want[:test.want], d.Device().Amnezia.UnknownKeys); diff != "" {
			t.Errorf("unknown keys of %d attributes (-want +got):\n%s", test.unknown, diff)
		}
	}
}

// attributesOf are the numbers of the attributes that a version has, and the sizes of
// their payloads. 0 means a text.
func attributesOf(version wgtypes.AmneziaVersion) map[int]int {
	sizes := make(map[int]int)
	header := 4
	for n := 9; n <= 13; n++ {
		sizes[n] = 2
	}
	if version >= wgtypes.AmneziaV20 {
		sizes[19], sizes[20], header = 2, 2, 0
		for n := 21; n <= 25; n++ {
			sizes[n] = 0
		}
	}
	if version >= wgtypes.AmneziaV30 {
		header, sizes[26] = 8, 32
		for n := 27; n <= 32; n++ {
			sizes[n] = 4
		}
	}
	if version >= wgtypes.AmneziaV31 {
		sizes[33], sizes[34] = 1, 1
	}
	for n := 14; n <= 17; n++ {
		sizes[n] = header
	}
	return sizes
}

// TestAmneziaSizes checks that a parameter of another size than that of the version is
// malformed, so that it is never misread, and that the others are unknown keys.
func TestAmneziaSizes(t *testing.T) {
	t.Parallel()
	for _, version := range amneziaVersions {
		known := attributesOf(version)
		for n := 9; n <= 40; n++ {
			size, ok := known[n]
			for length := range 40 {
				d := nlwire.Decoder{Amnezia: version}
				err := d.Feed(amneziaReply(n, make([]byte, length)))
				unknown := d.Device().Amnezia.UnknownKeys
				switch {
				case !ok && (err != nil || len(unknown) != 1):
					t.Errorf("version %v: attribute %d of %d bytes: error %v, unknown keys %q, want one unknown key", version, n, length, err, unknown)
				case ok && size != 0 && (err == nil) != (length == size):
					t.Errorf("version %v: attribute %d of %d bytes = %v, want nil only for %d bytes", version, n, length, err, size)
				case ok && len(unknown) != 0:
					t.Errorf("version %v: attribute %d is unknown, want a parameter", version, n)
				}
			}
		}
	}
}

// TestAmneziaTexts checks that texts need a NUL byte at their end, and that message types
// of version 2 are numbers or ranges, whatever their length.
func TestAmneziaTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]wgtypes.Range{
		"123\x00": {Lo: 123, Hi: 123}, "1234567\x00": {Lo: 1234567, Hi: 1234567},
		"5-9\x00": {Lo: 5, Hi: 9}, "9-5\x00": {Lo: 9, Hi: 5}, "0-4294967295\x00": {Hi: 1<<32 - 1},
	} {
		d := nlwire.Decoder{Amnezia: wgtypes.AmneziaV20}
		if err := d.Feed(amneziaReply(14, []byte(text))); err != nil || d.Device().Amnezia.H1 != want {
			t.Errorf("H1 of %q = %v, %v, want %v, nil", text, d.Device().Amnezia.H1, err, want)
		}
	}
	for _, text := range []string{"", "5", "\x00", "x\x00", "-5\x00", "5-\x00", "1-2-3\x00", "4294967296\x00", "\xe8\x03\x00\x00"} {
		d := nlwire.Decoder{Amnezia: wgtypes.AmneziaV20}
		if err := d.Feed(amneziaReply(14, []byte(text))); !errors.Is(err, nlwire.ErrMalformed) {
			t.Errorf("Feed() of H1 %q = %v, want ErrMalformed", text, err)
		}
	}
	d := nlwire.Decoder{Amnezia: wgtypes.AmneziaV30}
	if err := d.Feed(amneziaReply(21, []byte("<r 2>"))); !errors.Is(err, nlwire.ErrMalformed) {
		t.Errorf("Feed() of I1 without NUL = %v, want ErrMalformed", err)
	}
}

// TestAmneziaKeepalive checks that a keepalive interval has the size of the version.
func TestAmneziaKeepalive(t *testing.T) {
	t.Parallel()
	key := amneziaReply(1, make([]byte, 32))[4:]
	for _, version := range amneziaVersions {
		size := 2
		if version >= wgtypes.AmneziaV30 {
			size = 4
		}
		for length := range 10 {
			interval := make([]byte, length)
			switch length {
			case 2:
				binary.NativeEndian.PutUint16(interval, 25)
			case 4:
				binary.NativeEndian.PutUint32(interval, 30<<16|25)
			}
			peer := append(slices.Clone(key), amneziaReply(5, interval)[4:]...)
			d := nlwire.Decoder{Amnezia: version}
			var p wgtypes.Peer
			_ = d.Feed(amneziaReply(8, amneziaReply(0, peer)[4:]))
			d.Next(&p)
			if err := d.Err(); (err == nil) != (length == size) {
				t.Errorf("version %v: keepalive of %d bytes = %v, want nil only for %d bytes", version, length, err, size)
			}
			wantMax := time.Duration(0)
			if size == 4 {
				wantMax = 30 * time.Second
			}
			if length == size && (p.PersistentKeepalive != 25*time.Second || p.PersistentKeepaliveMax != wantMax) {
				t.Errorf("version %v: keepalive = %v to %v, want 25s to %v", version, p.PersistentKeepalive, p.PersistentKeepaliveMax, wantMax)
			}
		}
	}
}

// TestAmneziaRecordings decodes the recorded replies of the modules, encodes the result
// again, and compares the bytes.
func TestAmneziaRecordings(t *testing.T) {
	t.Parallel()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("recordings are in little-endian byte order")
	}
	for file, version := range map[string]wgtypes.AmneziaVersion{
		"1.0.20241112.txt": wgtypes.AmneziaV10, "1.0.20260725.txt": wgtypes.AmneziaV20, "3.0.20260805.txt": wgtypes.AmneziaV30,
	} {
		b, err := os.ReadFile(filepath.Join("..", "nltest", "testdata", "amnezia", file))
		if err != nil {
			t.Fatal(err)
		}
		replies, again := 0, 0
		for line := range strings.Lines(string(b)) {
			text, ok := strings.CutPrefix(strings.TrimSpace(line), "get ")
			if !ok {
				continue
			}
			replies++
			attributes, err := hex.DecodeString(text)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			d := nlwire.Decoder{Amnezia: version}
			if err := d.Feed(append([]byte{0, 1, 0, 0}, attributes...)); err != nil {
				t.Fatalf("%s: Feed(%s) = %v, want nil", file, text, err)
			}
			peers, err := d.Rest(nil, nil)
			dev := d.Device()
			if err != nil || dev.Name != "awg0" || len(dev.Amnezia.UnknownKeys) != 0 {
				t.Errorf("%s: device %q with unknown keys %q, %v; want awg0 without unknown keys", file, dev.Name, dev.Amnezia.UnknownKeys, err)
			}
			if isModelled(attributes) {
				dev.Peers = peers
				checkAgain(t, file, &dev, attributes)
				again++
			}
		}
		if replies < 4 || again < 2 {
			t.Errorf("%s has %d replies, %d of them are compared; want at least 4 and 2", file, replies, again)
		}
	}
}

// isModelled reports whether a reply has nothing that a Device leaves out: packets that
// were removed, and "advanced security" of a peer.
func isModelled(reply []byte) bool {
	removed, advanced := string(amneziaReply(21, []byte{0})[4:]), string(amneziaReply(11, []byte(nil))[4:])
	return !strings.Contains(string(reply), removed) && !strings.Contains(string(reply), advanced)
}

// checkAgain compares the encoded device with the attributes that it was decoded from.
func checkAgain(t *testing.T, file string, dev *wgtypes.Device, want []byte) {
	t.Helper()
	var got []byte
	for b := range nltest.Fragment(dev, nlwire.Header{}, 1<<16) {
		got = append(got, b[20:]...)
	}
	if string(got) != string(want) {
		t.Errorf("%s: encoded again = %x, want %x", file, got, want)
	}
}

// TestAmneziaNumbers checks that each parameter is sent, with an attribute of its own.
func TestAmneziaNumbers(t *testing.T) {
	t.Parallel()
	a := wgtypes.DefaultAmnezia()
	a.Version = wgtypes.AmneziaV31
	all := wginternal.AmneziaConfigOf(&a)
	b := nlwire.AppendSet(nil, nlwire.Header{}, 1, &wgtypes.Config{Amnezia: &all}, wgtypes.AmneziaV31)
	_, p := payload(t, b)
	got, err := nltest.DecodeAmneziaRequest(p, wgtypes.AmneziaV31)
	if diff := cmp.Diff(&all, got.Config.Amnezia, equal...); err != nil || diff != "" {
		t.Errorf("DecodeAmneziaRequest() of all parameters = %v (-want +got):\n%s", err, diff)
	}
}

// TestDecodeFamily checks which versions of the family are known.
func TestDecodeFamily(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		version, maxAttr uint32
		want             wgtypes.AmneziaVersion
	}{
		{1, 17, wgtypes.AmneziaV10}, {1, 18, wgtypes.AmneziaV10}, {2, 25, wgtypes.AmneziaV20},
		{3, 32, wgtypes.AmneziaV30}, {3, 33, wgtypes.AmneziaV30}, {3, 34, wgtypes.AmneziaV31}, {3, 99, wgtypes.AmneziaV31},
		{4, 34, 0},
	} {
		h, p := payload(t, nltest.FamilyReply(nlwire.Header{}, 33, test.version, test.maxAttr))
		f, err := nlwire.DecodeFamily(h, p)
		if want := (nlwire.FamilyInfo{ID: 33, Version: test.version, MaxAttr: test.maxAttr}); err != nil || f != want {
			t.Errorf("DecodeFamily() = %+v, %v, want %+v, nil", f, err, want)
		}
		if got, ok := f.Amnezia(); got != test.want || ok != (test.want != 0) {
			t.Errorf("Amnezia() of version %d with %d attributes = %v, %t, want %v", test.version, test.maxAttr, got, ok, test.want)
		}
	}
	for _, id := range []uint16{0, 33} {
		h, p := payload(t, nltest.FamilyReply(nlwire.Header{}, id, 0, 0))
		if f, err := nlwire.DecodeFamily(h, p); !errors.Is(err, nlwire.ErrMalformed) {
			t.Errorf("DecodeFamily() of number %d and version 0 = %+v, %v, want ErrMalformed", id, f, err)
		}
	}
}
