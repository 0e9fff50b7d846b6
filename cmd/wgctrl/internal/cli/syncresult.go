package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// syncResult is what sync did to a device or, in a dry run, would do.
type syncResult struct {
	have   *wgtypes.Device // before the change
	change wgtypes.Config
	action syncAction // actionSync for a device that existed
	dryRun bool
	name   func(wgtypes.PublicKey) string // of peers
}

// syncAction is what sync does to a device as a whole.
type syncAction string

const (
	actionSync   syncAction = ""       // make it what the file says
	actionCreate syncAction = "create" // create it before
	actionRemove syncAction = "remove"
)

// isChange reports whether the result is a change.
func (r *syncResult) isChange() bool { return r.action != actionSync || !r.change.IsZero() }

// syncSummary counts the settings of the device and the peers.
type syncSummary struct {
	Settings  int `json:"settings"`
	Added     int `json:"added"`
	Changed   int `json:"changed"`
	Removed   int `json:"removed"`
	Unchanged int `json:"unchanged"`
}

// summary counts what the events of the result are about.
func (r *syncResult) summary(events []wgtypes.Event) syncSummary {
	s := syncSummary{Settings: countSettings(r.change), Unchanged: len(r.have.Peers)}
	for _, e := range events {
		switch e.Kind {
		case wgtypes.EventPeerAdded:
			s.Added++
		case wgtypes.EventPeerRemoved:
			s.Removed++
			s.Unchanged--
		case wgtypes.EventPeerChanged:
			s.Changed++
			s.Unchanged--
		}
	}
	return s
}

// countSettings returns how many settings of the device c changes.
func countSettings(c wgtypes.Config) (n int) {
	for _, set := range []bool{c.PrivateKey != nil, c.ListenPort != nil, c.FirewallMark != nil} {
		if set {
			n++
		}
	}
	if c.Amnezia != nil {
		for _, p := range wgtypes.AmneziaParameters() {
			if p.IsSet(c.Amnezia) {
				n++
			}
		}
	}
	return n
}

// String returns the counts that are not 0, as in "1 setting changed; 1 peer added, 2
// changed, 40 unchanged".
func (s syncSummary) String() string {
	var settings, peers []string
	if s.Settings > 0 {
		settings = append(settings, plural(s.Settings, "setting")+" changed")
	}
	for _, part := range []struct {
		n    int
		verb string
	}{{s.Added, "added"}, {s.Changed, "changed"}, {s.Removed, "removed"}, {s.Unchanged, "unchanged"}} {
		switch {
		case part.n == 0:
		case len(peers) == 0:
			peers = append(peers, plural(part.n, "peer")+" "+part.verb)
		default:
			peers = append(peers, fmt.Sprintf("%d %s", part.n, part.verb))
		}
	}
	if len(peers) > 0 {
		settings = append(settings, strings.Join(peers, ", "))
	}
	return strings.Join(settings, "; ")
}

// plural returns a number with a noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// line returns the summary as a line of text.
func (r *syncResult) line() string {
	device := termtext.Clean(r.have.Name)
	if !r.isChange() {
		return device + ": nothing to change\n"
	}
	var parts []string
	switch r.action {
	case actionCreate:
		parts = append(parts, "created")
	case actionRemove:
		parts = append(parts, "removed")
	}
	if !r.change.IsZero() {
		parts = append(parts, r.summary(r.events()).String())
	}
	note := ""
	if r.dryRun {
		note = " (dry run)"
	}
	return fmt.Sprintf("%s: %s%s\n", device, strings.Join(parts, "; "), note)
}

// syncJSON is the form of a syncResult for programs. docs/json.md describes it.
type syncJSON struct {
	Device  wgtypes.DeviceRef `json:"device"`
	Action  syncAction        `json:"action,omitempty"`
	DryRun  bool              `json:"dry_run"`
	Summary syncSummary       `json:"summary"`
	Changes []json.RawMessage `json:"changes"`
}

// json returns the result for programs.
func (r *syncResult) json() (syncJSON, error) {
	events := r.events()
	form := syncJSON{
		Device: wgtypes.DeviceRef{Name: r.have.Name, Kind: r.have.Kind, Index: r.have.Index},
		Action: r.action, DryRun: r.dryRun, Summary: r.summary(events), Changes: []json.RawMessage{},
	}
	for _, e := range events {
		text, err := json.Marshal(e)
		if p := e.Peer(); err == nil && p != nil {
			text, err = insertMember(text, "peer", "peer_name", r.name(p.PublicKey))
		}
		if err != nil {
			return form, err
		}
		form.Changes = append(form.Changes, text)
	}
	return form, nil
}

// events returns an event for the settings of the device, if they change, and for each
// peer that changes, in the order of the change.
func (r *syncResult) events() (events []wgtypes.Event) {
	before := peersByKey(r.have.Peers)
	old := *r.have
	old.Peers = nil
	for i := range r.change.Peers { // each peer once
		if p := before[r.change.Peers[i].PublicKey]; p != nil {
			old.Peers = append(old.Peers, *p)
		}
	}
	now := wgctrl.Apply(&old, r.change)
	if fields := changedFields(r.change); len(fields) > 0 {
		events = append(events, wgtypes.Event{Kind: wgtypes.EventDeviceChanged, OldDevice: &old, NewDevice: now, Changed: fields})
	}
	after := peersByKey(now.Peers)
	for i := range r.change.Peers {
		key := r.change.Peers[i].PublicKey
		if e := peerEvent(before[key], after[key]); e.Kind != wgtypes.EventUnknown {
			events = append(events, e)
		}
	}
	return events
}

// peersByKey returns pointers to the elements of peers.
func peersByKey(peers []wgtypes.Peer) map[wgtypes.PublicKey]*wgtypes.Peer {
	byKey := make(map[wgtypes.PublicKey]*wgtypes.Peer, len(peers))
	for i := range peers {
		byKey[peers[i].PublicKey] = &peers[i]
	}
	return byKey
}

// changedFields returns the fields of the device that c, a change that sync found, sets.
func changedFields(c wgtypes.Config) (fields []wgtypes.Field) {
	if c.PrivateKey != nil {
		fields = append(fields, wgtypes.FieldPrivateKey, wgtypes.FieldPublicKey)
	}
	if c.ListenPort != nil {
		fields = append(fields, wgtypes.FieldListenPort)
	}
	if c.FirewallMark != nil {
		fields = append(fields, wgtypes.FieldFirewallMark)
	}
	if c.Amnezia != nil {
		fields = append(fields, wgtypes.FieldAmnezia)
	}
	return fields
}

// peerEvent returns the event of a peer that had the state old and has the state now,
// one of which may be nil, or the zero event.
func peerEvent(old, now *wgtypes.Peer) wgtypes.Event {
	switch {
	case old == nil && now == nil:
		return wgtypes.Event{}
	case old == nil:
		added := *now
		added.ProtocolVersion = 0 // unknown until the device says it
		return wgtypes.Event{Kind: wgtypes.EventPeerAdded, NewPeer: &added}
	case now == nil:
		return wgtypes.Event{Kind: wgtypes.EventPeerRemoved, OldPeer: old}
	}
	e := wgtypes.Event{Kind: wgtypes.EventPeerChanged, OldPeer: old, NewPeer: now}
	for field, differs := range map[wgtypes.Field]bool{
		wgtypes.FieldPresharedKey:           !old.PresharedKey.Equal(now.PresharedKey),
		wgtypes.FieldEndpoint:               old.Endpoint != now.Endpoint,
		wgtypes.FieldPersistentKeepalive:    old.PersistentKeepalive != now.PersistentKeepalive,
		wgtypes.FieldPersistentKeepaliveMax: old.PersistentKeepaliveMax != now.PersistentKeepaliveMax,
		wgtypes.FieldAllowedIPs:             !slices.Equal(old.AllowedIPs, now.AllowedIPs),
	} {
		if differs {
			e.Changed = append(e.Changed, field)
		}
	}
	if len(e.Changed) == 0 {
		return wgtypes.Event{}
	}
	slices.Sort(e.Changed)
	return e
}
