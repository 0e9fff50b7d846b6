package wgtypes

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// AppendChange appends a description of what change does to a device with the
// state have, one line for each effect, and returns the extended slice. It appends
// nothing if the device already has what change sets.
//
// A setting of the device, such as a parameter of AmneziaWG, has a line that begins with
// "~", with the old and the new value. A peer has a line with its key, which begins with
// "+" if the peer is added, "-" if it is removed, and "~" if it changes. Indented lines
// follow: each setting with the old and the new value, or only the new one if the peer
// is added, and each allowed IP after "+" or "-". Secrets are shown as "(hidden)" or
// "(none)".
//
// AppendChange compares each element of change with have, not with the effects of
// other elements. So it has no line for a prefix that a peer loses to another peer,
// nor for settings that a peer in change loses by ReplacePeers. It shows a peer with
// the device's own key, which devices ignore, as added. It shows a key in change as
// changed if the device hides the key that it has: see Device.PrivateKey and
// Peer.PresharedKey.
//
// A nil have means that the state of the device is unknown: AppendChange omits old
// values, and shows peers with neither Remove nor UpdateOnly as added. ReplacePeers
// is then the line "- all peers", and ReplaceAllowedIPs of a peer with UpdateOnly
// the line "- all allowed IPs".
//
// name returns the name of a peer, which is shown after its key, or "" for none.
// name may be nil.
func AppendChange(b []byte, have *Device, change Config, name func(PublicKey) string) []byte {
	w := changeWriter{b: b, known: have != nil, name: name}
	if have == nil {
		have = new(Device)
	}
	if k := change.PrivateKey; k != nil && !(w.known && k.Clamped().Equal(have.PrivateKey.Clamped())) {
		w.value("~ ", "private key", have.PrivateKey.String(), k.String())
		w.value("~ ", "public key", publicText(have.PublicKey), publicText(k.PublicKey()))
	}
	if p := change.ListenPort; p != nil && !(w.known && *p == have.ListenPort) {
		w.value("~ ", "listening port", fmt.Sprint(have.ListenPort), fmt.Sprint(*p))
	}
	if m := change.FirewallMark; m != nil && !(w.known && *m == have.FirewallMark) {
		w.value("~ ", "fwmark", markText(have.FirewallMark), markText(*m))
	}
	if change.Amnezia != nil {
		w.amnezia(have.Amnezia, change.Amnezia)
	}
	w.peers(have, &change)
	return w.b
}

// changeWriter appends the lines of a change.
type changeWriter struct {
	b     []byte
	known bool // the old values are known
	name  func(PublicKey) string
}

// value appends the line of a value. It omits the old value if that is unknown.
func (w *changeWriter) value(prefix, field, old, value string) {
	if w.known {
		w.b = fmt.Appendf(w.b, "%s%s: %s -> %s\n", prefix, field, old, value)
		return
	}
	w.b = fmt.Appendf(w.b, "%s%s: %s\n", prefix, field, value)
}

// amnezia appends a line for each parameter that change sets to another value.
func (w *changeWriter) amnezia(have *Amnezia, change *AmneziaConfig) {
	old := DefaultAmnezia()
	if have != nil {
		old = *have
	}
	for _, p := range amneziaParameters() {
		after := old
		if p.Apply(&after, change); p.IsSet(change) && !(w.known && p.Equal(&old, &after)) {
			name := strings.ReplaceAll(p.Name(), "_", " ")
			w.value("~ ", name, parameterText(p.State(&old)), parameterText(p.State(&after)))
		}
	}
}

// parameterText returns the text of a parameter of AmneziaWG. A device may have any text
// as the description of a packet.
func parameterText(value any) string {
	switch v := value.(type) {
	case *string:
		switch {
		case *v == "":
			return none
		case strings.ContainsFunc(*v, isRefused):
			return strconv.Quote(*v)
		}
	case *bool:
		if *v {
			return "on"
		}
		return "off"
	}
	return logValue(value).String()
}

// peers appends the lines of all peers.
func (w *changeWriter) peers(have *Device, change *Config) {
	old := make(map[PublicKey]*Peer, len(have.Peers))
	for i := range have.Peers {
		old[have.Peers[i].PublicKey] = &have.Peers[i]
	}
	if change.ReplacePeers && !w.known {
		w.b = append(w.b, "- all peers\n"...)
	}
	for i := range change.Peers {
		w.peer(old[change.Peers[i].PublicKey], &change.Peers[i])
	}
	if !change.ReplacePeers {
		return
	}
	named := make(map[PublicKey]bool, len(change.Peers))
	for i := range change.Peers {
		named[change.Peers[i].PublicKey] = true
	}
	for i := range have.Peers {
		if key := have.Peers[i].PublicKey; !named[key] {
			w.key('-', key)
		}
	}
}

// key appends the line of a peer's key.
func (w *changeWriter) key(sign byte, key PublicKey) {
	w.b = fmt.Appendf(w.b, "%c peer %s", sign, key)
	if w.name != nil {
		if name := w.name(key); name != "" {
			w.b = fmt.Appendf(w.b, " (%s)", name)
		}
	}
	w.b = append(w.b, '\n')
}

// peer appends the lines of a peer. old is nil if the peer does not exist or is
// unknown.
func (w *changeWriter) peer(old *Peer, p *PeerConfig) {
	switch {
	case w.known && old == nil && (p.Remove || p.UpdateOnly):
		return // p has no effect
	case p.Remove:
		w.key('-', p.PublicKey)
		return
	case old == nil && !p.UpdateOnly:
		w.key('+', p.PublicKey)
		added := changeWriter{b: w.b} // not known: a new peer has no old values
		added.settings(new(Peer), p)
		w.b = added.b
		return
	}
	if old == nil {
		old = new(Peer)
	}
	start := len(w.b)
	w.key('~', p.PublicKey)
	head := len(w.b)
	if w.settings(old, p); len(w.b) == head && w.known {
		w.b = w.b[:start]
	}
}

// settings appends a line for each setting of old that p changes.
func (w *changeWriter) settings(old *Peer, p *PeerConfig) {
	const indent = "    "
	if k := p.PresharedKey; k != nil && !(w.known && k.Equal(old.PresharedKey)) {
		w.value(indent, "preshared key", old.PresharedKey.String(), k.String())
	}
	e := netip.AddrPortFrom(p.Endpoint.Addr().Unmap(), p.Endpoint.Port())
	if e.IsValid() && !(w.known && e == old.Endpoint) {
		w.value(indent, "endpoint", endpointText(old.Endpoint), e.String())
	}
	if k := p.PersistentKeepalive; k != nil {
		before, after := keepaliveText(old.PersistentKeepalive, old.PersistentKeepaliveMax), keepaliveText(*k, p.PersistentKeepaliveMax)
		if !w.known || before != after {
			w.value(indent, "persistent keepalive", before, after)
		}
	}
	w.allowedIPs(old, p)
}

// allowedIPs appends the lines of the prefixes that p removes and adds.
func (w *changeWriter) allowedIPs(old *Peer, p *PeerConfig) {
	before, added := prefixSet(old.AllowedIPs), prefixSet(p.AllowedIPs)
	if p.ReplaceAllowedIPs && !w.known && p.UpdateOnly {
		w.b = append(w.b, "    - all allowed IPs\n"...)
	}
	line := func(sign byte, prefix netip.Prefix) { w.b = fmt.Appendf(w.b, "    %c %s\n", sign, prefix) }
	if p.ReplaceAllowedIPs {
		for _, prefix := range old.AllowedIPs {
			if !added[prefix] {
				line('-', prefix)
			}
		}
	}
	for _, prefix := range p.RemoveAllowedIPs {
		if prefix = prefix.Masked(); !w.known || before[prefix] {
			line('-', prefix)
		}
	}
	for _, prefix := range p.AllowedIPs {
		if prefix = prefix.Masked(); !before[prefix] {
			line('+', prefix)
		}
	}
}

// prefixSet returns the masked prefixes of a list as a set.
func prefixSet(list []netip.Prefix) map[netip.Prefix]bool {
	set := make(map[netip.Prefix]bool, len(list))
	for _, p := range list {
		set[p.Masked()] = true
	}
	return set
}

func publicText(k PublicKey) string {
	if k.IsZero() {
		return none
	}
	return k.String()
}

func markText(mark uint32) string {
	if mark == 0 {
		return "off"
	}
	return fmt.Sprintf("%#x", mark)
}

func endpointText(e netip.AddrPort) string {
	if !e.IsValid() {
		return none
	}
	return e.String()
}

// keepaliveText returns the text of an interval or, if highest is set, of a range.
func keepaliveText(d, highest time.Duration) string {
	switch {
	case highest != 0 && highest != d:
		return fmt.Sprintf("every %d to %d seconds", d/time.Second, highest/time.Second)
	case d == 0:
		return "off"
	}
	return fmt.Sprintf("every %d seconds", d/time.Second)
}
