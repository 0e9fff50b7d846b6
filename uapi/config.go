package uapi

import (
	"io"
	"net/netip"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// configTable has what a set request says of the device itself, in wg(8)'s
// order. NB: boringtun must have the key before any peer.
var configTable = table[wgtypes.Config, setParser]{
	{
		"private_key",
		func(b []byte, key string, c wgtypes.Config) []byte {
			if c.PrivateKey == nil {
				return b
			}
			return appendKey(b, key, c.PrivateKey.Bytes())
		},
		func(s *setParser, v []byte) (want string) {
			k, ok := parsePrivateKey(v)
			s.config.PrivateKey = &k
			return expect(ok, wantKey)
		},
	},
	{
		"listen_port",
		func(b []byte, key string, c wgtypes.Config) []byte {
			if c.ListenPort == nil {
				return b
			}
			return appendUint(b, key, uint64(*c.ListenPort))
		},
		func(s *setParser, v []byte) (want string) {
			s.config.ListenPort = new(uint16)
			return expect(setUint(s.config.ListenPort, v), wantU16)
		},
	},
	{
		"fwmark",
		func(b []byte, key string, c wgtypes.Config) []byte {
			if c.FirewallMark == nil {
				return b
			}
			return appendUint(b, key, uint64(*c.FirewallMark))
		},
		func(s *setParser, v []byte) (want string) {
			s.config.FirewallMark = new(uint32)
			return expect(setUint(s.config.FirewallMark, v), wantU32)
		},
	},
	{
		"replace_peers",
		func(b []byte, key string, c wgtypes.Config) []byte { return appendFlag(b, key, c.ReplacePeers) },
		func(s *setParser, v []byte) (want string) { return setFlag(&s.config.ReplacePeers, v) },
	},
}

// AppendSet appends to b the whole request that changes a device by c. It
// allocates once at most, so that the keys in the request have no copies that
// the caller cannot clear.
//
// c must be valid (see [wgtypes.Config.Validate]); a device refuses what of it
// is not. No value of any field adds a line. A private key is sent as it is,
// not clamped, and beside Remove nothing is sent.
func AppendSet(b []byte, c wgtypes.Config) []byte {
	if size := setSize(&c); cap(b)-len(b) < size {
		b = append(make([]byte, 0, len(b)+size), b...)
	}
	b = append(b, "set=1\n"...)
	b = configTable.appendTo(b, c)
	for i := range c.Peers {
		b = appendPeerConfig(b, &c.Peers[i])
	}
	return append(b, '\n')
}

// setSize is at least the length of the request for c.
func setSize(c *wgtypes.Config) int {
	const device = 256 // the first line, all of configTable and the empty line
	size := device
	for i := range c.Peers {
		size += peerConfigSize(&c.Peers[i])
	}
	return size
}

// setParser is a set request as far as it was read.
type setParser struct {
	lines
	row          int // of the key found last
	config       wgtypes.Config
	peer         *wgtypes.PeerConfig // the last one, nil before it
	added, taken arena.Slab[netip.Prefix]
	keys         arena.Keys
}

// ParseSet reads a set request up to its empty line: the inverse of
// [AppendSet]. The first line may be missing, as it is when a request comes
// through IpcSetOperation.
//
// The Config is as the request says and not validated. Unknown keys are errors,
// as they are to every device, unlike in replies. The error wraps [ErrProtocol],
// or is what r returned. What follows the request may be lost: it is read ahead.
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
		setField(s, configTable, key, value)
	default:
		setField(s, peerConfigTable, key, value)
	}
}

func setField[E any](s *setParser, t table[E, setParser], key, value []byte) {
	f := t.find(key, &s.row)
	if f == nil {
		s.fail("", "a key that belongs here")
		return
	}
	if want := f.parse(s, value); want != "" {
		s.fail(f.key, "%s", want)
	}
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
