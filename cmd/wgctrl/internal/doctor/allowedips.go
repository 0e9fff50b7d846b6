package doctor

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// allowedIP is an allowed IP of a peer.
type allowedIP struct {
	prefix netip.Prefix
	device *Device
	peer   wgtypes.PublicKey
	inner  []*allowedIP // those of other peers in it, except for those in one of them
}

// allowedIPs reports prefixes that several peers share.
func (r *reporter) allowedIPs() {
	byNet := make(map[*Network][]*allowedIP)
	for _, d := range r.s.Devices {
		for i := range d.Peers {
			for _, prefix := range d.Peers[i].AllowedIPs {
				byNet[d.Net] = append(byNet[d.Net], &allowedIP{prefix: prefix, device: d, peer: d.Peers[i].PublicKey})
			}
		}
	}
	for _, d := range r.s.Devices { // in order
		all := byNet[d.Net]
		delete(byNet, d.Net)
		nest(all, d.Net != nil, r.duplicate)
		for _, a := range all {
			if a.device.Selected && len(a.inner) > 0 {
				r.overlap(a)
			}
		}
	}
}

// nest sets the inner prefixes of all, and calls duplicate for prefixes that two peers
// have. If the network is unknown, prefixes of different devices are not compared.
func nest(all []*allowedIP, known bool, duplicate func(a, b *allowedIP)) {
	slices.SortStableFunc(all, func(a, b *allowedIP) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), cmp.Compare(a.prefix.Bits(), b.prefix.Bits()))
	})
	var around []*allowedIP // the prefixes that contain the current one, the longest last
	for _, a := range all {
		for len(around) > 0 && !contains(around[len(around)-1].prefix, a.prefix) {
			around = around[:len(around)-1]
		}
		for _, outer := range slices.Backward(around) {
			same := outer.device == a.device
			if same && outer.peer == a.peer || !same && !known {
				continue
			}
			if outer.prefix == a.prefix {
				duplicate(outer, a)
			} else if !isDefault(outer.prefix) {
				outer.inner = append(outer.inner, a)
			}
			break
		}
		around = append(around, a)
	}
}

func contains(outer, p netip.Prefix) bool {
	return outer.Bits() <= p.Bits() && outer.Contains(p.Addr())
}

// duplicate reports a prefix that two devices have.
func (r *reporter) duplicate(a, b *allowedIP) {
	for _, pair := range [][2]*allowedIP{{a, b}, {b, a}} {
		own, other := pair[0], pair[1]
		if !own.device.Selected {
			continue
		}
		r.add(own.device, Finding{ID: AllowedIPDuplicate, Severity: Warning, Peer: own.peer, Summary: "another device has the same allowed IP",
			Evidence: []string{fmt.Sprintf("%s is also an allowed IP of %s", own.prefix, other)},
			Remedy:   "remove it from one of the devices: a route leads to only one of them"})
		return
	}
}

// String describes the peer.
func (a *allowedIP) String() string {
	text := "peer " + a.peer.String()
	if name := a.device.peerName(a.peer); name != "" {
		text += " (" + name + ")"
	}
	return text + " of " + a.device.Name
}

// overlap reports a prefix with parts that belong to other peers.
func (r *reporter) overlap(a *allowedIP) {
	f := Finding{ID: AllowedIPOverlap, Severity: Notice, Peer: a.peer, Summary: fmt.Sprintf("a part of %s belongs to other peers", a.prefix),
		Remedy: "if the peer should get these packets, remove the more specific allowed IPs"}
	var own []netip.Prefix
	for _, i := range a.inner {
		f.Evidence = append(f.Evidence, fmt.Sprintf("packets for %s go to %s", i.prefix, i))
		if i.device == a.device {
			own = append(own, i.prefix)
		}
	}
	f.Evidence = shorten(f.Evidence)
	if covers(a.prefix, own) {
		f.ID, f.Severity = AllowedIPShadowed, Warning
		f.Summary = fmt.Sprintf("no packets for %s go to the peer: all of it belongs to other peers", a.prefix)
		f.Remedy = "remove the allowed IP from this peer, or the more specific ones from the others"
	}
	r.add(a.device, f)
}

// covers reports whether prefixes, sorted and in whole, have all addresses of p.
func covers(p netip.Prefix, prefixes []netip.Prefix) bool {
	var joined []netip.Prefix
	for _, next := range prefixes {
		if n := len(joined); n > 0 && contains(joined[n-1], next) {
			continue
		}
		joined = append(joined, next)
		for len(joined) > 1 {
			n := len(joined)
			a, b := joined[n-2], joined[n-1]
			both, err := a.Addr().Prefix(a.Bits() - 1)
			if err != nil || a.Bits() != b.Bits() || !both.Contains(b.Addr()) {
				break
			}
			joined = append(joined[:n-2], both)
		}
	}
	return len(joined) == 1 && joined[0] == p
}

// list joins texts with commas.
func list(texts []string) string { return strings.Join(texts, ", ") }
