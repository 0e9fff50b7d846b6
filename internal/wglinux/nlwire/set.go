package nlwire

import (
	"iter"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// MaxSet is the largest message that Split makes. A nest has 16 bits of
// length, and the last of two lists of peers in a message would be the only one
// that counts: so the list is the limit, and a whole message within it is safe.
const MaxSet = 0xfffc

// minSet holds the headers, every attribute of a device, and the largest peer
// with one prefix.
const minSet = 512

// setHeadSize is the room of a set without its peers.
func setHeadSize(c *wgtypes.Config) int {
	n := messageHeader + genlHeader + attrSize(4)
	if c.PrivateKey != nil {
		n += attrSize(keySize)
	}
	if c.ReplacePeers {
		n += attrSize(4)
	}
	if c.ListenPort != nil {
		n += attrSize(2)
	}
	if c.FirewallMark != nil {
		n += attrSize(4)
	}
	if len(c.Peers) > 0 {
		n += attrSize(0)
	}
	return n
}

// AppendSet appends the message that applies c to the device with that
// interface index. c is normal, its zones are numbers, and it is one that Split
// yields, or smaller.
func AppendSet(b []byte, h Header, index uint32, c *wgtypes.Config) []byte {
	start := len(b)
	h.Flags |= FlagRequest | FlagAck
	b = appendHeader(b, h)
	b = appendGenl(b, commandSet)
	b = appendU32(b, devIndex, index)
	if c.PrivateKey != nil {
		k := c.PrivateKey.Bytes()
		b = appendBytes(b, devPrivateKey, k[:])
	}
	if c.ReplacePeers {
		b = appendU32(b, devFlags, devReplacePeers)
	}
	if c.ListenPort != nil {
		b = appendU16(b, devListenPort, *c.ListenPort)
	}
	if c.FirewallMark != nil {
		b = appendU32(b, devMark, *c.FirewallMark)
	}
	if len(c.Peers) > 0 {
		nest := len(b)
		b = beginNest(b, devPeers)
		for i := range c.Peers {
			b = appendPeerConfig(b, &c.Peers[i])
		}
		b = endNest(b, nest)
	}
	return finish(b, start)
}

// Split yields parts of c that have c's meaning when they are applied in order,
// and the size of the message that AppendSet makes of each: at most limit (MaxSet
// at most; what is too small for one prefix is raised). There is one part at least.
//
// The device's own attributes are in the first part alone: repeated, they
// would cost time for each peer, and ReplacePeers would undo the parts before.
// A peer is split only if it fits no message, since the kernel applies one
// message as a whole as far as other requests can see. Its further parts carry
// UpdateOnly, so that they do not bring back a peer that someone removed
// meanwhile. Parts share c's memory.
func Split(c wgtypes.Config, limit int) iter.Seq2[wgtypes.Config, int] {
	limit = max(min(limit, MaxSet), minSet)
	return func(yield func(wgtypes.Config, int) bool) {
		s := splitter{limit: limit, part: c, peers: c.Peers, size: setHeadSize(&c), yield: yield}
		s.part.Peers = nil
		for i := range c.Peers {
			if !s.add(i) {
				return
			}
		}
		yield(s.part, s.size)
	}
}

// splitter fills part until it has size bytes.
type splitter struct {
	limit int
	peers []wgtypes.PeerConfig
	yield func(part wgtypes.Config, size int) bool

	part  wgtypes.Config
	first int // the part's peers are peers[first:...] as long as shared
	size  int
}

// add puts the peer i into the part, after as many full parts as it takes.
func (s *splitter) add(i int) bool {
	p := &s.peers[i]
	n, ok := peerSize(p, s.limit-emptySize)
	if !ok {
		return s.divide(*p)
	}
	if s.size+n > s.limit && !s.flush() {
		return false
	}
	s.put(i)
	s.size += n
	return true
}

// emptySize is the size of a part without anything but a list of peers.
var emptySize = setHeadSize(&wgtypes.Config{Peers: make([]wgtypes.PeerConfig, 1)})

// put appends the peer i, without a copy while the part is a run of c's peers.
func (s *splitter) put(i int) {
	n := len(s.part.Peers)
	if n == 0 {
		s.first = i
	}
	if s.first >= 0 && s.first+n == i {
		s.part.Peers = s.peers[s.first : i+1 : i+1]
		return
	}
	s.part.Peers = append(s.part.Peers, s.peers[i])
}

func (s *splitter) flush() bool {
	if len(s.part.Peers) == 0 {
		s.size -= attrSize(0) // there is no list
	}
	if !s.yield(s.part, s.size) {
		return false
	}
	s.part = wgtypes.Config{}
	s.size = emptySize
	return true
}

// divide puts a peer that fits no message into several parts.
func (s *splitter) divide(p wgtypes.PeerConfig) bool {
	for first := true; ; first = false {
		head := peerHeadSize(&p)
		if s.size+head+allowedSize6+allowedFlagsSize > s.limit {
			if !s.flush() {
				return false
			}
		}
		s.size += head
		piece := s.cut(&p)
		s.part.Peers = append(slices.Clip(s.part.Peers), piece)
		s.first = -1
		if len(p.AllowedIPs)+len(p.RemoveAllowedIPs) == 0 {
			return true
		}
		if first {
			p = wgtypes.PeerConfig{
				PublicKey: p.PublicKey, UpdateOnly: true,
				AllowedIPs: p.AllowedIPs, RemoveAllowedIPs: p.RemoveAllowedIPs,
			}
		}
		if !s.flush() {
			return false
		}
	}
}

// cut takes from p what fits, removals first, and leaves the rest in it.
func (s *splitter) cut(p *wgtypes.PeerConfig) wgtypes.PeerConfig {
	piece := *p
	n := 0
	for n < len(p.RemoveAllowedIPs) && s.fit(allowedSize(p.RemoveAllowedIPs[n])+allowedFlagsSize) {
		n++
	}
	piece.RemoveAllowedIPs, p.RemoveAllowedIPs = p.RemoveAllowedIPs[:n:n], p.RemoveAllowedIPs[n:]
	n = 0
	for n < len(p.AllowedIPs) && s.fit(allowedSize(p.AllowedIPs[n])) {
		n++
	}
	piece.AllowedIPs, p.AllowedIPs = p.AllowedIPs[:n:n], p.AllowedIPs[n:]
	return piece
}

// fit takes n bytes of the part's room if it has them.
func (s *splitter) fit(n int) bool {
	if s.size+n > s.limit {
		return false
	}
	s.size += n
	return true
}
