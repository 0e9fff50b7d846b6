package cli

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/peerfile"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// nextWord stands for the next free addresses in --allowed-ips.
const nextWord = "next"

// allowedFlag is the value of --allowed-ips.
type allowedFlag struct {
	next     bool
	prefixes []netip.Prefix
}

// parseAllowed parses --allowed-ips: a list of prefixes and the word "next".
func parseAllowed(text string) (f allowedFlag, err error) {
	for element := range strings.SplitSeq(text, ",") {
		element = strings.TrimSpace(element)
		if element == nextWord {
			f.next = true
			continue
		}
		a, signed, err := wgconf.ParseAllowedIP(element)
		if p, ok := errors.AsType[*wgconf.Problem](err); ok {
			return f, invalidFlag("allowed-ips", element, p.Reason)
		}
		switch {
		case signed:
			return f, invalidFlag("allowed-ips", element, "must not begin with + or -")
		case a.Prefix != a.Prefix.Masked():
			return f, invalidFlag("allowed-ips", element, fmt.Sprintf("has host bits set: use %s or %s", a.Prefix.Masked(), singlePrefix(a.Prefix.Addr())))
		case !slices.Contains(f.prefixes, a.Prefix):
			f.prefixes = append(f.prefixes, a.Prefix)
		}
	}
	if !f.next && !slices.ContainsFunc(f.prefixes, netip.Prefix.IsSingleIP) {
		return f, invalidFlag("allowed-ips", text, `must contain "next" or an address, as in 10.0.0.2/32, which becomes the client's`)
	}
	return f, nil
}

func singlePrefix(addr netip.Addr) netip.Prefix { return netip.PrefixFrom(addr, addr.BitLen()) }

// peerAddresses are the addresses of a target.
type peerAddresses struct {
	networks []netip.Prefix // the addresses with the lengths of their networks
	own      []netip.Prefix // more addresses of the device
}

// addresses returns the addresses in the file or, if it has none, of the interface.
// It does not read interfaces of another network namespace.
func (s *peerState) addresses(netNS string) (a peerAddresses) {
	if s.device != "" && netNS == "" {
		a.own = interfaceAddresses(s.device)
	}
	a.networks = a.own
	if s.file != nil && len(s.file.Interface().Addresses) > 0 {
		a.networks = s.file.Interface().Addresses
	}
	return a
}

// interfaceAddresses returns the addresses of an interface, or nil if they cannot be
// read. A userspace device need not have an interface.
func interfaceAddresses(name string) (addresses []netip.Prefix) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil
	}
	found, err := i.Addrs()
	if err != nil {
		return nil
	}
	for _, a := range found {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			addresses = append(addresses, p)
		}
	}
	return addresses
}

// allowedIPs are the allowed IPs of the peers of the file and of the device.
func (s *peerState) allowedIPs() (all []ownedPrefix) {
	if s.file != nil {
		for peer := range s.file.Peers() {
			for _, a := range peer.AllowedIPs {
				if !a.Remove {
					all = append(all, ownedPrefix{a.Prefix.Masked(), peer.PublicKey})
				}
			}
		}
	}
	if s.dev != nil {
		for i := range s.dev.Peers {
			for _, p := range s.dev.Peers[i].AllowedIPs {
				all = append(all, ownedPrefix{p, s.dev.Peers[i].PublicKey})
			}
		}
	}
	return all
}

// ownedPrefix is an allowed IP of a peer.
type ownedPrefix struct {
	netip.Prefix
	peer wgtypes.PublicKey
}

// ownerOf returns the peer that has the prefix.
func ownerOf(all []ownedPrefix, p netip.Prefix) (peer wgtypes.PublicKey, ok bool) {
	i := slices.IndexFunc(all, func(o ownedPrefix) bool { return o.Prefix == p })
	if i < 0 {
		return peer, false
	}
	return all[i].peer, true
}

// chooseAllowed returns the allowed IPs of a new peer: the next addresses, if they are
// asked for, and those that the flag names. It fails if the device or another peer
// has one of them.
func (s *peerState) chooseAllowed(f allowedFlag, a peerAddresses, netNS string) (allowed []netip.Prefix, err error) {
	used := s.allowedIPs()
	for _, p := range f.prefixes {
		if peer, ok := ownerOf(used, p); ok {
			return nil, invalidFlag("allowed-ips", p.String(), fmt.Sprintf("peer %s has this allowed IP", s.describe(peer)))
		}
		for _, own := range slices.Concat(a.networks, a.own) {
			if p == singlePrefix(own.Addr()) {
				return nil, invalidFlag("allowed-ips", p.String(), "is the address of the server itself")
			}
		}
	}
	if f.next {
		if allowed, err = s.next(f, used, a, netNS); err != nil {
			return nil, err
		}
	}
	for _, p := range f.prefixes {
		if !slices.Contains(allowed, p) {
			allowed = append(allowed, p)
		}
	}
	return allowed, nil
}

// next returns the next free addresses.
func (s *peerState) next(f allowedFlag, used []ownedPrefix, a peerAddresses, netNS string) (allowed []netip.Prefix, err error) {
	var taken []netip.Prefix
	for _, p := range f.prefixes {
		if p.IsSingleIP() {
			taken = append(taken, p)
		}
	}
	for _, o := range used {
		taken = append(taken, o.Prefix)
	}
	for _, own := range a.own {
		taken = append(taken, singlePrefix(own.Addr().WithZone("")))
	}
	free, err := peerfile.Next(a.networks, taken)
	for _, addr := range free {
		allowed = append(allowed, singlePrefix(addr))
	}
	return allowed, s.explainNext(err, used, netNS)
}

// explainNext adds to an error of peerfile.Next why no address is free and what to do.
func (s *peerState) explainNext(err error, used []ownedPrefix, netNS string) error {
	const remedy = "name the address of the peer, as in --allowed-ips 10.0.0.2/32"
	if full, ok := errors.AsType[*peerfile.FullError](err); ok {
		reason := "the server and its peers use all"
		if peer, ok := ownerOf(used, full.Used); ok {
			reason = fmt.Sprintf("peer %s has %s", s.describe(peer), full.Used)
		}
		return fmt.Errorf("--allowed-ips next: %w: %s; %s", err, reason, remedy)
	}
	if err == nil {
		return nil
	}
	elsewhere := ""
	if s.device != "" && netNS != "" {
		elsewhere = ", and addresses in another network namespace are not read"
	}
	return fmt.Errorf("--allowed-ips next: %s: no address with a network, such as 10.0.0.1/24%s; %s", s.peerTarget, elsewhere, remedy)
}
