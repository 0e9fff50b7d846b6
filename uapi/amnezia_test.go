package uapi_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func single(n uint32) wgtypes.Range { return wgtypes.Range{Lo: n, Hi: n} }

// newAmnezia returns the defaults with changes.
func newAmnezia(version wgtypes.AmneziaVersion, change func(*wgtypes.Amnezia)) *wgtypes.Amnezia {
	a := wgtypes.DefaultAmnezia()
	a.Version = version
	change(&a)
	return &a
}

const key07 = "0707070707070707070707070707070707070707070707070707070707070707"

// amneziaGetTests are replies of amneziawg-go.
var amneziaGetTests = []struct {
	name, text string
	want       *wgtypes.Amnezia
}{
	{"a new device before 0.2.16", "listen_port=7\n", nil},
	{"junk packets", "jc=4\njmax=1\n", newAmnezia(wgtypes.AmneziaV10, func(a *wgtypes.Amnezia) { a.Jc, a.Jmax = 4, 1 })},
	{"message types of 0.2.12", "h1=11\nh3=33\n", newAmnezia(wgtypes.AmneziaV10, func(a *wgtypes.Amnezia) { a.H1, a.H3 = single(11), single(33) })},
	{
		"0.2.13", "s3=40\ns4=100\ni1=a=b<r 1>\n",
		newAmnezia(wgtypes.AmneziaV15, func(a *wgtypes.Amnezia) { a.S3, a.S4, a.I1 = 40, 100, "a=b<r 1>" }),
	},
	{"a new device of 0.2.16 and 3.0", "h1=1\nh2=2\nh3=3\nh4=4\n", newAmnezia(wgtypes.AmneziaV20, func(*wgtypes.Amnezia) {})},
	{
		"ranges of message types", "h1=100-200\nh2=150-300\nh3=7\nh4=8\n",
		newAmnezia(wgtypes.AmneziaV20, func(a *wgtypes.Amnezia) {
			a.H1, a.H2, a.H3, a.H4 = wgtypes.Range{Lo: 100, Hi: 200}, wgtypes.Range{Lo: 150, Hi: 300}, single(7), single(8)
		}),
	},
	{"the last message type that old versions do not send", "h1=4\n", newAmnezia(wgtypes.AmneziaV20, func(a *wgtypes.Amnezia) { a.H1 = single(4) })},
	{"the first message type that old versions send", "h1=5\n", newAmnezia(wgtypes.AmneziaV10, func(a *wgtypes.Amnezia) { a.H1 = single(5) })},
	{"a message type of 0", "h1=0\nh2=2\nh3=3\nh4=4\n", newAmnezia(wgtypes.AmneziaV20, func(a *wgtypes.Amnezia) { a.H1 = single(0) })},
	{"an empty packet of 0.2.16", "h1=1\ni1=\n", newAmnezia(wgtypes.AmneziaV20, func(*wgtypes.Amnezia) {})},
	{
		"3.0", "h1=1\nheader_protection_key=" + key07 + "\ncontent_padding_addition=10-20\nrekey_after_time=70000\n",
		newAmnezia(wgtypes.AmneziaV30, func(a *wgtypes.Amnezia) {
			a.HeaderProtectionKey = wgtypes.NewHeaderProtectionKey(repeated(7))
			a.ContentPaddingAddition, a.RekeyAfterTime = wgtypes.Range{Lo: 10, Hi: 20}, single(70000)
		}),
	},
	{"a new device of 3.1", "h1=1\nrandom_trailers=0\ndisable_cookies=0\n", newAmnezia(wgtypes.AmneziaV31, func(*wgtypes.Amnezia) {})},
	{
		"forms of true", "random_trailers=TRUE\ndisable_cookies=t\n",
		newAmnezia(wgtypes.AmneziaV31, func(a *wgtypes.Amnezia) { a.RandomTrailers, a.DisableCookies = true, true }),
	},
	{
		"numbers that are too large", "jc=4294967296\njmax=70000\nh1=99999999999\nrekey_timeout=5-4294967296\n",
		newAmnezia(wgtypes.AmneziaV30, func(a *wgtypes.Amnezia) {
			a.Jc, a.Jmax, a.H1, a.RekeyTimeout = 65535, 65535, single(1<<32-1), wgtypes.Range{Lo: 5, Hi: 1<<32 - 1}
		}),
	},
	{
		"unknown forms", "jc=-1\ns1=x\nh1=\nkeepalive_timeout=often\nrandom_trailers=maybe\ni2=\x1b[2J<t>\x7f\n",
		newAmnezia(wgtypes.AmneziaV31, func(a *wgtypes.Amnezia) { a.H1, a.I2 = single(0), "?[2J<t>?" }),
	},
	{"a range in the wrong order", "max_handshake_attempts=9-5\n", newAmnezia(wgtypes.AmneziaV30, func(a *wgtypes.Amnezia) { a.MaxHandshakeAttempts = single(9) })},
	{
		"another order", "disable_cookies=1\nprivate_key=" + zeros + "\nh4=44\njc=4\nlisten_port=7\ns1=15\n",
		newAmnezia(wgtypes.AmneziaV31, func(a *wgtypes.Amnezia) { a.DisableCookies, a.H4, a.Jc, a.S1 = true, single(44), 4, 15 }),
	},
	{"the last line counts", "jc=4\njc=5\n", newAmnezia(wgtypes.AmneziaV10, func(a *wgtypes.Amnezia) { a.Jc = 5 })},
	{
		"unknown keys", "j1=<r 5>\njc=4\nitime=10\nfuture_key=secret\nj1=\n",
		newAmnezia(wgtypes.AmneziaV10, func(a *wgtypes.Amnezia) { a.Jc, a.UnknownKeys = 4, []string{"j1", "itime", "future_key"} }),
	},
	{
		"ends of the alphabets, and bytes next to them", "jc=4\nAZaz09_=1\na`=1\na{=1\na@=1\na[=1\na/=1\na:=1\n",
		newAmnezia(wgtypes.AmneziaV10, func(a *wgtypes.Amnezia) { a.Jc, a.UnknownKeys = 4, []string{"AZaz09_"} }),
	},
	{"unknown keys of a WireGuard device", "j1=<r 5>\nfuture_key=1\n", nil},
	{"keys of peers", "jc=4\nendpoint=x\nallowed_ip=x\n", newAmnezia(wgtypes.AmneziaV10, func(a *wgtypes.Amnezia) { a.Jc = 4 })},
	{
		"odd unknown keys", "jc=4\nno blank=1\nno\x1bescape=1\nü=1\n" + strings.Repeat("k", 65) + "=1\n" + strings.Repeat("k", 64) + "=1\n",
		newAmnezia(wgtypes.AmneziaV10, func(a *wgtypes.Amnezia) { a.Jc, a.UnknownKeys = 4, []string{strings.Repeat("k", 64)} }),
	},
}

// TestParseDeviceAmnezia reads each reply at once and byte by byte, with a peer after
// the keys of the device.
func TestParseDeviceAmnezia(t *testing.T) {
	t.Parallel()
	for _, test := range amneziaGetTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := test.text + "public_key=" + zeros + "\nfuture_key_of_peer=1\nerrno=0\n\n"
			got, err := uapi.ParseDevice(strings.NewReader(text), time.Time{})
			if err != nil {
				t.Fatalf("ParseDevice(%q) = %v, want nil", text, err)
			}
			if diff := cmp.Diff(test.want, got.Amnezia, equal); diff != "" {
				t.Errorf("ParseDevice(%q).Amnezia (-want +got):\n%s", text, diff)
			}
			slow, err := uapi.ParseDevice(iotest.OneByteReader(strings.NewReader(text)), time.Time{})
			if diff := cmp.Diff(got, slow, equal); diff != "" || err != nil {
				t.Errorf("ParseDevice(%q) byte by byte = %v (-want +got):\n%s", text, err, diff)
			}
		})
	}
}

// TestUnknownKeysAreBounded checks that many unknown keys cost little memory.
func TestUnknownKeysAreBounded(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("jc=4\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "key%d=1\n", i)
	}
	text.WriteString("errno=0\n\n")
	d, err := uapi.ParseDevice(strings.NewReader(text.String()), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	const want = 32
	if got := d.Amnezia.UnknownKeys; len(got) != want || got[0] != "key0" {
		t.Errorf("UnknownKeys of 1000 keys = %q of length %d, want the first %d", got, len(got), want)
	}
}

// TestDecoderDeviceCopiesAmnezia checks that the results of Device share no memory.
func TestDecoderDeviceCopiesAmnezia(t *testing.T) {
	t.Parallel()
	d := uapi.NewDecoder(strings.NewReader("jc=4\nerrno=0\n\n"), time.Time{})
	first, err := d.Device()
	if err != nil {
		t.Fatal(err)
	}
	first.Amnezia.Jc = 5
	if again, err := d.Device(); err != nil || again.Amnezia.Jc != 4 {
		t.Errorf("Jc of the second Device = %d, %v, want 4, nil", again.Amnezia.Jc, err)
	}
}

// amneziaSetTests are requests as AppendSet writes them.
var amneziaSetTests = []struct {
	name   string
	change wgtypes.AmneziaConfig
	text   string
}{
	{"nothing", wgtypes.AmneziaConfig{}, ""},
	{
		"all of it", allOfAmnezia(),
		"jc=4\njmin=8\njmax=80\ns1=15\ns2=16\ns3=17\ns4=18\nh1=5-9\nh2=22\nh3=33\nh4=4294967295\n" +
			"i1=<b 0x0102>\ni2=<r 4>\ni3=<rc 4>\ni4=<rd 4>\ni5=<t>\nheader_protection_key=" + key07 + "\n" +
			"content_padding_addition=10-20\nrekey_after_time=100-120\nrekey_timeout=5\nreject_after_time=180-200\n" +
			"keepalive_timeout=10-12\nmax_handshake_attempts=18\nrandom_trailers=1\ndisable_cookies=0\n",
	},
	{
		"zeros",
		wgtypes.AmneziaConfig{
			Jc: new(uint16), S4: new(uint16), H1: new(single(1)), I1: new(""), HeaderProtectionKey: new(wgtypes.HeaderProtectionKey),
			RekeyAfterTime: new(wgtypes.Range), RandomTrailers: new(false),
		},
		"jc=0\ns4=0\nh1=1\ni1=\nheader_protection_key=" + zeros + "\nrekey_after_time=0\nrandom_trailers=0\n",
	},
}

// allOfAmnezia returns a change of every parameter.
func allOfAmnezia() wgtypes.AmneziaConfig {
	return wgtypes.AmneziaConfig{
		Jc: new(uint16(4)), Jmin: new(uint16(8)), Jmax: new(uint16(80)),
		S1: new(uint16(15)), S2: new(uint16(16)), S3: new(uint16(17)), S4: new(uint16(18)),
		H1: &wgtypes.Range{Lo: 5, Hi: 9}, H2: new(single(22)), H3: new(single(33)), H4: new(single(1<<32 - 1)),
		I1: new("<b 0x0102>"), I2: new("<r 4>"), I3: new("<rc 4>"), I4: new("<rd 4>"), I5: new("<t>"),
		HeaderProtectionKey:    new(wgtypes.NewHeaderProtectionKey(repeated(7))),
		ContentPaddingAddition: &wgtypes.Range{Lo: 10, Hi: 20}, RekeyAfterTime: &wgtypes.Range{Lo: 100, Hi: 120}, RekeyTimeout: new(single(5)),
		RejectAfterTime: &wgtypes.Range{Lo: 180, Hi: 200}, KeepaliveTimeout: &wgtypes.Range{Lo: 10, Hi: 12}, MaxHandshakeAttempts: new(single(18)),
		RandomTrailers: new(true), DisableCookies: new(false),
	}
}

// TestAppendSetAmnezia checks that the lines come after the other keys of the device
// and before the peers, and that ParseSet reads them.
func TestAppendSetAmnezia(t *testing.T) {
	t.Parallel()
	for _, test := range amneziaSetTests {
		c := wgtypes.Config{
			ReplacePeers: true, Amnezia: &test.change,
			Peers: []wgtypes.PeerConfig{{PersistentKeepalive: new(22 * time.Second), PersistentKeepaliveMax: 30 * time.Second}},
		}
		want := "set=1\nreplace_peers=true\n" + test.text + "public_key=" + zeros + "\npersistent_keepalive_interval=22-30\n\n"
		if got := string(uapi.AppendSet(nil, c)); got != want {
			t.Errorf("%s: AppendSet = %q, want %q", test.name, got, want)
		}
		if test.change.IsZero() {
			c.Amnezia = nil
		}
		got, err := uapi.ParseSet(strings.NewReader(want))
		if diff := cmp.Diff(c, got, equal); diff != "" || err != nil {
			t.Errorf("%s: ParseSet(%q) = %v (-want +got):\n%s", test.name, want, err, diff)
		}
	}
}

// TestAppendSetAmneziaAllocatesOnce checks that no copy of a key stays behind.
func TestAppendSetAmneziaAllocatesOnce(t *testing.T) {
	long := strings.Repeat("<b 0xc0ff>", 1000)
	all := allOfAmnezia()
	all.I1, all.I5 = &long, &long
	c := wgtypes.Config{Amnezia: &all, PrivateKey: new(wgtypes.NewPrivateKey(repeated(1)))}
	var request []byte
	// One for the text, and one for a copy of the parameters, whose key is a pointer.
	if n := testing.AllocsPerRun(5, func() { request = uapi.AppendSet(nil, c) }); n > 2 {
		t.Errorf("AppendSet = %v allocations, want at most 2", n)
	}
	if room := cap(request); room < len(request) || room > len(request)+4096 {
		t.Errorf("AppendSet of %d bytes has allocated %d, want a few more", len(request), room)
	}
}

func TestParseSetRejectsAmnezia(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"jc=-1", "jc=65536", "jc=0x4", "jc=", "s1=+4", "h1=9-5", "h1=5-", "h1=-5", "h1= 7", "h1=off", "h1=4294967296", "h1=1-2-3",
		"i1=<t>\r", "i1=\x1b", "header_protection_key=" + key07[2:], "header_protection_key=", "rekey_timeout=x", "random_trailers=on",
		"random_trailers=2", "random_trailers=", "j1=<r 5>", "itime=10", "advanced_security=on",
	} {
		_, err := uapi.ParseSet(strings.NewReader(line + "\n\n"))
		mustBeProtocolError(t, err)
	}
	secret := "header_protection_key=" + strings.Repeat("zz", 32) + "\n"
	for what, parse := range map[string]func() error{
		"ParseSet": func() error { _, err := uapi.ParseSet(strings.NewReader(secret + "\n")); return err },
		"ParseDevice": func() error {
			_, err := uapi.ParseDevice(strings.NewReader(secret+"errno=0\n\n"), time.Time{})
			return err
		},
	} {
		const want = "line 1: header_protection_key: want 64 hexadecimal digits"
		if err := parse(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "zz") {
			t.Errorf("%s of a key with invalid digits = %v, want %q without the digits", what, err, want)
		}
	}
}

// TestAppendDeviceAmneziaShowsVersion checks which zero values tell the version.
func TestAppendDeviceAmneziaShowsVersion(t *testing.T) {
	t.Parallel()
	const headers = "h1=1\nh2=2\nh3=3\nh4=4\n"
	for version, want := range map[wgtypes.AmneziaVersion]string{
		wgtypes.AmneziaUnknown: "jc=0\n",
		wgtypes.AmneziaV10:     "jc=0\n",
		wgtypes.AmneziaV15:     "s3=0\n",
		wgtypes.AmneziaV20:     headers,
		wgtypes.AmneziaV30:     headers + "content_padding_addition=0\n",
		wgtypes.AmneziaV31:     headers + "random_trailers=0\ndisable_cookies=0\n",
	} {
		d := &wgtypes.Device{Amnezia: newAmnezia(version, func(*wgtypes.Amnezia) {})}
		if got := string(uapi.AppendDevice(nil, d)); got != want+"errno=0\n\n" {
			t.Errorf("AppendDevice of a new device with version %v = %q, want %q", version, got, want+"errno=0\n\n")
		}
	}
}

// TestAmneziaLinesAreComplete checks that every parameter has a line in a request and
// in a reply.
func TestAmneziaLinesAreComplete(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range wgtypes.AmneziaParameters() {
		names = append(names, p.Name())
	}
	all := allOfAmnezia()
	request := uapi.AppendSet(nil, wgtypes.Config{Amnezia: &all})
	var keys []string
	for line := range bytes.Lines(bytes.TrimPrefix(request, []byte("set=1\n"))) {
		if key, _, ok := bytes.Cut(line, []byte{'='}); ok {
			keys = append(keys, string(key))
		}
	}
	if !slices.Equal(keys, names) {
		t.Errorf("keys of a change of every parameter = %q, want %q", keys, names)
	}
}
