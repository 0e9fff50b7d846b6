package nlwire

import (
	"iter"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// MaxSet is the largest size of a message that Split makes. The length of a nest
// has 16 bits, and a kernel uses only the last list of peers in a message, so the
// list of peers must fit in one nest.
const MaxSet = 0xfffc

// MinSet returns the smallest limit that Split keeps for c: the size of the headers,
// every attribute of a device, and the largest peer with one prefix.
func MinSet(c *wgtypes.Config, version wgtypes.AmneziaVersion) int {
	return 512 + amneziaSize(c.Amnezia, version)
}

// setHeadSize returns the size of a set message without its peers.
func setHeadSize(c *wgtypes.Config, version wgtypes.AmneziaVersion) int {
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
	return n + amneziaSize(c.Amnezia, version)
}

// AppendSet appends the message that applies c to the device with that interface index
// and that version of AmneziaWG, which is zero for WireGuard. c must be normalized, have
// numbers as zones and fit in a message, as the parts of Split do. Parameters that the
// version does not have are left out.
func AppendSet(b []byte, h Header, index uint32, c *wgtypes.Config, version wgtypes.AmneziaVersion) []byte {
	start := len(b)
	h.Flags |= FlagRequest | FlagAck
	b = appendHeader(b, h)
	b = appendGenl(b, commandSet)
	b = appendU32(b, devIndex, index)
	if c.PrivateKey != nil {
		b = appendKey(b, devPrivateKey, c.PrivateKey.Bytes())
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
	b = appendAmnezia(b, c.Amnezia, version)
	if len(c.Peers) > 0 {
		nest := len(b)
		b = beginNest(b, devPeers)
		for i := range c.Peers {
			b = appendPeerConfig(b, &c.Peers[i], version)
		}
		b = endNest(b, nest)
	}
	return finish(b, start)
}

// Split yields the parts of c and the size of each part's message. Applying the
// parts in order has the effect of c. Messages have at most limit bytes; limit is
// raised to MinSet, and lowered to MaxSet. There is at least one part.
//
// Only the first part has the device's own attributes: repeating them would cost
// time for each peer, and ReplacePeers would undo the earlier parts. A peer is
// split only if it does not fit in a message, because the kernel applies a message
// atomically with respect to other requests. Its further parts have UpdateOnly, so
// that they do not recreate a peer that was removed meanwhile. Parts share c's
// memory.
func Split(c wgtypes.Config, limit int, version wgtypes.AmneziaVersion) iter.Seq2[wgtypes.Config, int] {
	return func(yield func(wgtypes.Config, int) bool) {
		s := splitter{part: c, peers: c.Peers, size: setHeadSize(&c, version), yield: yield}
		s.limit = max(min(limit, MaxSet), MinSet(&c, version))
		s.part.Peers = nil
		for i := range c.Peers {
			if !s.add(i) {
				return
			}
		}
		s.collect()
		yield(s.part, s.size)
	}
}

// splitter fills part until it has size bytes.
type splitter struct {
	limit int
	peers []wgtypes.PeerConfig
	yield func(part wgtypes.Config, size int) bool

	part wgtypes.Config
	size int
	// While part.Peers is empty, the part's peers are peers[first : first+run].
	first, run int
}

// add appends the peer i to the part. It yields the part first if it is full.
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

// emptySize is the size of a part with only an empty list of peers.
var emptySize = setHeadSize(&wgtypes.Config{Peers: make([]wgtypes.PeerConfig, 1)}, 0)

// put appends the peer i. It does not copy while the part's peers are adjacent in c.
func (s *splitter) put(i int) {
	if len(s.part.Peers) > 0 {
		s.part.Peers = append(s.part.Peers, s.peers[i])
		return
	}
	if s.run == 0 {
		s.first = i
	}
	s.run++
}

// collect stores the part's peers in part.Peers.
func (s *splitter) collect() {
	if s.run > 0 {
		s.part.Peers = s.peers[s.first:][:s.run:s.run]
		s.run = 0
	}
}

func (s *splitter) flush() bool {
	s.collect()
	if len(s.part.Peers) == 0 {
		s.size -= attrSize(0) // without a list of peers
	}
	if !s.yield(s.part, s.size) {
		return false
	}
	s.part = wgtypes.Config{}
	s.size = emptySize
	return true
}

// divide splits a peer that does not fit in a message into several parts.
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
		s.collect()
		s.part.Peers = append(s.part.Peers, piece)
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

// cut returns a piece of p that fits in the part, removals first, and leaves the
// rest in p.
func (s *splitter) cut(p *wgtypes.PeerConfig) wgtypes.PeerConfig {
	piece := *p
	n := 0
	for n < len(p.RemoveAllowedIPs) && s.fit(allowedSize(&p.RemoveAllowedIPs[n])+allowedFlagsSize) {
		n++
	}
	piece.RemoveAllowedIPs, p.RemoveAllowedIPs = p.RemoveAllowedIPs[:n:n], p.RemoveAllowedIPs[n:]
	n = 0
	for n < len(p.AllowedIPs) && s.fit(allowedSize(&p.AllowedIPs[n])) {
		n++
	}
	piece.AllowedIPs, p.AllowedIPs = p.AllowedIPs[:n:n], p.AllowedIPs[n:]
	return piece
}

// fit adds n bytes to the part's size. It returns false if they exceed the limit.
func (s *splitter) fit(n int) bool {
	if s.size+n > s.limit {
		return false
	}
	s.size += n
	return true
}
