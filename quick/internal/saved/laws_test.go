package saved_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/quick/internal/saved"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestEditLaws edits random files for random states.
func TestEditLaws(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		checkLaws(t, randomText(r), seed)
		for range 10 { // most of them have errors
			checkLaws(t, testutil.RandomFile(r, keyA, keyB, keyC), seed)
		}
	}
}

// FuzzEdit does the same for other files.
func FuzzEdit(f *testing.F) {
	f.Add(text, uint64(1))
	f.Add(strings.ReplaceAll(text, "\n", "\r\n"), uint64(2))
	for seed := range uint64(10) {
		f.Add(randomText(rand.New(rand.NewPCG(seed, 2))), seed)
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) { checkLaws(t, text, seed) })
}

// checkLaws changes the state that a text leads to, saves it, and expects that
//   - the saved text leads to the changed state,
//   - the text is the same if the state does not change,
//   - keys that do not come from the state keep their values.
func checkLaws(t *testing.T, text string, seed uint64) {
	t.Helper()
	f := wgconf.Parse("wg0.conf", []byte(text))
	base, err := f.Settings(wgconf.DialectAWGQuick)
	if err != nil {
		return
	}
	r := rand.New(rand.NewPCG(seed, 3))
	s := saved.State{Device: deviceOf(t, base, nil), Addresses: slices.Clone(base.Interface.Addresses), MTU: base.Interface.MTU}
	if s.Device == nil {
		return
	}
	if !hasTwins(base) && len(s.Device.Peers) == len(base.Peers) && !claimsTwice(base) {
		if diff := cmp.Diff(text, edit(t, text, s)); diff != "" {
			t.Errorf("Edit without a change (-before +after):\n%s", diff)
		}
	}
	options := testutil.RandomOptions{Collisions: 0.5}
	for range r.IntN(4) {
		s.Device = wginternal.Apply(s.Device, testutil.RandomConfig(r, s.Device, options))
	}
	changeAddresses(r, &s)
	after := edit(t, text, s)
	got, err := wgconf.Parse("wg0.conf", []byte(after)).Settings(wgconf.DialectAWGQuick)
	if err != nil {
		t.Fatalf("Edit(%q) = %q with the error %v", text, after, err)
	}
	if diff := cmp.Diff(settingsText(s.Device), settingsText(deviceOf(t, got, s.Device))); diff != "" {
		t.Errorf("Edit(%q) = %q\nfor another device (-want +got):\n%s", text, after, diff)
	}
	if !equalSets(got.Interface.Addresses, s.Addresses) {
		t.Errorf("Edit(%q) = %q\nwith addresses %v, want %v", text, after, got.Interface.Addresses, s.Addresses)
	}
	// These do not come from the device.
	a, b := base.Interface, got.Interface
	for _, i := range []*wgconf.Interface{&a, &b} {
		i.PrivateKey, i.ListenPort, i.FwMark, i.Addresses = nil, nil, nil, nil
	}
	if diff := cmp.Diff(string(a.AppendTo(nil)), string(b.AppendTo(nil))); diff != "" {
		t.Errorf("Edit(%q) changed other keys (-before +after):\n%s", text, diff)
	}
}

// deviceOf returns a new device with the settings, or nil if that is impossible.
// Host names resolve to the endpoints of the device like.
func deviceOf(t *testing.T, s *wgconf.Settings, like *wgtypes.Device) *wgtypes.Device {
	t.Helper()
	copied := *s
	copied.Peers = slices.Clone(s.Peers)
	for i := range copied.Peers {
		p := &copied.Peers[i]
		if _, ok := p.Endpoint.AddrPort(); ok || p.Endpoint == (wgconf.Endpoint{}) {
			continue
		}
		port := p.Endpoint.Port
		p.Endpoint = wgconf.Endpoint{}
		if like == nil {
			continue
		}
		have := wginternal.PeersByKey(like)[p.PublicKey]
		if have != nil && have.Endpoint.IsValid() && have.Endpoint.Port() == port {
			p.Endpoint = wgconf.Endpoint{Host: have.Endpoint.Addr().String(), Port: port}
		}
	}
	c, err := copied.Config()
	if err != nil {
		return nil
	}
	d := wginternal.Apply(&wgtypes.Device{Name: "wg0"}, c)
	if d.Amnezia != nil {
		d.Amnezia = nil // a device that does not show its parameters
	}
	return d
}

// settingsText returns the settings of a device in a form that does not depend on the
// order of peers and prefixes.
func settingsText(d *wgtypes.Device) string {
	if d == nil {
		return "invalid"
	}
	d = d.Clone()
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return strings.Compare(a.PublicKey.String(), b.PublicKey.String()) })
	for i := range d.Peers {
		slices.SortFunc(d.Peers[i].AllowedIPs, netip.Prefix.Compare)
	}
	return string(wgconf.FromDevice(d).AppendTo(nil))
}

// hasTwins reports whether two sections have the same key.
func hasTwins(s *wgconf.Settings) bool {
	seen := make(map[wgtypes.PublicKey]bool)
	for i := range s.Peers {
		if seen[s.Peers[i].PublicKey] {
			return true
		}
		seen[s.Peers[i].PublicKey] = true
	}
	return false
}

// claimsTwice reports whether a prefix occurs twice.
func claimsTwice(s *wgconf.Settings) bool {
	seen := make(map[netip.Prefix]bool)
	for i := range s.Peers {
		for _, a := range s.Peers[i].AllowedIPs {
			if seen[a.Prefix.Masked()] {
				return true
			}
			seen[a.Prefix.Masked()] = true
		}
	}
	return false
}

func equalSets(a, b []netip.Prefix) bool {
	a, b = slices.SortedFunc(slices.Values(a), netip.Prefix.Compare), slices.SortedFunc(slices.Values(b), netip.Prefix.Compare)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

var someAddresses = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.1/24"), netip.MustParsePrefix("10.0.0.2/24"), netip.MustParsePrefix("fd00::1/64"),
	netip.MustParsePrefix("fe80::1/128"), netip.MustParsePrefix("::102:304/127"),
}

// changeAddresses removes and adds addresses.
func changeAddresses(r *rand.Rand, s *saved.State) {
	s.Addresses = slices.DeleteFunc(s.Addresses, func(netip.Prefix) bool { return r.IntN(4) == 0 })
	for _, p := range someAddresses {
		if r.IntN(6) == 0 && !slices.Contains(s.Addresses, p) {
			s.Addresses = append(s.Addresses, p)
		}
	}
}

// randomText returns a file in a random layout.
func randomText(r *rand.Rand) string {
	s := wgconf.FromDevice(testutil.RandomDevice(r, testutil.RandomOptions{Collisions: 0.5}))
	s.Interface.PostUp = []string{`a && b \\ & "c" # d`}
	for _, p := range someAddresses {
		if r.IntN(3) == 0 {
			s.Interface.Addresses = append(s.Interface.Addresses, p)
		}
	}
	oneOf := func(list ...string) string { return list[r.IntN(len(list))] }
	var b strings.Builder
	end := oneOf("\n", "\n", "\r\n")
	for l := range strings.Lines(string(s.AppendTo(nil))) {
		l = strings.TrimSuffix(l, "\n")
		if r.IntN(3) == 0 && !strings.HasPrefix(l, "PostUp") {
			l = strings.Replace(l, " = ", oneOf("=", "\t=  ", " ="), 1) + oneOf("", " # c", "#c", " ")
			l = strings.ReplaceAll(l, ", ", oneOf(",", " , "))
			l = oneOf("", " ", "\t") + l
		}
		b.WriteString(l + end)
		if r.IntN(6) == 0 {
			b.WriteString(oneOf("# comment", "", "  # PublicKey = x", "#") + end)
		}
	}
	if r.IntN(4) == 0 {
		return strings.TrimSuffix(b.String(), end)
	}
	return b.String()
}
