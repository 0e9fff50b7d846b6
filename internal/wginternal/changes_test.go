package wginternal_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// never is a time when no peer has a session.
var never time.Time

// FuzzChanges checks that replaying the events on the previous state gives the
// next state, as far as events contain it; that equal states have no events; and
// that events name secrets that differ and never contain one.
func FuzzChanges(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed, seed*3)
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64) {
		previous, next := twoStates(seed1, seed2)
		before, after := previous.Clone(), next.Clone()
		seenAt := time.Unix(1_600_000_000+int64(seed1%1000), 0)
		now := seenAt.Add(time.Duration(seed2%500) * time.Second)
		events := slices.Collect(wginternal.Changes(previous, next, seenAt, now))
		if !cmp.Equal(before, previous, values) || !cmp.Equal(after, next, values) {
			t.Fatalf("Changes() changed its arguments to %+v and %+v, want %+v and %+v", previous, next, before, after)
		}
		state := previous.Clone()
		for _, e := range events {
			checkEvent(t, e, state)
			state = replay(t, e, state)
		}
		if text := cmp.Diff(told(next), told(state), values); text != "" {
			t.Errorf("replaying the events (-want +got):\n%s\n%+v", text, events)
		}
		checkSessions(t, previous, next, seenAt, now, events)
		checkSecrets(t, previous, next, events)
		if again := slices.Collect(wginternal.Changes(next, shuffled(next, seed1), now, now)); again != nil {
			t.Errorf("Changes() between equal devices = %+v, want none", again)
		}
		if n := 1 + int(seed1%uint64(len(events)+1)); n <= len(events) {
			if got := first(wginternal.Changes(previous, next, seenAt, now), n); !cmp.Equal(got, events[:n], values) {
				t.Errorf("the first %d events = %+v, want %+v", n, got, events[:n])
			}
		}
	})
}

// twoStates returns two states of one device, or of two devices with one name.
func twoStates(seed1, seed2 uint64) (previous, next *wgtypes.Device) {
	r := rand.New(rand.NewPCG(seed1, seed2))
	have, change := random(seed1, seed2, true)
	next = wginternal.Apply(have, change)
	next.Peers = slices.Clone(next.Peers)
	for i := range next.Peers {
		live(r, &next.Peers[i])
	}
	switch r.IntN(12) {
	case 0:
		next = nil
	case 1:
		have = nil
	case 2:
		next.Name = "other"
	case 3:
		next.Index += r.IntN(2)
	case 4:
		next.Kind = wgtypes.KindKernel
	case 5:
		if next.Amnezia = next.Amnezia.Clone(); next.Amnezia != nil {
			next.Amnezia.HeaderProtectionKey = wgtypes.NewHeaderProtectionKey([32]byte{1})
		}
	case 6:
		if next.Amnezia = next.Amnezia.Clone(); next.Amnezia != nil {
			next.Amnezia.UnknownKeys = []string{"j1"}
		}
	}
	return have, next
}

// live changes a peer as it may change between two readings.
func live(r *rand.Rand, p *wgtypes.Peer) {
	if r.IntN(3) == 0 {
		p.LastHandshake = time.Unix(1_600_000_000+r.Int64N(1000), r.Int64N(1e9)).UTC()
	}
	if r.IntN(3) == 0 {
		p.ReceiveBytes += r.Uint64N(10)
		p.TransmitBytes += r.Uint64N(10)
	}
	switch r.IntN(10) {
	case 0:
		p.ReceiveBytes, p.TransmitBytes, p.LastHandshake = 0, 0, time.Time{}
	case 1:
		p.Endpoint = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(256))}), 1)
	case 2:
		p.ProtocolVersion = r.IntN(3)
	case 3:
		p.PresharedKey = wgtypes.NewPresharedKey([32]byte{byte(r.IntN(3))})
	}
}

// shuffled returns d with its lists in another order.
func shuffled(d *wgtypes.Device, seed uint64) *wgtypes.Device {
	d = d.Clone()
	if d == nil {
		return nil
	}
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(d.Peers), func(i, j int) { d.Peers[i], d.Peers[j] = d.Peers[j], d.Peers[i] })
	for _, p := range d.Peers {
		l := p.AllowedIPs
		r.Shuffle(len(l), func(i, j int) { l[i], l[j] = l[j], l[i] })
	}
	return d
}

func first(events func(func(wgtypes.Event) bool), n int) (list []wgtypes.Event) {
	for e := range events {
		if list = append(list, e); len(list) == n {
			break
		}
	}
	return list
}

// told returns the part of d that events contain, sorted. It returns nil for nil.
func told(d *wgtypes.Device) *wgtypes.Device {
	if d == nil {
		return nil
	}
	d = shuffled(d, 0)
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return strings.Compare(a.PublicKey.String(), b.PublicKey.String()) })
	d.PrivateKey = wgtypes.PrivateKey{}
	if d.Amnezia != nil {
		d.Amnezia.HeaderProtectionKey = wgtypes.HeaderProtectionKey{}
	}
	for i := range d.Peers {
		d.Peers[i].PresharedKey = wgtypes.PresharedKey{}
		slices.SortFunc(d.Peers[i].AllowedIPs, netip.Prefix.Compare)
		if len(d.Peers[i].AllowedIPs) == 0 {
			d.Peers[i].AllowedIPs = nil
		}
	}
	if len(d.Peers) == 0 {
		d.Peers = nil
	}
	return d
}

// checkEvent checks that the event follows on the state and is consistent.
func checkEvent(t *testing.T, e wgtypes.Event, state *wgtypes.Device) {
	t.Helper()
	known := state != nil
	switch {
	case e.Err != nil || !e.Time.IsZero():
		t.Errorf("event %+v has an error or a time, want neither", e)
	case e.Kind == wgtypes.EventDeviceAdded == known:
		t.Fatalf("EventDeviceAdded: %t, want %t; event %+v, device before it %+v", !known, known, e, state)
	case e.OldDevice != nil && !cmp.Equal(bare(state), e.OldDevice, values):
		t.Errorf("OldDevice = %+v, want %+v", e.OldDevice, bare(state))
	case (e.Kind == wgtypes.EventConnected || e.Kind == wgtypes.EventDisconnected) && (e.OldPeer != nil || e.NewPeer == nil):
		t.Errorf("%v has the peers %v and %v, want only a new one", e.Kind, e.OldPeer, e.NewPeer)
	case (e.Changed != nil) != (e.OldDevice != nil && e.NewDevice != nil || e.OldPeer != nil && e.NewPeer != nil):
		t.Errorf("Changed = %v, want it set only with an old and a new value: %+v", e.Changed, e)
	case e.NewDevice != nil && e.NewDevice.Name != e.Device.Name:
		t.Errorf("NewDevice.Name = %q, want %q", e.NewDevice.Name, e.Device.Name)
	case e.OldPeer != nil && !slices.ContainsFunc(told(state).Peers, func(p wgtypes.Peer) bool { return p.PublicKey == e.OldPeer.PublicKey }):
		t.Errorf("OldPeer = %+v, want one of %+v", e.OldPeer, told(state).Peers)
	}
}

func bare(d *wgtypes.Device) *wgtypes.Device {
	d = told(d)
	d.Peers = nil
	return d
}

// replay applies e to state, field by field.
func replay(t *testing.T, e wgtypes.Event, state *wgtypes.Device) *wgtypes.Device {
	t.Helper()
	state = state.Clone()
	find := func() *wgtypes.Peer {
		i := slices.IndexFunc(state.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == e.Peer().PublicKey })
		if i < 0 {
			t.Fatalf("%v of the peer %v, want one of %+v", e.Kind, e.Peer().PublicKey, state.Peers)
		}
		return &state.Peers[i]
	}
	switch e.Kind {
	case wgtypes.EventDeviceAdded:
		return e.NewDevice
	case wgtypes.EventDeviceRemoved:
		return nil
	case wgtypes.EventDeviceRenamed, wgtypes.EventDeviceChanged:
		set(state, e.NewDevice, e.Changed)
	case wgtypes.EventPeerAdded:
		state.Peers = append(state.Peers, *e.NewPeer)
	case wgtypes.EventPeerRemoved:
		find()
		state.Peers = slices.DeleteFunc(state.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == e.OldPeer.PublicKey })
	case wgtypes.EventPeerChanged, wgtypes.EventEndpoint, wgtypes.EventHandshake, wgtypes.EventTransfer:
		set(find(), e.NewPeer, e.Changed)
	case wgtypes.EventConnected, wgtypes.EventDisconnected:
		find()
	default:
		t.Fatalf("kind %v, want one that replay knows", e.Kind)
	}
	return state
}

// set copies the fields in changed.
func set[T any](to, from *T, changed []wgtypes.Field) {
	for _, f := range changed {
		name := goName(f)
		reflect.ValueOf(to).Elem().FieldByName(name).Set(reflect.ValueOf(from).Elem().FieldByName(name))
	}
}

// goName returns the name of the Go field: "AllowedIPs" for "allowed_ips".
func goName(f wgtypes.Field) string {
	var b strings.Builder
	for word := range strings.SplitSeq(string(f), "_") {
		if word == "ips" {
			word = "IPs"
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// checkSessions checks that replaying the events on the peers that had a session
// at the time before gives the peers that have one now.
func checkSessions(t *testing.T, previous, next *wgtypes.Device, before, now time.Time, events []wgtypes.Event) {
	t.Helper()
	got, want := sessions(previous, before), sessions(next, now)
	for _, e := range events {
		switch e.Kind {
		case wgtypes.EventDeviceAdded, wgtypes.EventDeviceRemoved:
			clear(got)
		case wgtypes.EventPeerAdded, wgtypes.EventPeerRemoved:
			delete(got, e.Peer().PublicKey)
		case wgtypes.EventConnected, wgtypes.EventDisconnected:
			connected := e.Kind == wgtypes.EventConnected
			if key := e.Peer().PublicKey; got[key] == connected {
				t.Errorf("%v of the peer %v, want a change: it was connected: %t", e.Kind, key, connected)
			} else if connected {
				got[key] = true
			} else {
				delete(got, key)
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("after the events, the peers with a session are %v, want %v", got, want)
	}
}

// sessions returns the keys of the peers that have a session.
func sessions(d *wgtypes.Device, now time.Time) map[wgtypes.PublicKey]bool {
	keys := make(map[wgtypes.PublicKey]bool)
	if d != nil {
		for _, p := range d.Peers {
			if p.Connected(now) {
				keys[p.PublicKey] = true
			}
		}
	}
	return keys
}

// TestChangesOfSessions checks that a session begins with a handshake or with the
// peer, and ends as time passes, even if nothing else changes.
func TestChangesOfSessions(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	with := func(handshake time.Time) *wgtypes.Device {
		return &wgtypes.Device{Name: "wg0", Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{1}, LastHandshake: handshake}}}
	}
	const life = wgtypes.SessionLifetime
	for name, test := range map[string]struct {
		previous, next *wgtypes.Device
		before, now    time.Time
		want           string
	}{
		"from the start":   {nil, with(at), at, at.Add(life), "device-added peer-added connected"},
		"too old":          {nil, with(at), at, at.Add(life + 1), "device-added peer-added"},
		"first handshake":  {with(time.Time{}), with(at), at, at, "handshake connected"},
		"next handshake":   {with(at), with(at.Add(time.Minute)), at, at.Add(time.Minute), "handshake"},
		"later handshake":  {with(at), with(at.Add(time.Hour)), at.Add(life + 1), at.Add(time.Hour), "handshake connected"},
		"time passes":      {with(at), with(at), at.Add(life), at.Add(life + 1), "disconnected"},
		"more time passes": {with(at), with(at), at.Add(life + 1), at.Add(time.Hour), ""},
		"seen late":        {with(at), with(at.Add(time.Minute)), at, at.Add(time.Hour), "handshake disconnected"},
		"clock set back":   {with(at), with(at), at, at.Add(-time.Hour), "disconnected"},
		"removed":          {with(at), &wgtypes.Device{Name: "wg0"}, at, at, "peer-removed"},
	} {
		var got []string
		for e := range wginternal.Changes(test.previous, test.next, test.before, test.now) {
			got = append(got, e.Kind.String())
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s: Changes() = %q, want %q", name, got, test.want)
		}
	}
}

// checkSecrets checks that the events name exactly the secrets that differ, and
// contain no secret.
func checkSecrets(t *testing.T, previous, next *wgtypes.Device, events []wgtypes.Event) {
	t.Helper()
	named := make(map[wgtypes.PublicKey]bool)
	var key, amnezia, replaced bool
	for _, e := range events {
		for _, d := range []*wgtypes.Device{e.OldDevice, e.NewDevice} {
			if d != nil && (!d.PrivateKey.IsZero() || d.Peers != nil) {
				t.Errorf("device of the event = %+v, want no private key and no peers", d)
			}
			if d != nil && d.Amnezia != nil && !d.Amnezia.HeaderProtectionKey.IsZero() {
				t.Errorf("device of the event = %+v, want no header protection key", d)
			}
		}
		for _, p := range []*wgtypes.Peer{e.OldPeer, e.NewPeer} {
			if p != nil && !p.PresharedKey.IsZero() {
				t.Errorf("peer of the event = %+v, want no preshared key", p)
			}
		}
		key = key || slices.Contains(e.Changed, wgtypes.FieldPrivateKey)
		amnezia = amnezia || slices.Contains(e.Changed, wgtypes.FieldAmnezia)
		replaced = replaced || e.Kind == wgtypes.EventDeviceAdded || e.Kind == wgtypes.EventDeviceRemoved
		if slices.Contains(e.Changed, wgtypes.FieldPresharedKey) || e.Kind == wgtypes.EventPeerAdded {
			named[e.NewPeer.PublicKey] = true
		}
	}
	if previous == nil || next == nil || replaced {
		return
	}
	if key == previous.PrivateKey.Equal(next.PrivateKey) {
		t.Errorf("the events name the private key: %t, want %t", key, !key)
	}
	if same := cmp.Equal(previous.Amnezia, next.Amnezia); amnezia == same {
		t.Errorf("the events name the parameters of AmneziaWG: %t, want %t", amnezia, !same)
	}
	for _, p := range next.Peers {
		if old := find(previous, p.PublicKey); old != nil && !p.PresharedKey.Equal(old.PresharedKey) && !named[p.PublicKey] {
			t.Errorf("the events name no change of the preshared key of %v, want one", p.PublicKey)
		}
	}
}

// TestChangesOfEveryField fails if no event reports the change of a field of a
// device or a peer.
func TestChangesOfEveryField(t *testing.T) {
	t.Parallel()
	one := reflect.ValueOf(map[string]any{
		"Name": "wg1", "Index": 7, "Kind": wgtypes.KindUserspace, "PrivateKey": wgtypes.NewPrivateKey([32]byte{1}),
		"PublicKey": wgtypes.PublicKey{1}, "ListenPort": uint16(1), "FirewallMark": uint32(1),
		"Peers":   []wgtypes.Peer{{}},
		"Amnezia": new(wgtypes.DefaultAmnezia()), "PersistentKeepaliveMax": time.Second,
		"PresharedKey": wgtypes.NewPresharedKey([32]byte{1}), "Endpoint": netip.MustParseAddrPort("192.0.2.1:1"),
		"PersistentKeepalive": time.Second, "LastHandshake": time.Unix(1, 0), "ReceiveBytes": uint64(1), "TransmitBytes": uint64(1),
		"AllowedIPs": []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "ProtocolVersion": 1,
		// The parameters of AmneziaWG, by type.
		"uint16": uint16(1), "string": "<r 1>", "bool": true, "wgtypes.Range": wgtypes.Range{Lo: 5, Hi: 9}, "[]string": []string{"j1"},
		"wgtypes.AmneziaVersion": wgtypes.AmneziaV31, "wgtypes.HeaderProtectionKey": wgtypes.NewHeaderProtectionKey([32]byte{1}),
	})
	changed := func(v reflect.Value, f reflect.StructField) {
		value := one.MapIndex(reflect.ValueOf(f.Name))
		if !value.IsValid() {
			value = one.MapIndex(reflect.ValueOf(f.Type.String()))
		}
		if !value.IsValid() {
			t.Fatalf("no other value for the field %s, want one in the table", f.Name)
		}
		v.FieldByIndex(f.Index).Set(value.Elem())
	}
	zero := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, Index: 3, Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{9}}}}
	for f := range reflect.TypeFor[wgtypes.Device]().Fields() {
		d := zero.Clone()
		changed(reflect.ValueOf(d).Elem(), f)
		if first(wginternal.Changes(zero, d, never, never), 1) == nil {
			t.Errorf("Changes() after a change of Device.%s = none, want one", f.Name)
		}
	}
	zero.Amnezia = new(wgtypes.DefaultAmnezia())
	for f := range reflect.TypeFor[wgtypes.Amnezia]().Fields() {
		d := zero.Clone()
		changed(reflect.ValueOf(d.Amnezia).Elem(), f)
		events := first(wginternal.Changes(zero, d, never, never), 2)
		if len(events) != 1 || !slices.Equal(events[0].Changed, []wgtypes.Field{wgtypes.FieldAmnezia}) {
			t.Errorf("Changes() after a change of Amnezia.%s = %+v, want one of amnezia", f.Name, events)
		}
	}
	for f := range reflect.TypeFor[wgtypes.Peer]().Fields() {
		d := zero.Clone()
		changed(reflect.ValueOf(&d.Peers[0]).Elem(), f)
		if first(wginternal.Changes(zero, d, never, never), 1) == nil {
			t.Errorf("Changes() after a change of Peer.%s = none, want one", f.Name)
		}
	}
}

// TestChanges checks the events of single changes.
func TestChanges(t *testing.T) {
	t.Parallel()
	a := wgtypes.PublicKey{0xa}
	at := time.Unix(1_700_000_000, 0)
	d := func(edit func(d *wgtypes.Device, p *wgtypes.Peer)) *wgtypes.Device {
		d := &wgtypes.Device{
			Name: "wg0", Kind: wgtypes.KindKernel, Index: 3, ListenPort: 1,
			Peers: []wgtypes.Peer{{
				PublicKey: a, ReceiveBytes: 10, TransmitBytes: 20, LastHandshake: at,
				AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::/0")},
			}},
		}
		edit(d, &d.Peers[0])
		return d
	}
	same := func(*wgtypes.Device, *wgtypes.Peer) {}
	boringtun := func(edit func(p *wgtypes.Peer)) *wgtypes.Device {
		return d(func(d *wgtypes.Device, p *wgtypes.Peer) { d.PublicKey = wgtypes.PublicKey{1}; edit(p) })
	}
	for name, test := range map[string]struct {
		previous, next *wgtypes.Device
		want           string
	}{
		"nothing":            {nil, nil, ""},
		"no change":          {d(same), d(same), ""},
		"a new device":       {nil, d(same), "device-added peer-added"},
		"a removed device":   {d(same), nil, "device-removed"},
		"the last peer":      {d(same), d(func(d *wgtypes.Device, _ *wgtypes.Peer) { d.Peers = nil }), "peer-removed"},
		"another index":      {d(same), d(func(d *wgtypes.Device, _ *wgtypes.Peer) { d.Index = 4 }), "device-removed device-added peer-added"},
		"another name":       {d(same), d(func(d *wgtypes.Device, _ *wgtypes.Peer) { d.Name = "wg1" }), "device-renamed[name]"},
		"port and mark":      {d(same), d(func(d *wgtypes.Device, _ *wgtypes.Peer) { d.ListenPort, d.FirewallMark = 2, 3 }), "device-changed[listen_port firewall_mark]"},
		"the order of a set": {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) { slices.Reverse(p.AllowedIPs) }), ""},
		"fewer prefixes":     {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) { p.AllowedIPs = p.AllowedIPs[:1] }), "peer-changed[allowed_ips]"},
		"everything at once": {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) {
			p.PersistentKeepalive, p.Endpoint = time.Second, netip.MustParseAddrPort("192.0.2.1:1")
			p.LastHandshake, p.ReceiveBytes = at.Add(1), 11
		}), "peer-changed[persistent_keepalive] endpoint[endpoint] handshake[last_handshake] transfer[receive_bytes]"},
		"counters that fell":             {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) { p.ReceiveBytes = 9 }), "peer-removed peer-added"},
		"a forgotten handshake":          {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) { p.LastHandshake = time.Time{} }), "peer-removed peer-added"},
		"a clock that was set":           {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) { p.LastHandshake = at.Add(-time.Hour) }), "handshake[last_handshake]"},
		"an age with jitter":             {boringtun(func(*wgtypes.Peer) {}), boringtun(func(p *wgtypes.Peer) { p.LastHandshake = at.Add(time.Second) }), ""},
		"an age with the largest jitter": {boringtun(func(*wgtypes.Peer) {}), boringtun(func(p *wgtypes.Peer) { p.LastHandshake = at.Add(-2 * time.Second) }), ""},
		"an age beyond the jitter":       {boringtun(func(*wgtypes.Peer) {}), boringtun(func(p *wgtypes.Peer) { p.LastHandshake = at.Add(2*time.Second + 1) }), "handshake[last_handshake]"},
		"an age of the first handshake": {
			boringtun(func(p *wgtypes.Peer) { p.LastHandshake = time.Time{} }), boringtun(func(*wgtypes.Peer) {}), "handshake[last_handshake]",
		},
		"no handshake, twice": {
			boringtun(func(p *wgtypes.Peer) { p.LastHandshake = time.Time{} }), boringtun(func(p *wgtypes.Peer) { p.LastHandshake = time.Time{} }), "",
		},
		"the same time elsewhere":     {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) { p.LastHandshake = at.In(time.FixedZone("X", 3600)) }), ""},
		"a second of the kernel":      {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) { p.LastHandshake = at.Add(time.Second) }), "handshake[last_handshake]"},
		"sent bytes that fell":        {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) { p.TransmitBytes = 19 }), "peer-removed peer-added"},
		"another prefix":              {d(same), d(func(_ *wgtypes.Device, p *wgtypes.Peer) { p.AllowedIPs[1] = netip.MustParsePrefix("::/1") }), "peer-changed[allowed_ips]"},
		"an age that starts again":    {boringtun(func(*wgtypes.Peer) {}), boringtun(func(p *wgtypes.Peer) { p.LastHandshake = at.Add(time.Minute) }), "handshake[last_handshake]"},
		"the same key twice, removed": {d(func(d *wgtypes.Device, p *wgtypes.Peer) { d.Peers = append(d.Peers, *p) }), d(func(d *wgtypes.Device, _ *wgtypes.Peer) { d.Peers = nil }), "peer-removed"},
		"the same key twice, added":   {nil, d(func(d *wgtypes.Device, p *wgtypes.Peer) { d.Peers = append(d.Peers, *p) }), "device-added peer-added"},
		"the same key twice": {
			d(func(d *wgtypes.Device, p *wgtypes.Peer) { d.Peers = append(d.Peers, *p) }),
			d(func(d *wgtypes.Device, p *wgtypes.Peer) { d.Peers = append(d.Peers, *p) }), "",
		},
	} {
		var got []string
		before := []*wgtypes.Device{test.previous.Clone(), test.next.Clone()}
		for e := range wginternal.Changes(test.previous, test.next, never, never) {
			text := e.Kind.String()
			if e.Changed != nil {
				text += fmt.Sprint(e.Changed)
			}
			got = append(got, text)
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
		if diff := cmp.Diff(before, []*wgtypes.Device{test.previous, test.next}, values); diff != "" {
			t.Errorf("%s: Changes() modifies its arguments (-want +got):\n%s", name, diff)
		}
	}
}

// TestChangesOfManyPeers checks that Changes takes time linear in the number of
// peers and, if nothing changes, memory that does not depend on it.
func TestChangesOfManyPeers(t *testing.T) {
	const n = 100_000
	d := manyPeers(n)
	if got := first(wginternal.Changes(d, shuffled(d, 1), never, never), 1); got != nil {
		t.Errorf("Changes() of shuffled peers = %+v, want none", got)
	}
	if got := first(wginternal.Changes(d, &wgtypes.Device{}, never, never), n+1); len(got) != n {
		t.Errorf("Changes() with %d removed peers gives %d events, want %d", n, len(got), n)
	}
	same := d.Clone()
	if allocs := testing.AllocsPerRun(1, func() { first(wginternal.Changes(d, same, never, never), 1) }); allocs > 10 {
		t.Errorf("Changes() of %d equal peers: %v allocations, want at most 10", n, allocs)
	}
}

func manyPeers(n int) *wgtypes.Device {
	d := &wgtypes.Device{Peers: make([]wgtypes.Peer, n)}
	for i := range d.Peers {
		d.Peers[i].PublicKey = wgtypes.PublicKey{byte(i), byte(i >> 8), byte(i >> 16)}
		d.Peers[i].AllowedIPs = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)}
	}
	return d
}

func BenchmarkChanges(b *testing.B) {
	for name, shuffle := range map[string]bool{"in order": false, "in none": true} {
		b.Run(name, func(b *testing.B) {
			d := manyPeers(10_000)
			next := d.Clone()
			if shuffle {
				next = shuffled(d, 1)
			}
			b.ReportAllocs()
			for b.Loop() {
				first(wginternal.Changes(d, next, never, never), 1)
			}
		})
	}
}
