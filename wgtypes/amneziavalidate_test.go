package wgtypes_test

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func span(lo, hi uint32) wgtypes.Range { return wgtypes.Range{Lo: lo, Hi: hi} }

var headerKey = wgtypes.NewHeaderProtectionKey(secretBytes)

// amneziaRefusals are changes of the defaults after which some implementation of
// AmneziaWG crashes, rejects later changes or sends random values. ofState says that
// the change is valid by itself.
var amneziaRefusals = []struct {
	name    string
	change  func(*wgtypes.Amnezia)
	want    string
	ofState bool
}{
	{"Jmin above Jmax", func(a *wgtypes.Amnezia) { a.Jc, a.Jmin, a.Jmax = 4, 80, 8 },
		"Amnezia.Jmin: invalid number 80: must be at most Jmax, which is 8", true},
	{"Jmin above Jmax without Jc", func(a *wgtypes.Amnezia) { a.Jmin = 1 },
		"Amnezia.Jmin: invalid number 1: must be at most Jmax, which is 0", true},
	{"header range in wrong order", func(a *wgtypes.Amnezia) { a.H1 = span(9, 5) },
		"Amnezia.H1: invalid range 9-5: the first number must not be larger than the second one", false},
	{"header 0", func(a *wgtypes.Amnezia) { a.H2 = span(0, 0) }, "Amnezia.H2: invalid range 0: must not contain 0", false},
	{"header range from 0", func(a *wgtypes.Amnezia) { a.H4 = span(0, 9) }, "Amnezia.H4: invalid range 0-9: must not contain 0", false},
	{"equal headers", func(a *wgtypes.Amnezia) { a.H1 = span(2, 2) }, "Amnezia.H2: invalid range 2: must not overlap H1, which is 2", true},
	{"overlapping headers", func(a *wgtypes.Amnezia) { a.H1, a.H4 = span(70, 90), span(80, 100) },
		"Amnezia.H4: invalid range 80-100: must not overlap H1, which is 70-90", true},
	{"header in a range", func(a *wgtypes.Amnezia) { a.H2, a.H3 = span(10, 1<<32-1), span(1<<32-1, 1<<32-1) },
		"Amnezia.H3: invalid range 4294967295: must not overlap H2, which is 10-4294967295", true},
	{"key without prefixes", func(a *wgtypes.Amnezia) { a.HeaderProtectionKey = headerKey },
		"Amnezia.S1: invalid number 0: must be at least 12 if HeaderProtectionKey is set", true},
	{"key with a short prefix", func(a *wgtypes.Amnezia) {
		a.HeaderProtectionKey, a.S1, a.S2, a.S3, a.S4 = headerKey, 12, 12, 12, 11
	}, "Amnezia.S4: invalid number 11: must be at least 12 if HeaderProtectionKey is set", true},
	{"padding in wrong order", func(a *wgtypes.Amnezia) { a.ContentPaddingAddition = span(2, 1) },
		"Amnezia.ContentPaddingAddition: invalid range 2-1: the first number must not be larger than the second one", false},
	{"padding above", func(a *wgtypes.Amnezia) { a.ContentPaddingAddition = span(65536, 65536) },
		"Amnezia.ContentPaddingAddition: invalid range 65536: must be 0 to 65535", false},
	{"time above", func(a *wgtypes.Amnezia) { a.RekeyAfterTime = span(5, 70000) },
		"Amnezia.RekeyAfterTime: invalid range 5-70000: must be 0 to 65535", false},
	{"attempts above", func(a *wgtypes.Amnezia) { a.MaxHandshakeAttempts = span(1, 65536) },
		"Amnezia.MaxHandshakeAttempts: invalid range 1-65536: must be 0 to 65535", false},
	{"negative number in a packet", func(a *wgtypes.Amnezia) { a.I1 = "<r -1>" },
		"Amnezia.I1: invalid tag at byte 0: must not have negative numbers", false},
	{"line break in a packet", func(a *wgtypes.Amnezia) { a.I5 = "<r 1>\nh1=5" },
		`Amnezia.I5: invalid packet: must not contain '\n', as at byte 5`, false},
}

func TestAmneziaValidateRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range amneziaRefusals {
		a := wgtypes.DefaultAmnezia()
		test.change(&a)
		err := a.Validate()
		fe, ok := errors.AsType[*wgtypes.FieldError](err)
		if !ok || fe.Error() != test.want || fe.Index != -1 || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: Validate() = %v, want the FieldError %s", test.name, err, test.want)
		}
		if err != nil && testutil.FindSecret(err.Error()) != "" {
			t.Errorf("%s: Validate() = %v, want no key in it", test.name, err)
		}
		initial, c := wgtypes.DefaultAmnezia(), wgtypes.Config{Amnezia: new(wgtypes.AmneziaConfig)}
		for _, p := range wgtypes.AmneziaParameters() {
			if !p.Equal(&a, &initial) {
				p.Set(c.Amnezia, &a)
			}
		}
		switch err := c.Validate(); {
		case test.ofState && err != nil:
			t.Errorf("%s: Validate() of the change = %v, want nil, because it depends on the device", test.name, err)
		case !test.ofState && (err == nil || err.Error() != test.want):
			t.Errorf("%s: Validate() of the change = %v, want %s", test.name, err, test.want)
		}
	}
}

func TestAmneziaValidateAccepts(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*wgtypes.Amnezia){
		"defaults":           func(*wgtypes.Amnezia) {},
		"Jmin equal to Jmax": func(a *wgtypes.Amnezia) { a.Jc, a.Jmin, a.Jmax = 4, 50, 50 },
		"no junk of a size":  func(a *wgtypes.Amnezia) { a.Jmax = 80 },
		"largest numbers": func(a *wgtypes.Amnezia) {
			a.Jc, a.Jmin, a.Jmax, a.S1, a.S2, a.S3, a.S4 = 65535, 65535, 65535, 65535, 65535, 65535, 65535
		},
		"swapped headers": func(a *wgtypes.Amnezia) { a.H1, a.H2, a.H3, a.H4 = a.H4, a.H3, a.H2, a.H1 },
		"adjacent headers": func(a *wgtypes.Amnezia) {
			a.H1, a.H2, a.H3, a.H4 = span(5, 9), span(10, 10), span(11, 1<<31), span(1<<31+1, 1<<32-1)
		},
		"key with prefixes": func(a *wgtypes.Amnezia) {
			a.HeaderProtectionKey, a.S1, a.S2, a.S3, a.S4 = headerKey, 12, 13, 14, 15
		},
		"ranges from 0": func(a *wgtypes.Amnezia) {
			a.ContentPaddingAddition, a.RekeyAfterTime, a.MaxHandshakeAttempts = span(0, 65535), span(0, 5), span(65535, 65535)
		},
		"switches":     func(a *wgtypes.Amnezia) { a.RandomTrailers, a.DisableCookies = true, true },
		"packets":      func(a *wgtypes.Amnezia) { a.I1, a.I3 = "<b 0xc0ff><r 16>", "<t>" },
		"unknown keys": func(a *wgtypes.Amnezia) { a.UnknownKeys = []string{"\n"} },
	} {
		a := wgtypes.DefaultAmnezia()
		if change(&a); a.Validate() != nil {
			t.Errorf("%s: Validate() = %v, want nil", name, a.Validate())
		}
		c := wgtypes.Config{Amnezia: new(wgtypes.AmneziaConfig)}
		for _, p := range wgtypes.AmneziaParameters() {
			p.Set(c.Amnezia, &a)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%s: Validate() of the change = %v, want nil", name, err)
		}
	}
}

func TestKeepaliveRange(t *testing.T) {
	t.Parallel()
	key := wgtypes.PublicKey{1}
	of := "peer 0 (" + key.String() + "): PersistentKeepaliveMax: "
	for _, test := range []struct {
		lo   *time.Duration
		hi   time.Duration
		want string
	}{
		{nil, 0, ""},
		{new(22 * time.Second), 0, ""},
		{new(22 * time.Second), 22 * time.Second, ""},
		{new(22 * time.Second), 65535 * time.Second, ""},
		{new(time.Duration(0)), 5 * time.Second, ""},
		{nil, time.Second, of + "needs PersistentKeepalive, the lower end of the range"},
		{new(22 * time.Second), 21 * time.Second, of + "invalid interval 21s: must be at least PersistentKeepalive, 22s"},
		{new(time.Duration(0)), -time.Second, of + "invalid interval -1s: must be at least PersistentKeepalive, 0s"},
		{new(22 * time.Second), 65536 * time.Second, of + "invalid interval 18h12m16s: must be 0 (off) to 65535 s"},
		{new(22 * time.Second), 22500 * time.Millisecond, of + "invalid interval 22.5s: must be whole seconds"},
	} {
		c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key, PersistentKeepalive: test.lo, PersistentKeepaliveMax: test.hi}}}
		if err := c.Validate(); (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("Validate() of the range from %v to %v = %v, want %q", test.lo, test.hi, err, test.want)
		}
		c.Peers[0].Remove = true
		if err := c.Validate(); err != nil {
			t.Errorf("Validate() of a removed peer with the range from %v to %v = %v, want nil", test.lo, test.hi, err)
		}
	}
}
