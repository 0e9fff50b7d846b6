package amneziawggo

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestUnsupportedChangesNothing makes changes of which each release refuses some. The
// questions about the version, and the changes that fail, must not change the device.
func TestUnsupportedChangesNothing(t *testing.T) {
	t.Parallel()
	r := release(t)
	header := func(lo, hi uint32) *wgtypes.Range { return &wgtypes.Range{Lo: lo, Hi: hi} }
	changes := map[string]struct {
		change wgtypes.AmneziaConfig
		since  wgtypes.AmneziaVersion
	}{
		"S3":                   {wgtypes.AmneziaConfig{S3: new(uint16(40))}, wgtypes.AmneziaV15},
		"a packet":             {wgtypes.AmneziaConfig{I1: new("<r 16>")}, wgtypes.AmneziaV15},
		"a range":              {wgtypes.AmneziaConfig{H4: header(50, 60)}, wgtypes.AmneziaV20},
		"a letter":             {wgtypes.AmneziaConfig{I1: new("<rc 16>")}, wgtypes.AmneziaV20},
		"a time":               {wgtypes.AmneziaConfig{RekeyTimeout: header(5, 5)}, wgtypes.AmneziaV30},
		"random trailers":      {wgtypes.AmneziaConfig{RandomTrailers: new(true)}, wgtypes.AmneziaV31},
		"equal message types":  {wgtypes.AmneziaConfig{H1: header(22, 22)}, wgtypes.AmneziaV31 + 1},
		"unordered junk sizes": {wgtypes.AmneziaConfig{Jmin: new(uint16(81))}, wgtypes.AmneziaV31 + 1},
	}
	for name, test := range changes {
		d := newIdle(t)
		b := wguser.NewInProcess(wguser.InProcess{Name: "awg0", Device: d})
		configure := func(c wgtypes.Config) error { return testutil.ConfigureDevice(t.Context(), b, "awg0", c) }
		base := wgtypes.Config{
			PrivateKey: new(testutil.Key1), Peers: []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA, "10.0.0.0/8")},
			Amnezia: &wgtypes.AmneziaConfig{
				Jc: new(uint16(4)), Jmin: new(uint16(8)), Jmax: new(uint16(80)), S1: new(uint16(15)),
				H1: header(11, 11), H2: header(22, 22), H3: header(33, 33), H4: header(44, 44),
			},
		}
		if err := configure(base); err != nil {
			t.Fatalf("%s: Configure(%v) = %v, want nil", name, base, err)
		}
		before := text(t, d)
		err := configure(wgtypes.Config{Amnezia: &test.change})
		has := r.Version() >= test.since
		if has != (err == nil) {
			t.Errorf("%s: Configure(%v) = %v, want nil only if the release has it, which is %t", name, test.change, err, has)
		}
		if after := text(t, d); !has && after != before {
			t.Errorf("%s: state after the error = %q, want %q as before", name, after, before)
		}
		if err != nil && !errors.Is(err, errors.ErrUnsupported) && !isInvalid(err) && r != testutil.AmneziaGo13 {
			t.Errorf("%s: Configure(%v) = %v, want a FieldError or ErrUnsupported", name, test.change, err)
		}
	}
	keepalive := testutil.Peers(wgtypes.PeerConfig{
		PublicKey: testutil.PeerA, PersistentKeepalive: new(22 * time.Second), PersistentKeepaliveMax: 30 * time.Second,
	})
	b := wguser.NewInProcess(wguser.InProcess{Name: "awg0", Device: newIdle(t)})
	if err := testutil.ConfigureDevice(t.Context(), b, "awg0", keepalive); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Configure(%v) = %v, want ErrUnsupported", keepalive, err)
	}
}

func isInvalid(err error) bool {
	_, ok := errors.AsType[*wgtypes.FieldError](err)
	return ok
}

// text returns the state of a device.
func text(t *testing.T, d idle) string {
	t.Helper()
	var b strings.Builder
	if err := d.IpcGetOperation(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
