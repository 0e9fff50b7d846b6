package saved

import (
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// State is the state of a running interface.
type State struct {
	Device *wgtypes.Device
	// Addresses are the addresses of the interface.
	Addresses []netip.Prefix
	// MTU replaces that of the file, if the file has one.
	MTU int
	// ChosenPort and ChosenMark are the port and the mark that were chosen when the
	// interface came up. While the device has them, they stay out of the file. Zero
	// means that nothing was chosen.
	ChosenPort uint16
	ChosenMark uint32
	// Lookup returns the current addresses of a host name, or none if it cannot be
	// resolved. Nil resolves no name.
	Lookup func(host string) []netip.Addr
}

// desired returns base with the values of the state. Values that mean the same stay
// as base has them.
func (s *State) desired(base *wgconf.Settings) *wgconf.Settings {
	want := &wgconf.Settings{Interface: base.Interface}
	s.setInterface(&want.Interface)
	left := make(map[wgtypes.PublicKey]*wgtypes.Peer, len(s.Device.Peers))
	for i := range s.Device.Peers {
		left[s.Device.Peers[i].PublicKey] = &s.Device.Peers[i]
	}
	// The last endpoint counts if several sections have the same key.
	endpoints := make(map[wgtypes.PublicKey]wgconf.Endpoint)
	for i := range base.Peers {
		if p := &base.Peers[i]; p.Endpoint != (wgconf.Endpoint{}) {
			endpoints[p.PublicKey] = p.Endpoint
		}
	}
	for _, p := range base.Peers {
		have := left[p.PublicKey]
		if have == nil {
			continue // removed, or a second section with this key
		}
		delete(left, p.PublicKey)
		p.Endpoint = endpoints[p.PublicKey]
		s.setPeer(&p, have)
		want.Peers = append(want.Peers, p)
	}
	all := wgconf.FromDevice(s.Device).Peers
	for i := range all {
		if left[all[i].PublicKey] != nil {
			want.Peers = append(want.Peers, all[i])
		}
	}
	return want
}

func (s *State) setInterface(i *wgconf.Interface) {
	d := s.Device
	// A device that does not show its private key still shows the public key. Devices
	// clamp the private key.
	hidden := d.PrivateKey.IsZero() && d.PublicKey != (wgtypes.PublicKey{})
	if !hidden && (i.PrivateKey == nil || !i.PrivateKey.Clamped().Equal(d.PrivateKey)) {
		setKey(&i.PrivateKey, d.PrivateKey)
	}
	setChosen(&i.ListenPort, d.ListenPort, s.ChosenPort)
	setChosen(&i.FwMark, d.FirewallMark, s.ChosenMark)
	s.setAmnezia(i)
	if i.MTU != 0 && s.MTU != 0 {
		i.MTU = s.MTU
	}
	i.Addresses = merge(i.Addresses, s.Addresses)
}

// key is a private or a preshared key.
type key[K any] interface {
	IsZero() bool
	Equal(other K) bool
}

// setKey sets *p to have. A zero key in the file means the same as none.
func setKey[K key[K]](p **K, have K) {
	switch {
	case *p != nil && (**p).Equal(have), *p == nil && have.IsZero():
	case have.IsZero():
		*p = nil
	default:
		*p = &have
	}
}

// setChosen sets *p to have, unless the file leaves the choice to the system and
// have is what was chosen.
func setChosen[N uint16 | uint32](p **N, have, chosen N) {
	open := *p == nil || **p == 0
	switch {
	case open && (have == 0 || have == chosen), !open && **p == have:
	case have == 0:
		*p = nil
	default:
		*p = &have
	}
}

// setAmnezia sets the parameters of AmneziaWG. Those of a device that shows none
// stay as the file has them.
func (s *State) setAmnezia(i *wgconf.Interface) {
	if s.Device.Amnezia == nil {
		return
	}
	var file wgtypes.AmneziaConfig
	if i.Amnezia != nil {
		file = *i.Amnezia
	}
	have := wgconf.FromDevice(s.Device).Interface.Amnezia // without defaults
	lacks := func(p wgtypes.AmneziaParameter) bool { return have != nil && p.IsSet(have) && !p.IsSet(&file) }
	if slices.ContainsFunc(wgtypes.AmneziaParameters(), lacks) ||
		wgctrl.Diff(s.Device, wgtypes.Config{Amnezia: &file}).Amnezia != nil {
		i.Amnezia = have
	}
}

func (s *State) setPeer(p *wgconf.Peer, have *wgtypes.Peer) {
	setKey(&p.PresharedKey, have.PresharedKey)
	setKeepalive(p, have)
	setAllowedIPs(p, have.AllowedIPs)
	s.setEndpoint(p, have.Endpoint)
}

func setKeepalive(p *wgconf.Peer, have *wgtypes.Peer) {
	min, max := have.PersistentKeepalive, have.PersistentKeepaliveMax
	if p.PersistentKeepaliveMax == max && (p.PersistentKeepalive == nil && min == 0 ||
		p.PersistentKeepalive != nil && *p.PersistentKeepalive == min) {
		return
	}
	p.PersistentKeepalive, p.PersistentKeepaliveMax = &min, max
	if min == 0 && max == 0 {
		p.PersistentKeepalive = nil
	}
}

// setAllowedIPs keeps the list if it leads to the list of the device.
func setAllowedIPs(p *wgconf.Peer, have []netip.Prefix) {
	listed := make(map[netip.Prefix]bool)
	for _, a := range p.AllowedIPs {
		listed[a.Prefix.Masked()] = !a.Remove
	}
	missing := make(map[netip.Prefix]bool)
	for _, prefix := range have {
		missing[prefix] = true
	}
	same := true
	for prefix, is := range listed {
		same = same && is == missing[prefix]
	}
	if same && !slices.ContainsFunc(have, func(prefix netip.Prefix) bool { return !listed[prefix] }) {
		return
	}
	var list []wgconf.AllowedIP
	for _, a := range p.AllowedIPs {
		if missing[a.Prefix.Masked()] {
			delete(missing, a.Prefix.Masked())
			list = append(list, wgconf.AllowedIP{Prefix: a.Prefix})
		}
	}
	for _, prefix := range have {
		if missing[prefix] {
			list = append(list, wgconf.AllowedIP{Prefix: prefix})
		}
	}
	p.AllowedIPs, p.Incremental = list, false
}

// setEndpoint keeps a host name while it resolves to the current address, and while
// it cannot be resolved: the name then is what the next start needs.
func (s *State) setEndpoint(p *wgconf.Peer, have netip.AddrPort) {
	now, isAddr := p.Endpoint.AddrPort()
	switch {
	case !have.IsValid() && isAddr:
		p.Endpoint = wgconf.Endpoint{}
		return
	case !have.IsValid(), isAddr && now == have:
		return
	case !isAddr && p.Endpoint.Port == have.Port():
		var addrs []netip.Addr
		if s.Lookup != nil {
			addrs = s.Lookup(p.Endpoint.Host)
		}
		is := func(a netip.Addr) bool { return a.Unmap() == have.Addr().Unmap() }
		if p.Endpoint != (wgconf.Endpoint{}) && (len(addrs) == 0 || slices.ContainsFunc(addrs, is)) {
			return
		}
	}
	p.Endpoint = wgconf.Endpoint{Host: string(wgconf.AppendAddr(nil, have.Addr())), Port: have.Port()}
}

// merge returns before if it has the elements of now, and otherwise those elements,
// the ones of before first and in their order.
func merge(before, now []netip.Prefix) (all []netip.Prefix) {
	for _, p := range slices.Concat(before, now) {
		if slices.Contains(now, p) && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	if containsAll(before, all) && containsAll(all, before) {
		return before
	}
	return all
}

func containsAll(list, elements []netip.Prefix) bool {
	return !slices.ContainsFunc(elements, func(p netip.Prefix) bool { return !slices.Contains(list, p) })
}
