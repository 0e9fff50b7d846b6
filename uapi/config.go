package uapi

import (
	"io"
	"net/netip"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// configTable has the keys of the device in a set request.
var configTable = table[setParser]{
	{
		"private_key",
		func(s *setParser, v []byte) (want string) {
			k, ok := parsePrivateKey(v)
			s.config.PrivateKey = &k
			return expect(ok, wantKey)
		},
	},
	{
		"listen_port",
		func(s *setParser, v []byte) (want string) {
			s.config.ListenPort = new(uint16)
			return expect(setUint(s.config.ListenPort, v), wantU16)
		},
	},
	{
		"fwmark",
		func(s *setParser, v []byte) (want string) {
			s.config.FirewallMark = new(uint32)
			return expect(setUint(s.config.FirewallMark, v), wantU32)
		},
	},
	{
		"replace_peers",
		func(s *setParser, v []byte) (want string) { return setFlag(&s.config.ReplacePeers, v) },
	},
}

// AppendSet appends the complete request that applies c to a device to b. It
// allocates memory for the text at most once, so that the caller can clear every copy
// of a key.
//
// c must be valid (see [wgtypes.Config.Validate]); devices reject an invalid
// request. No field value can add a line. AppendSet does not clamp the private key.
// For a peer with Remove it sends only the public key and the removal.
func AppendSet(b []byte, c wgtypes.Config) []byte {
	if size := setSize(&c); cap(b)-len(b) < size {
		b = append(make([]byte, 0, len(b)+size), b...)
	}
	b = append(b, "set=1\n"...)
	b = appendDeviceConfig(b, &c)
	for i := range c.Peers {
		b = appendPeerConfig(b, &c.Peers[i])
	}
	return append(b, '\n')
}

// appendDeviceConfig appends the lines before the peers, in the order of wg(8).
// boringtun crashes if a peer comes before the private key.
func appendDeviceConfig(b []byte, c *wgtypes.Config) []byte {
	if c.PrivateKey != nil {
		b = appendKey(b, "private_key", c.PrivateKey.Bytes())
	}
	if c.ListenPort != nil {
		b = appendUint(b, "listen_port", uint64(*c.ListenPort))
	}
	if c.FirewallMark != nil {
		b = appendUint(b, "fwmark", uint64(*c.FirewallMark))
	}
	b = appendFlag(b, "replace_peers", c.ReplacePeers)
	return appendAmneziaConfig(b, c.Amnezia)
}

// setSize returns an upper bound of the length of the request for c.
func setSize(c *wgtypes.Config) int {
	// The first line, those of the device, the empty line, and the room that
	// appendPrefixes needs.
	const device = 256
	size := device + amneziaConfigSize(c.Amnezia)
	for i := range c.Peers {
		size += peerConfigSize(&c.Peers[i])
	}
	return size
}

// setParser holds the part of a set request that was read.
type setParser struct {
	lines
	row          int // of the key found last
	config       wgtypes.Config
	peer         *wgtypes.PeerConfig // the last one, nil before it
	added, taken arena.Slab[netip.Prefix]
	keys         arena.Keys
}

// ParseSet reads a set request up to its empty line. It is the inverse of
// [AppendSet]. The first line may be missing, as in IpcSetOperation.
//
// ParseSet does not validate the Config. Unknown keys are errors, unlike in
// replies. Errors wrap [ErrProtocol] or the error of r. ParseSet can read beyond
// the end of the request.
func ParseSet(r io.Reader) (wgtypes.Config, error) {
	const size = MaxLine / 16
	s := &setParser{lines: newLines(r, size)}
	defer s.wipe()
	for s.err == nil {
		key, value, ok := s.pair()
		if ok && len(key) == 0 {
			s.endPeer()
			return s.config, nil
		}
		if ok {
			s.line(key, value)
		}
	}
	return wgtypes.Config{}, s.err
}

func (s *setParser) line(key, value []byte) {
	switch {
	case s.number == 1 && string(key) == "set":
		if string(value) != "1" {
			s.fail("set", "version 1")
		}
	case string(key) == publicKeyKey:
		s.beginPeer(value)
	case s.peer == nil:
		if !setField(s, configTable, key, value) {
			s.readAmneziaConfig(key, value)
		}
	default:
		if !setField(s, peerConfigTable, key, value) {
			s.failKey()
		}
	}
}

func (s *setParser) failKey() { s.fail("", "a key that is valid here") }

// setField reads a key of t. It returns false if t does not have the key.
func setField(s *setParser, t table[setParser], key, value []byte) (ok bool) {
	f := t.find(key, &s.row)
	if f == nil {
		return false
	}
	if want := f.parse(s, value); want != "" {
		s.fail(f.key, "%s", want)
	}
	return true
}

func (s *setParser) beginPeer(value []byte) {
	s.endPeer()
	k, ok := parseKey(value)
	if !ok {
		s.fail(publicKeyKey, wantKey)
	}
	if len(s.config.Peers) == MaxPeers {
		s.fail(publicKeyKey, "at most %d peers", MaxPeers)
		return
	}
	s.config.Peers = append(s.config.Peers, wgtypes.PeerConfig{PublicKey: k})
	s.peer = &s.config.Peers[len(s.config.Peers)-1]
}

func (s *setParser) endPeer() {
	if s.peer != nil {
		s.peer.AllowedIPs, s.peer.RemoveAllowedIPs = s.added.Take(), s.taken.Take()
	}
}
