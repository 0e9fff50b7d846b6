//go:build unix

package wguser_test

import (
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeAmnezia is a testutil.AmneziaDaemon that several connections use, and that can
// fail.
type fakeAmnezia struct {
	testing.TB

	mu       sync.Mutex
	daemon   testutil.AmneziaDaemon
	requests []string
	fail     func(request string) []byte // returns the reply instead, or nil
}

func (f *fakeAmnezia) reply(request string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, request)
	if f.fail != nil {
		if text := f.fail(request); text != nil {
			return text
		}
	}
	text := f.daemon.Reply(request)
	if why := f.daemon.Crashes(); why != "" {
		f.Errorf("after %q the daemon will crash: %s, want no crash", request, why)
	}
	return text
}

func (f *fakeAmnezia) answer(c net.Conn) {
	testutil.ServeRequests(c, func(request string) (text []byte, more bool) {
		text = f.reply(request)
		return text, len(text) > 0
	})
}

// sets returns the set requests so far and forgets them.
func (f *fakeAmnezia) sets() (sets []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, request := range f.requests {
		if body, ok := strings.CutPrefix(request, "set=1\n"); ok {
			sets = append(sets, body)
		}
	}
	f.requests = nil
	return sets
}

func (f *fakeAmnezia) values() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.daemon.Values)
}

// amneziaBackend returns a Backend of kind KindAmneziaUserspace with the device wg0.
func amneziaBackend(t testing.TB, release testutil.AmneziaRelease) (*wguser.Backend, *fakeAmnezia) {
	t.Helper()
	f := &fakeAmnezia{TB: t, daemon: testutil.AmneziaDaemon{Release: release}}
	dir := tempDir(t)
	listen(t, dir, "wg0", f.answer)
	b := wguser.New(wguser.Config{Kind: wgtypes.KindAmneziaUserspace, Dirs: []string{dir}})
	t.Cleanup(func() { b.Close() })
	return b, f
}

// amneziaInProcess returns a Backend of a device of this process.
func amneziaInProcess(t testing.TB, release testutil.AmneziaRelease) (*wguser.Backend, *fakeAmnezia) {
	t.Helper()
	f := &fakeAmnezia{TB: t, daemon: testutil.AmneziaDaemon{Release: release}}
	device := testutil.Operations{Reply: func(request string) ([]byte, error) {
		if text := f.reply(request); text != nil {
			return text, nil
		}
		return nil, io.ErrUnexpectedEOF
	}}
	b := wguser.NewInProcess(wguser.InProcess{Name: "wg0", Device: device})
	t.Cleanup(func() { b.Close() })
	return b, f
}

// TestAmneziaJudge compares every release with the model: the scenarios over sockets, and
// random changes in this process. Adapt removes what the release refuses.
func TestAmneziaJudge(t *testing.T) {
	t.Parallel()
	for name, release := range testutil.AmneziaReleases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overSocket, inProcess := testutil.AmneziaJudge(release), testutil.AmneziaJudge(release)
			overSocket.New = func(t testing.TB) (wginternal.Backend, string) {
				b, _ := amneziaBackend(t, release)
				return b, "wg0"
			}
			inProcess.New = func(t testing.TB) (wginternal.Backend, string) {
				b, _ := amneziaInProcess(t, release)
				return b, "wg0"
			}
			t.Run("scenarios", overSocket.Scenarios)
			t.Run("random", inProcess.Random)
		})
	}
}

// lastError configures wg0 in steps and returns the error of the last one. The others
// must succeed.
func lastError(t *testing.T, b *wguser.Backend, steps ...wgtypes.Config) error {
	t.Helper()
	for i, c := range steps {
		err := configure(t.Context(), b, "wg0", c)
		if i == len(steps)-1 {
			return err
		}
		if err != nil {
			t.Fatalf("Configure(%v) = %v, want nil", c, err)
		}
	}
	return nil
}

func amnezia(change wgtypes.AmneziaConfig) wgtypes.Config { return wgtypes.Config{Amnezia: &change} }

func span(lo, hi uint32) *wgtypes.Range { return &wgtypes.Range{Lo: lo, Hi: hi} }

// unsupportedTest has steps of which the release refuses the last one.
type unsupportedTest struct {
	release string
	steps   []wgtypes.Config
	want    string
}

func unsupportedTests() []unsupportedTest {
	junk := amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(4)), Jmin: new(uint16(8)), Jmax: new(uint16(80))})
	headers := amnezia(wgtypes.AmneziaConfig{H1: span(11, 11), H2: span(22, 22), H3: span(33, 33), H4: span(44, 44)})
	packets := amnezia(wgtypes.AmneziaConfig{I1: new("<t>"), I2: new("<r 1>")})
	keepalive := wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey: repeated(1), PersistentKeepalive: new(22 * time.Second), PersistentKeepaliveMax: 30 * time.Second,
	}}}
	return []unsupportedTest{
		{"0.2.12", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{S3: new(uint16(20))})}, "S3 needs AmneziaWG 1.5; the device has 1.0"},
		{"0.2.12", []wgtypes.Config{packets}, "I1 needs AmneziaWG 1.5; the device has 1.0"},
		{"0.2.12", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{RekeyTimeout: span(5, 5)})}, "RekeyTimeout needs AmneziaWG 3.0; the device has at most 2.0"},
		{"0.2.12", []wgtypes.Config{keepalive}, "a range of keepalive intervals needs AmneziaWG 3.0; the device has at most 2.0"},
		{"0.2.12", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(4))})}, "amneziawg-go before 0.2.16 needs a Jmax above Jmin, which is 0; the device has at most 2.0"},
		{
			"0.2.13", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{S2: new(uint16(56))})},
			"amneziawg-go before 0.2.16 needs messages of different lengths, but S1 and S2 make two of 148 bytes; the device has at most 2.0",
		},
		{
			"0.2.13", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{H1: span(2, 2), H2: span(1, 1)})},
			"amneziawg-go before 0.2.16 cannot set H1 to 2: must be above 4, or 1; the device has at most 2.0",
		},
		{
			"0.2.13", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{H1: span(4, 4), H4: span(99, 99)})},
			"amneziawg-go before 0.2.16 cannot set H1 to 4: must be above 4, or 1; the device has at most 2.0",
		},
		{
			"0.2.13", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{H2: span(99, 99), H4: span(2, 2)})},
			"amneziawg-go before 0.2.16 cannot set H4 to 2: must be above 4, or 4; the device has at most 2.0",
		},
		{
			"0.2.12", []wgtypes.Config{headers, amnezia(wgtypes.AmneziaConfig{H3: span(3, 3)})},
			"amneziawg-go before 0.2.15 cannot set H3 back to 3; the device has 1.0",
		},
		{
			"0.2.12", []wgtypes.Config{headers, amnezia(wgtypes.AmneziaConfig{H2: span(50, 60)})},
			"the range 50-60 as H2 needs AmneziaWG 2.0; the device has 1.0",
		},
		{
			"0.2.13", []wgtypes.Config{packets, amnezia(wgtypes.AmneziaConfig{I1: new(""), I2: new("")})},
			"amneziawg-go before 0.2.16 cannot remove the last of I1 to I5; the device has at most 2.0",
		},
		{"0.2.13", []wgtypes.Config{packets, amnezia(wgtypes.AmneziaConfig{I1: new("")})}, "amneziawg-go before 0.2.16 needs I1 to have I2; the device has at most 2.0"},
		{"0.2.13", []wgtypes.Config{packets, amnezia(wgtypes.AmneziaConfig{I1: new("<ds>")})}, "I1 has the tag <ds>, which the daemon does not accept; the device has at most 2.0"},
		{"0.2.16", []wgtypes.Config{junk, amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(0))})}, "amneziawg-go 0.2.16 to 0.2.19 cannot set Jc back to 0; the device has 2.0"},
		{"0.2.19", []wgtypes.Config{junk, headers, amnezia(wgtypes.AmneziaConfig{Jmin: new(uint16(0))})}, "amneziawg-go 0.2.16 to 0.2.19 cannot set Jmin back to 0; the device has 2.0"},
		{"0.2.19", []wgtypes.Config{packets, amnezia(wgtypes.AmneziaConfig{I2: new("<c>")})}, "I2 has the tag <c>, which the daemon does not accept; the device has at most 3.0"},
		{"0.2.19", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{DisableCookies: new(true)})}, "DisableCookies needs AmneziaWG 3.1; the device has at most 3.0"},
		{"0.2.19", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{ContentPaddingAddition: span(1, 2)})}, "ContentPaddingAddition needs AmneziaWG 3.0; the device has 2.0"},
		{"0.2.19", []wgtypes.Config{keepalive}, "a range of keepalive intervals needs AmneziaWG 3.0; the device has 2.0"},
		{"3.0", []wgtypes.Config{amnezia(wgtypes.AmneziaConfig{RandomTrailers: new(true)})}, "RandomTrailers needs AmneziaWG 3.1; the device has at most 3.0"},
	}
}

// TestAmneziaUnsupported checks that each release refuses what it does not have, before
// anything is sent that changes the device.
func TestAmneziaUnsupported(t *testing.T) {
	t.Parallel()
	for _, test := range unsupportedTests() {
		b, f := amneziaBackend(t, testutil.AmneziaReleases[test.release])
		var before map[string]string
		for i, c := range test.steps {
			before = f.values()
			err := lastError(t, b, c)
			if i < len(test.steps)-1 {
				if err != nil {
					t.Fatalf("%s: Configure(%v) = %v, want nil", test.release, c, err)
				}
				continue
			}
			if !errors.Is(err, errors.ErrUnsupported) || err.Error() != test.want {
				t.Errorf("%s: Configure(%v) = %v, want %q and ErrUnsupported", test.release, c, err, test.want)
			}
			if _, partial := errors.AsType[*wginternal.PartialError](err); partial {
				t.Errorf("%s: Configure(%v) = %T, want no PartialError", test.release, c, err)
			}
		}
		if after := f.values(); !maps.Equal(before, after) {
			t.Errorf("%s: parameters after %q = %v, want %v as before", test.release, test.want, after, before)
		}
	}
}

// TestAmneziaPackets checks that each release either accepts a valid packet or gets no
// request with it. 0.2.13 and 0.2.15 have different tags but the same replies, so they
// may reject a packet, and keep the one that they had.
func TestAmneziaPackets(t *testing.T) {
	t.Parallel()
	packets := []string{
		"<b 0x01>", "<b 01>", "<b 0X01>", "<b 0x>", "<b 0x1>", "<r 0>", "<r 1000>", "<r 1001>", "<r  5>", "< r 5>", "<r 5 6>", "<rc 5>", "<rd 5>",
		"<t>", "<t 1>", "<t><t>", "<c>", "<c><c>", "<wt 10>", "<wt 5000>", "<d>", "<ds>", "<dz 2>", "junk<r 2>junk", "a=b<r 1>", "<b 0x01> <r 2>",
		"<b 0x01><r 8><rc 3><rd 4><t>",
	}
	for name, release := range testutil.AmneziaReleases {
		b, f := amneziaBackend(t, release)
		ambiguous := release == testutil.AmneziaGo13 || release == testutil.AmneziaGo15
		want, accepted := "", 0
		for _, packet := range packets {
			err := configure(t.Context(), b, "wg0", amnezia(wgtypes.AmneziaConfig{I1: &packet}))
			_, invalid := errors.AsType[*wgtypes.FieldError](err)
			if err == nil {
				want = packet
				accepted++
			} else if !invalid && !errors.Is(err, errors.ErrUnsupported) && !(ambiguous && errors.Is(err, syscall.EINVAL)) {
				t.Errorf("%s: Configure(%q) = %v, want nil, a FieldError or ErrUnsupported", name, packet, err)
			}
			if got := f.values()["i1"]; got != want {
				t.Errorf("%s: i1 after Configure(%q) = %q, want %q", name, packet, got, want)
			}
		}
		if has := release.Version() >= wgtypes.AmneziaV15; has != (accepted >= 8) {
			t.Errorf("%s: %d packets are accepted, want %t for at least 8", name, accepted, has)
		}
	}
}

// TestAmneziaRequests checks what is sent: one request, which has all parameters that
// are not the default, after at most one request that changes nothing.
func TestAmneziaRequests(t *testing.T) {
	t.Parallel()
	peer := "public_key=" + strings.Repeat("01", 32) + "\n"
	junk := wgtypes.AmneziaConfig{Jc: new(uint16(4)), Jmin: new(uint16(8)), Jmax: new(uint16(80)), S1: new(uint16(15))}
	type step struct {
		config wgtypes.Config
		want   []string
	}
	for _, test := range []struct {
		name, release string
		steps         []step
	}{
		{"no probe for 2.0", "0.2.19", []step{
			{wgtypes.Config{Amnezia: &junk, Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1)}}}, []string{"jc=4\njmin=8\njmax=80\ns1=15\n" + peer + "\n"}},
			{amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(5)), S1: new(uint16(0))}), []string{"jc=5\njmin=8\njmax=80\ns1=0\n\n"}},
			{amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(5))}), nil},
		}},
		{"defaults", "0.2.12", []step{
			{amnezia(wgtypes.AmneziaConfig{S4: new(uint16(0)), H1: span(1, 1), RandomTrailers: new(false)}), nil},
			{wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{}}, []string{"\n"}}, // as any empty change
			{wgtypes.Config{FirewallMark: new(uint32(7))}, []string{"fwmark=7\n\n"}},
		}},
		{"one probe for 3.0", "3.0", []step{
			{amnezia(wgtypes.AmneziaConfig{RekeyTimeout: span(5, 9)}), []string{"content_padding_addition=0\n\n", "rekey_timeout=5-9\n\n"}},
			{amnezia(wgtypes.AmneziaConfig{RekeyTimeout: span(0, 0)}), []string{"rekey_timeout=0\n\n"}},
			{amnezia(wgtypes.AmneziaConfig{RekeyTimeout: span(5, 5)}), []string{"rekey_timeout=5\n\n"}},
		}},
		{"no probe for 3.1", "3.1", []step{
			{amnezia(wgtypes.AmneziaConfig{RekeyTimeout: span(5, 9), DisableCookies: new(true)}), []string{"rekey_timeout=5-9\ndisable_cookies=1\n\n"}},
		}},
		{"one probe for 1.5", "0.2.13", []step{
			{amnezia(junk), []string{"jc=4\njmin=8\njmax=80\ns1=15\n\n"}},
			{amnezia(wgtypes.AmneziaConfig{S3: new(uint16(20))}), []string{"jc=4\njmin=8\njmax=80\ns1=15\ns3=0\n\n", "jc=4\njmin=8\njmax=80\ns1=15\ns3=20\n\n"}},
			{amnezia(wgtypes.AmneziaConfig{I1: new("<t>")}), []string{"jc=4\njmin=8\njmax=80\ns1=15\ns3=20\ni1=<t>\n\n"}},
		}},
	} {
		b, f := amneziaBackend(t, testutil.AmneziaReleases[test.release])
		for i, step := range test.steps {
			if err := configure(t.Context(), b, "wg0", step.config); err != nil {
				t.Fatalf("%s, step %d: Configure(%v) = %v, want nil", test.name, i, step.config, err)
			}
			if got := f.sets(); !slices.Equal(got, step.want) {
				t.Errorf("%s, step %d: sent %q, want %q", test.name, i, got, step.want)
			}
		}
	}
}

// TestAmneziaInvalid checks that values with which a daemon would crash are refused
// before anything is sent, also if they result from the present ones.
func TestAmneziaInvalid(t *testing.T) {
	t.Parallel()
	for name, release := range testutil.AmneziaReleases {
		b, f := amneziaBackend(t, release)
		junk := amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(4)), Jmin: new(uint16(8)), Jmax: new(uint16(80)), H1: span(11, 11)})
		if err := configure(t.Context(), b, "wg0", junk); err != nil {
			t.Fatalf("%s: Configure(%v) = %v, want nil", name, junk, err)
		}
		f.sets()
		for _, change := range []wgtypes.AmneziaConfig{
			{Jmax: new(uint16(7))}, {Jmin: new(uint16(81))}, {H2: span(11, 11)}, {H2: span(5, 20)}, {H3: span(0, 0)}, {H3: span(9, 5)},
			{I1: new("<r -1>")}, {RekeyTimeout: span(0, 65536)}, {HeaderProtectionKey: new(wgtypes.NewHeaderProtectionKey(repeated(7)))},
		} {
			err := configure(t.Context(), b, "wg0", amnezia(change))
			if _, ok := errors.AsType[*wgtypes.FieldError](err); !ok {
				t.Errorf("%s: Configure(%v) = %v, want a FieldError", name, change, err)
			}
		}
		if sent := f.sets(); len(sent) > 0 {
			t.Errorf("%s: sent %q, want nothing", name, sent)
		}
	}
}

// TestAmneziaOnWireGuard checks what happens to parameters on devices of WireGuard: the
// defaults are ignored, and others are unsupported. A daemon of WireGuard gets no
// request, and a device of this process one that changes nothing.
func TestAmneziaOnWireGuard(t *testing.T) {
	t.Parallel()
	socket, inside := new(fakeDaemon), new(fakeDaemon)
	var probes int
	wireguardGo := testutil.Operations{Reply: func(request string) ([]byte, error) {
		if request != "set=1\njc=0\n\n" {
			return inside.reply(request), nil
		}
		probes++
		return uapi.AppendErrno(nil, syscall.EINVAL), nil
	}}
	socket.device, inside.device = twoPeers(), twoPeers()
	for _, test := range []struct {
		name string
		b    *wguser.Backend
		f    *fakeDaemon
	}{
		{"socket", daemon(t, socket.answer), socket},
		{"in process", wguser.NewInProcess(wguser.InProcess{Name: "wg0", Device: wireguardGo}), inside},
	} {
		if err := configure(t.Context(), test.b, "wg0", amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(0)), H1: span(1, 1)})); err != nil {
			t.Errorf("%s: Configure(defaults) = %v, want nil", test.name, err)
		}
		for range 2 {
			err := configure(t.Context(), test.b, "wg0", wgtypes.Config{FirewallMark: new(uint32(9)), Amnezia: &wgtypes.AmneziaConfig{Jmax: new(uint16(80))}})
			const want = "Jmax needs AmneziaWG 1.0; the device has WireGuard"
			if !errors.Is(err, errors.ErrUnsupported) || err.Error() != want {
				t.Errorf("%s: Configure(Jmax) = %v, want %q and ErrUnsupported", test.name, err, want)
			}
		}
		if sent := test.f.sets(); len(sent) != 0 {
			t.Errorf("%s: sent %q, want nothing", test.name, sent)
		}
		if d, err := state(t.Context(), test.b, "wg0"); err != nil || d.Amnezia != nil || d.FirewallMark != 0 {
			t.Errorf("%s: device = %v, %v, want neither parameters nor a mark", test.name, d, err)
		}
	}
	if probes != 1 {
		t.Errorf("%d requests to the device of this process changed nothing, want 1", probes)
	}
}

// TestAmneziaNeverNil checks that a device of KindAmneziaUserspace has parameters even
// if it shows none, and that a later version is remembered.
func TestAmneziaNeverNil(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]wgtypes.AmneziaVersion{
		"0.2.12": wgtypes.AmneziaUnknown, "0.2.13": wgtypes.AmneziaUnknown, "0.2.16": wgtypes.AmneziaV20,
		"3.0": wgtypes.AmneziaV20, "3.1": wgtypes.AmneziaV31,
	} {
		release := testutil.AmneziaReleases[name]
		b, _ := amneziaBackend(t, release)
		d, err := state(t.Context(), b, "wg0")
		if err != nil || d.Amnezia == nil || d.Amnezia.Version != want {
			t.Fatalf("%s: Amnezia of a new device = %v, %v, want version %v", name, d.Amnezia, err, want)
		}
		// Whether the device has 3.0 is asked now.
		change := wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{KeepaliveTimeout: span(5, 5)}}
		if err := configure(t.Context(), b, "wg0", change); (err == nil) != (release >= testutil.AmneziaGo30) {
			t.Errorf("%s: Configure(%v) = %v, want nil only for 3.0 and later", name, change, err)
		}
		change.Amnezia.KeepaliveTimeout = span(0, 0)
		if err := configure(t.Context(), b, "wg0", change); err != nil {
			t.Errorf("%s: Configure(%v) = %v, want nil", name, change, err)
		}
		d, err = state(t.Context(), b, "wg0")
		if want = max(want, wgtypes.AmneziaV10); name == "3.0" {
			want = wgtypes.AmneziaV30
		}
		if err != nil || d.Amnezia.Version != want {
			t.Errorf("%s: version afterwards = %v, %v, want %v", name, d.Amnezia.Version, err, want)
		}
	}
}
