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

// applyPeers applies peers up to the first one with an error. Version 1 cannot remove
// single allowed IPs, and notices that after it has changed the rest of the peer.
func (k *Kernel) applyPeers(link *Link, peers []byte) (errno unix.Errno) {
	m := link.amnezia
	var c wgtypes.Config
	security := make(map[wgtypes.PublicKey]peerSecurity)
	_ = decode(peers, func(d *netlink.AttributeDecoder) error {
		if errno != 0 {
			return nil
		}
		p, err := decodePeer(d.Bytes(), k.Amnezia)
		security[p.PublicKey] = securityOf(d.Bytes())
		switch flags := security[p.PublicKey].flags; {
		case err == nil && flags > 0xf && m.genlVersion() == 1:
			errno = unix.EOPNOTSUPP
			return nil
		case err != nil || flags > 0xf:
			errno = unix.EINVAL
			return nil
		case len(p.RemoveAllowedIPs) > 0 && (k.Old || m.genlVersion() == 1):
			p.RemoveAllowedIPs, p.AllowedIPs, errno = nil, nil, unix.EINVAL
		}
		c.Peers = append(c.Peers, p)
		return nil
	})
	before := link.Device.Peers
	link.Device = *wginternal.Apply(&link.Device, c)
	m.secure(before, link.Device.Peers, security)
	return errno
}

// secure updates the peers with "advanced security" after a change of the peers.
func (m *amnezia) secure(before, after []wgtypes.Peer, security map[wgtypes.PublicKey]peerSecurity) {
	old := make(map[wgtypes.PublicKey]bool)
	for i := range before {
		old[before[i].PublicKey] = true
	}
	advanced := make(map[wgtypes.PublicKey]bool)
	for i := range after {
		k := after[i].PublicKey
		s, isChanged := security[k]
		switch {
		case isChanged && s.flags&peerHasAdvancedSecurity != 0 && m.isOn() && m.genlVersion() < 3:
			advanced[k] = s.advanced
		case !old[k]:
			advanced[k] = m.isOn() && m.genlVersion() == 1
		default:
			advanced[k] = m.advanced[k]
		}
	}
	m.advanced = advanced
}

// peerSecurity is what a request says about "advanced security" of a peer.
type peerSecurity struct {
	flags    uint32
	advanced bool
}

func securityOf(b []byte) (s peerSecurity) {
	_ = decode(b, func(d *netlink.AttributeDecoder) error {
		switch d.Type() {
		case peerFlags:
			s.flags = d.Uint32()
		case peerAdvancedSecurity:
			s.advanced = true
		}
		return nil
	})
	return s
}
