package quick

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// allowedIPs returns the allowed IPs that a new device has after config. A prefix
// belongs to the last peer that adds it, and the device ignores a peer with its own
// key.
func allowedIPs(config wgtypes.Config) []netip.Prefix {
	var own wgtypes.PublicKey
	if config.PrivateKey != nil {
		own = config.PrivateKey.PublicKey()
	}
	owner := make(map[netip.Prefix]wgtypes.PublicKey)
	seen := make(map[wgtypes.PublicKey]bool)
	for _, p := range config.Peers {
		if config.PrivateKey != nil && p.PublicKey == own {
			continue
		}
		if seen[p.PublicKey] && (p.Remove || p.ReplaceAllowedIPs) {
			for prefix, key := range owner {
				if key == p.PublicKey {
					delete(owner, prefix)
				}
			}
		}
		if p.Remove {
			continue
		}
		seen[p.PublicKey] = true
		for _, prefix := range p.AllowedIPs {
			owner[prefix.Masked()] = p.PublicKey
		}
		for _, prefix := range p.RemoveAllowedIPs {
			if prefix = prefix.Masked(); owner[prefix] == p.PublicKey {
				delete(owner, prefix)
			}
		}
	}
	list := make([]netip.Prefix, 0, len(owner))
	for prefix := range owner {
		list = append(list, prefix)
	}
	sortForRoutes(list)
	return list
}

// deviceAllowedIPs returns the allowed IPs of d in the order of their routes.
func deviceAllowedIPs(d *wgtypes.Device) []netip.Prefix {
	var list []netip.Prefix
	for _, p := range d.Peers {
		list = append(list, p.AllowedIPs...)
	}
	sortForRoutes(list)
	return list
}

// sortForRoutes sorts list in the order in which wg-quick adds routes: by descending
// length, and for the same length by descending text.
func sortForRoutes(list []netip.Prefix) {
	type entry struct {
		prefix netip.Prefix
		text   string
	}
	entries := make([]entry, len(list))
	for i, p := range list {
		entries[i] = entry{p, prefixText(p)}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.prefix.Bits(), a.prefix.Bits()), strings.Compare(b.text, a.text))
	})
	for i, e := range entries {
		list[i] = e.prefix
	}
}

// connected returns the prefixes for which the kernel makes routes in the main table
// when an interface with these addresses comes up.
func connected(addresses []netip.Prefix) []netip.Prefix {
	var list []netip.Prefix
	for _, a := range addresses {
		net := a.Masked()
		if net.Addr().Is4() && (net.Bits() == 32 || net.Addr().As4()[0] == 0) {
			continue
		}
		list = append(list, net)
	}
	return list
}

// covers reports whether one of list contains all of p.
func covers(list []netip.Prefix, p netip.Prefix) bool {
	return slices.ContainsFunc(list, func(q netip.Prefix) bool {
		return q.Bits() <= p.Bits() && q.Contains(p.Addr())
	})
}
