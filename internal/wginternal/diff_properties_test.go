package wginternal_test

import (
	"bytes"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// FuzzDiff checks that applying a Diff gives the device that want describes, that
// no smaller change does, that a second Diff is empty, and that no step leaves a
// prefix without an owner that has one before and after.
func FuzzDiff(f *testing.F) {
	for seed := range uint64(500) {
		f.Add(seed, seed, seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64, unnormalized bool) {
		have, want := random(seed1, seed2, unnormalized)
		sameDevice, sameConfig := random(seed1, seed2, unnormalized)
		diff := wginternal.Diff(have, want, nil)
		if !cmp.Equal(sameDevice, have, values) || !cmp.Equal(sameConfig, want, values) {
			t.Fatalf("Diff() changed its arguments to %+v and %+v, want %+v and %+v", have, want, sameDevice, sameConfig)
		}
		got := wginternal.Apply(have, diff)
		if text := compareSets(slowSync(have, want), got); text != "" {
			t.Errorf("applying the diff (-want +got):\n%s\n%+v\nof %+v\nto %+v", text, diff, want, have)
		}
		if isChange(want) {
			if text := compareSets(keepUnset(have, wginternal.Apply(have, want)), got); text != "" {
				t.Errorf("as a change (-want +got):\n%s\n%+v\nof %+v\nto %+v", text, diff, want, have)
			}
		}
		if again := wginternal.Diff(got, want, nil); !again.IsZero() {
			t.Errorf("the second Diff() = %+v, want none\nafter %+v\nof %+v\nto %+v", again, diff, want, have)
		}
		checkForm(t, diff)
		checkSmallest(t, have, diff)
		checkSteps(t, have, diff)
		checkUntouched(t, have, got, diff)
	})
}

// FuzzDiffWhole checks that the Diff for the description of a whole device gives
// that device, and is empty for the device itself.
func FuzzDiffWhole(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64) {
		have, c := random(seed1, seed2, true)
		goal := wginternal.Apply(have, c)
		if goal.ListenPort == 0 {
			goal.ListenPort = have.ListenPort
		}
		diff := wginternal.Diff(have, describe(goal), nil)
		if text := compareSets(keepUnset(have, goal), wginternal.Apply(have, diff)); text != "" {
			t.Errorf("applying the diff (-want +got):\n%s\n%+v\nto %+v", text, diff, have)
		}
		if diff := wginternal.Diff(have, describe(have), nil); !diff.IsZero() {
			t.Errorf("Diff() of a device and its own description = %+v, want none\nfor %+v", diff, have)
		}
		checkSteps(t, have, diff)
	})
}

// describe says everything that a Config can say of d.
func describe(d *wgtypes.Device) wgtypes.Config {
	c := wgtypes.Config{PrivateKey: &d.PrivateKey, ListenPort: &d.ListenPort, FirewallMark: &d.FirewallMark, ReplacePeers: true}
	if d.Amnezia != nil {
		c.Amnezia = new(wginternal.AmneziaConfigOf(d.Amnezia))
	}
	for _, p := range d.Peers {
		c.Peers = append(c.Peers, wgtypes.PeerConfig{
			PublicKey: p.PublicKey, PresharedKey: &p.PresharedKey, Endpoint: p.Endpoint,
			PersistentKeepalive: &p.PersistentKeepalive, PersistentKeepaliveMax: p.PersistentKeepaliveMax, ReplaceAllowedIPs: true, AllowedIPs: p.AllowedIPs,
		})
	}
	return c
}

// slowSync returns the device that Diff must lead to. It applies want as a
// description in an obvious way.
func slowSync(have *wgtypes.Device, want wgtypes.Config) *wgtypes.Device {
	own := have.PublicKey
	if want.PrivateKey != nil {
		own = want.PrivateKey.Clamped().PublicKey()
	}
	var elements, removals []wgtypes.PeerConfig
	for i, p := range want.Peers {
		ofPeer := func(e wgtypes.PeerConfig) bool { return e.PublicKey == p.PublicKey && (e.Remove || !e.UpdateOnly) }
		if first := slices.IndexFunc(want.Peers, ofPeer); first > i {
			if want.Peers[first].Remove {
				continue
			}
			p.UpdateOnly = false
		}
		if p.PublicKey != own || own.IsZero() {
			elements = append(elements, p)
		}
	}
	for _, p := range have.Peers {
		named := slices.ContainsFunc(elements, func(e wgtypes.PeerConfig) bool { return e.PublicKey == p.PublicKey })
		if want.ReplacePeers && !named {
			removals = append(removals, drop(p.PublicKey))
		}
	}
	want.ReplacePeers, want.Peers = false, slices.Concat(removals, elements)
	if want.ListenPort != nil && *want.ListenPort == 0 {
		want.ListenPort = nil
	}
	return keepUnset(have, slowApply(have, want))
}

// isChange reports whether applying c as a change and as a description has the
// same result, except for endpoints.
func isChange(c wgtypes.Config) bool {
	return !c.ReplacePeers && (c.ListenPort == nil || *c.ListenPort != 0) &&
		!slices.ContainsFunc(c.Peers, func(p wgtypes.PeerConfig) bool { return p.UpdateOnly && !p.Remove })
}

// keepUnset returns a copy of goal in which peers without an endpoint have that of
// have, since a change cannot clear an endpoint.
func keepUnset(have, goal *wgtypes.Device) *wgtypes.Device {
	goal = goal.Clone()
	for i := range goal.Peers {
		p := &goal.Peers[i]
		if old := find(have, p.PublicKey); old != nil && !p.Endpoint.IsValid() {
			p.Endpoint = old.Endpoint
		}
	}
	return goal
}

func find(d *wgtypes.Device, k wgtypes.PublicKey) *wgtypes.Peer {
	i := slices.IndexFunc(d.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == k })
	if i < 0 {
		return nil
	}
	return &d.Peers[i]
}

// compareSets compares the settings of devices and ignores their order.
func compareSets(want, got *wgtypes.Device) string {
	return cmp.Diff(settings(want), settings(got), values)
}

// sameSets is quicker than compareSets.
func sameSets(a, b *wgtypes.Device) bool { return reflect.DeepEqual(settings(a), settings(b)) }

// settings returns d sorted and without the fields that packets change.
func settings(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	if len(d.Peers) == 0 {
		d.Peers = nil
	}
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) })
	for i := range d.Peers {
		p := &d.Peers[i]
		p.LastHandshake, p.ReceiveBytes, p.TransmitBytes = time.Time{}, 0, 0
		slices.SortFunc(p.AllowedIPs, netip.Prefix.Compare)
		if len(p.AllowedIPs) == 0 {
			p.AllowedIPs = nil
		}
	}
	return d
}

// checkForm checks that the diff is valid and normal, replaces nothing, has each
// peer once, and removes peers last.
func checkForm(t *testing.T, diff wgtypes.Config) {
	t.Helper()
	if err := wginternal.Validate(diff, true); err != nil {
		t.Errorf("Validate(%+v, true) = %v, want nil", diff, err)
	}
	if text := cmp.Diff(wginternal.Normalize(diff), diff, values); text != "" {
		t.Errorf("Normalize() changes the diff (-want +got):\n%s", text)
	}
	seen, removing := make(map[wgtypes.PublicKey]bool), false
	for _, p := range diff.Peers {
		if seen[p.PublicKey] || p.ReplaceAllowedIPs || removing && !p.Remove {
			t.Errorf("element %+v of the diff, want each peer once, no ReplaceAllowedIPs and removals last", p)
		}
		seen[p.PublicKey], removing = true, p.Remove
	}
	if diff.ReplacePeers {
		t.Errorf("ReplacePeers of the diff = %t, want false", diff.ReplacePeers)
	}
}

// checkSmallest checks that the diff without any one of its parts has another
// effect.
func checkSmallest(t *testing.T, have *wgtypes.Device, diff wgtypes.Config) {
	t.Helper()
	whole := wginternal.Apply(have, diff)
	for part, less := range parts(diff) {
		if sameSets(whole, wginternal.Apply(have, less)) {
			t.Errorf("without %s the diff has the same effect, want another: %+v\nto %+v", part, diff, have)
		}
	}
}

// parts returns c without each of its parts.
func parts(c wgtypes.Config) map[string]wgtypes.Config {
	all := make(map[string]wgtypes.Config)
	without := func(part string, present bool, edit func(*wgtypes.Config)) {
		if present {
			less := c
			less.Peers = slices.Clone(c.Peers)
			edit(&less)
			all[part] = less
		}
	}
	without("PrivateKey", c.PrivateKey != nil, func(c *wgtypes.Config) { c.PrivateKey = nil })
	without("ListenPort", c.ListenPort != nil, func(c *wgtypes.Config) { c.ListenPort = nil })
	without("FirewallMark", c.FirewallMark != nil, func(c *wgtypes.Config) { c.FirewallMark = nil })
	for field := range reflect.TypeFor[wgtypes.AmneziaConfig]().Fields() {
		if c.Amnezia == nil {
			break
		}
		less := *c.Amnezia
		at := reflect.ValueOf(&less).Elem().FieldByIndex(field.Index)
		without(field.Name, !at.IsNil(), func(c *wgtypes.Config) { at.SetZero(); c.Amnezia = &less })
	}
	for i, p := range c.Peers {
		of := " of " + p.PublicKey.String()
		without("all"+of, true, func(c *wgtypes.Config) { c.Peers = slices.Delete(c.Peers, i, i+1) })
		without("PresharedKey"+of, p.PresharedKey != nil, func(c *wgtypes.Config) { c.Peers[i].PresharedKey = nil })
		without("Endpoint"+of, p.Endpoint.IsValid(), func(c *wgtypes.Config) { c.Peers[i].Endpoint = netip.AddrPort{} })
		without("PersistentKeepalive"+of, p.PersistentKeepalive != nil, func(c *wgtypes.Config) {
			c.Peers[i].PersistentKeepalive, c.Peers[i].PersistentKeepaliveMax = nil, 0
		})
		without("PersistentKeepaliveMax"+of, p.PersistentKeepaliveMax != 0, func(c *wgtypes.Config) { c.Peers[i].PersistentKeepaliveMax = 0 })
		for j, prefix := range p.AllowedIPs {
			without("+"+prefix.String()+of, true, func(c *wgtypes.Config) { c.Peers[i].AllowedIPs = slices.Delete(slices.Clone(p.AllowedIPs), j, j+1) })
		}
		for j, prefix := range p.RemoveAllowedIPs {
			without("-"+prefix.String()+of, true, func(c *wgtypes.Config) {
				c.Peers[i].RemoveAllowedIPs = slices.Delete(slices.Clone(p.RemoveAllowedIPs), j, j+1)
			})
		}
	}
	return all
}

// checkSteps applies diff in small steps, as a device does while packets flow,
// directly and in the parts of SplitRemovals. In each state, a prefix must belong
// to its owner before or after the diff. It may be without an owner only if it is
// so before or after, or if the key of its peer became the device's own.
func checkSteps(t *testing.T, have *wgtypes.Device, diff wgtypes.Config) {
	t.Helper()
	rest, removals := wginternal.SplitRemovals(diff)
	for _, order := range [][]wgtypes.Config{steps(diff), slices.Concat(steps(rest), steps(removals))} {
		state, goal := have, wginternal.Apply(have, diff)
		before, after := owners(have), owners(goal)
		for _, step := range order {
			state = wginternal.Apply(state, step)
			now := owners(state)
			for prefix, old := range before {
				next, keeps := after[prefix]
				if !keeps || !goal.PublicKey.IsZero() && old == goal.PublicKey {
					continue
				}
				if owner, ok := now[prefix]; !ok || owner != old && owner != next {
					t.Fatalf("owner of %v = %v, want %v or %v, after %+v\nof %+v\nto %+v", prefix, owner, old, next, step, diff, have)
				}
			}
		}
		if !sameSets(goal, state) {
			t.Fatalf("device after all steps (-want +got):\n%s", compareSets(goal, state))
		}
	}
}

// steps has every element of c on its own, and the device's settings first.
func steps(c wgtypes.Config) []wgtypes.Config {
	settings := c
	settings.Peers = nil
	list := []wgtypes.Config{settings}
	for _, p := range c.Peers {
		list = append(list, change(p))
	}
	return list
}

func owners(d *wgtypes.Device) map[netip.Prefix]wgtypes.PublicKey {
	m := make(map[netip.Prefix]wgtypes.PublicKey)
	for _, p := range d.Peers {
		for _, prefix := range p.AllowedIPs {
			m[prefix] = p.PublicKey
		}
	}
	return m
}

// checkUntouched checks that the diff does not name peers that do not change, and
// that every peer that stays keeps its session.
func checkUntouched(t *testing.T, have, got *wgtypes.Device, diff wgtypes.Config) {
	t.Helper()
	for _, old := range have.Peers {
		p := find(got, old.PublicKey)
		if p == nil {
			continue
		}
		named := slices.ContainsFunc(diff.Peers, func(e wgtypes.PeerConfig) bool { return e.PublicKey == old.PublicKey })
		same := sameSets(device(old), device(*p))
		if same && named {
			t.Errorf("the diff names %v, want it left out, as it does not change: %+v", old, diff)
		}
		if !p.LastHandshake.Equal(old.LastHandshake) || p.ReceiveBytes != old.ReceiveBytes || p.TransmitBytes != old.TransmitBytes {
			t.Errorf("handshake and counters = %v, %d, %d, want %v, %d, %d: %+v", p.LastHandshake, p.ReceiveBytes, p.TransmitBytes,
				old.LastHandshake, old.ReceiveBytes, old.TransmitBytes, diff)
		}
	}
}
