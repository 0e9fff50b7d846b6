//go:build linux

package nltest

import (
	"slices"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// NewAmneziaKernel returns a Kernel like that of NewKernel with the module of a version
// of AmneziaWG, whose link is also wg0.
func NewAmneziaKernel(version wgtypes.AmneziaVersion) *Kernel {
	k := NewKernel()
	k.Amnezia = version
	link := k.links[IndexWG].Link
	link.Kind = nlwire.AmneziaFamily
	k.links[IndexWG] = k.newLink(link)
	return k
}

// Crash returns what crashed the kernel or would do so at the next handshake, or "".
func (k *Kernel) Crash() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.crash
}

// RemoveLink removes the link with that index.
func (k *Kernel) RemoveLink(index uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.links, index)
}

// kind returns the kind of the links of the module.
func (k *Kernel) kind() string {
	if k.Amnezia != 0 {
		return nlwire.AmneziaFamily
	}
	return nlwire.Family
}

func (k *Kernel) newLink(l nlwire.Link) *Link {
	link := &Link{Link: l}
	if l.Kind == nlwire.AmneziaFamily {
		a := wgtypes.DefaultAmnezia()
		a.Version = k.Amnezia
		link.amnezia = newAmnezia(&a)
	}
	return link
}

// answerAmnezia returns the answer of the module or, to a lookup, of the controller.
func (k *Kernel) answerAmnezia(s *Socket, h nlwire.Header, payload []byte) [][]byte {
	switch {
	case h.Type == controlFamily && payload[0] == commandGetFamily:
		return [][]byte{k.familyReply(h, payload)}
	case h.Type != k.family:
		if payload[0] == commandSet {
			k.strays++
		}
		return [][]byte{Ack(h, unix.ENOENT)}
	case k.crash != "":
		return [][]byte{Failure(unix.ENOLINK)} // nobody answers
	case payload[0] == commandSet:
		errno, text := k.setAmnezia(payload[4:])
		ack := nlwire.Ack{Errno: errno, Text: text}
		return [][]byte{AppendAck(nil, nlwire.Header{Type: nlwire.TypeError, Seq: h.Seq, PID: h.PID}, ack, h)}
	}
	q, err := DecodeRequest(payload)
	if err != nil {
		return [][]byte{Ack(h, unix.EINVAL)}
	}
	if _, errno := k.amneziaLink(q.Index); errno != 0 {
		return [][]byte{Ack(h, errno)}
	}
	return k.dumpAmnezia(k.links[q.Index], s, h)
}

func (k *Kernel) familyReply(h nlwire.Header, payload []byte) []byte {
	name := ""
	_ = decode(payload[4:], func(a *netlink.AttributeDecoder) error {
		if a.Type() == familyName {
			name = a.String()
		}
		return nil
	})
	if name != nlwire.AmneziaFamily || k.family == 0 {
		return Ack(h, unix.ENOENT)
	}
	m := amnezia{Amnezia: wgtypes.Amnezia{Version: k.Amnezia}}
	return FamilyReply(h, k.family, uint32(m.genlVersion()), uint32(lastAttribute(k.Amnezia)))
}

func (k *Kernel) amneziaLink(index uint32) (*Link, unix.Errno) {
	switch link := k.links[index]; {
	case link == nil:
		return nil, unix.ENODEV
	case link.amnezia == nil:
		return nil, unix.EOPNOTSUPP
	default:
		return link, 0
	}
}

// dumpAmnezia returns a dump. The kernel sizes the first message by the receive buffers
// that the socket has used, and the parameters must fit in it.
func (k *Kernel) dumpAmnezia(link *Link, s *Socket, h nlwire.Header) [][]byte {
	s.mu.Lock()
	limit := maxDump
	if s.largest >= 32<<10 {
		limit = 32428
	}
	s.mu.Unlock()
	dev := link.Device
	dev.Name, dev.Index = link.Name, int(link.Index)
	head := fragmenter{dev: &dev, amnezia: link.amnezia}
	if len(head.appendDevice(nil, &dev))+20 > limit {
		return [][]byte{Done(h, 0, unix.EMSGSIZE)}
	}
	var out [][]byte
	for b := range fragment(&dev, link.amnezia, nlwire.Header{Type: h.Type, Seq: h.Seq, PID: h.PID}, limit) {
		out = append(out, slices.Clone(b))
	}
	return append(out, Done(h, 0, 0))
}

// setAmnezia applies a set. It keeps what precedes an error.
func (k *Kernel) setAmnezia(payload []byte) (errno unix.Errno, message string) {
	a := make(attributes)
	m := &amnezia{Amnezia: wgtypes.Amnezia{Version: k.Amnezia}}
	err := decode(payload, func(d *netlink.AttributeDecoder) error {
		if errno == 0 {
			errno, message = m.checkPolicy(d.Type(), d.Bytes())
		}
		a[d.Type()] = slices.Clone(d.Bytes())
		return nil
	})
	if errno != 0 {
		return errno, message
	}
	if err != nil {
		return unix.EINVAL, ""
	}
	k.recordSet(payload)
	link, errno := k.amneziaLink(host.Uint32(a[devIndex]))
	if errno != 0 {
		if k.Amnezia >= wgtypes.AmneziaV30 {
			k.crash = "a set for a link that is missing or of another kind"
		}
		return errno, ""
	}
	errno = k.applyAmnezia(link, a)
	if m := link.amnezia; m.genlVersion() == 3 && m.Jc > 0 && m.Jmin > m.Jmax {
		k.crash = "Jmin is larger than Jmax"
	}
	return errno, ""
}

// recordSet records the change of a set that the kernel does not refuse as a whole.
func (k *Kernel) recordSet(payload []byte) {
	if q, err := DecodeAmneziaRequest(append([]byte{commandSet, 1, 0, 0}, payload...), k.Amnezia); err == nil {
		k.sets = append(k.sets, q.Config)
	}
}

// applyAmnezia applies the attributes in the order of the module.
func (k *Kernel) applyAmnezia(link *Link, a attributes) unix.Errno {
	apply := func(c wgtypes.Config) { link.Device = *wginternal.Apply(&link.Device, c) }
	flags := uint32(0)
	if b, ok := a[devFlags]; ok {
		flags = host.Uint32(b)
	}
	if flags&^devReplacePeers != 0 {
		return unix.EOPNOTSUPP
	}
	if b, ok := a[devMark]; ok {
		apply(wgtypes.Config{FirewallMark: new(host.Uint32(b))})
	}
	if b, ok := a[devListenPort]; ok {
		apply(wgtypes.Config{ListenPort: new(host.Uint16(b))})
	}
	if errno := link.amnezia.set(a); errno != 0 {
		return errno
	}
	apply(wgtypes.Config{ReplacePeers: flags&devReplacePeers != 0})
	if b, ok := a[devPrivateKey]; ok {
		apply(wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey([wgtypes.KeyLen]byte(b)))})
	}
	if errno := link.amnezia.check(a); errno != 0 {
		return errno
	}
	return k.applyPeers(link, a[devPeers])
}

// applyPeers applies peers one after the other.
func (k *Kernel) applyPeers(link *Link, peers []byte) (errno unix.Errno) {
	_ = decode(peers, func(d *netlink.AttributeDecoder) error {
		if errno == 0 {
			errno = k.applyPeer(link, d.Bytes())
		}
		return nil
	})
	return errno
}

// applyPeer applies a peer. Version 1 cannot remove single allowed IPs, and notices that
// after it has changed the rest of the peer.
func (k *Kernel) applyPeer(link *Link, b []byte) (errno unix.Errno) {
	p, err := decodePeer(b, k.Amnezia)
	if err != nil {
		return unix.EINVAL
	}
	m := link.amnezia
	flags, advanced := peerSecurity(b)
	switch {
	case flags > 0xf && m.genlVersion() == 1:
		return unix.EOPNOTSUPP
	case flags > 0xf:
		return unix.EINVAL
	case len(p.RemoveAllowedIPs) > 0 && (k.Old || m.genlVersion() == 1):
		p.RemoveAllowedIPs, p.AllowedIPs, errno = nil, nil, unix.EINVAL
	}
	isPeer := func(q wgtypes.Peer) bool { return q.PublicKey == p.PublicKey }
	isNew := !slices.ContainsFunc(link.Device.Peers, isPeer)
	link.Device = *wginternal.Apply(&link.Device, wgtypes.Config{Peers: []wgtypes.PeerConfig{p}})
	switch exists := slices.ContainsFunc(link.Device.Peers, isPeer); {
	case !exists:
		delete(m.advanced, p.PublicKey)
	case flags&peerHasAdvancedSecurity != 0 && m.isOn() && m.genlVersion() < 3:
		m.advanced[p.PublicKey] = advanced
	case isNew:
		m.advanced[p.PublicKey] = m.isOn() && m.genlVersion() == 1
	}
	return errno
}

// peerSecurity returns the flags of a peer, and whether it has "advanced security".
func peerSecurity(b []byte) (flags uint32, advanced bool) {
	_ = decode(b, func(d *netlink.AttributeDecoder) error {
		switch d.Type() {
		case peerFlags:
			flags = d.Uint32()
		case peerAdvancedSecurity:
			advanced = true
		}
		return nil
	})
	return flags, advanced
}
