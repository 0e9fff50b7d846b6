package kerneltest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// ParseSet decodes the data of SIOCSWG. A kernel relies on the caller; ParseSet does not:
// it returns an error unless the counts agree with the size of the data, all flags and
// values are known and valid, and everything that no flag announces is zero.
func (k *OpenBSD) ParseSet(data []byte) (c wgtypes.Config, err error) {
	s := k.structs
	r := &openBSDReader{structs: s, rest: slices.Clone(data)}
	iface := r.next(s.iface.size)
	if r.err != nil {
		return c, r.err
	}
	var flags uint32
	if s.iface.flagsSize == 4 {
		flags = iface.u32(0)
	} else {
		flags = uint32(iface.take(0, 1)[0])
	}
	if flags&openBSDHasPrivate != 0 {
		c.PrivateKey = new(wgtypes.NewPrivateKey(iface.key(s.iface.private)))
	}
	if flags&openBSDHasPort != 0 {
		c.ListenPort = new(iface.u16(s.iface.port))
	}
	if flags&openBSDHasMark != 0 {
		c.FirewallMark = new(iface.u32(s.iface.mark))
	}
	c.ReplacePeers = flags&openBSDReplacePeers != 0
	count := iface.word(s, s.iface.count)
	const known = openBSDHasPrivate | openBSDHasPort | openBSDHasMark | openBSDReplacePeers
	if flags&^known != 0 {
		return c, fmt.Errorf("interface has flags %#x, want some of %#x", flags, known)
	}
	if err := iface.end(); err != nil {
		return c, fmt.Errorf("interface: %w", err)
	}
	for i := uint64(0); i < count && r.err == nil; i++ {
		c.Peers = append(c.Peers, r.peer())
	}
	if r.err == nil && len(r.rest) > 0 {
		r.err = fmt.Errorf("%d bytes after %d peers, want 0", len(r.rest), count)
	}
	return c, r.err
}

// openBSDReader reads the structures in data, which it changes.
type openBSDReader struct {
	structs *openBSDStructs
	rest    []byte
	err     error
}

// fail records an error, unless there is one.
func (r *openBSDReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// next returns the next structure.
func (r *openBSDReader) next(size int) openBSDRecord {
	if size > len(r.rest) {
		r.fail(fmt.Errorf("data end %d bytes before the end of a structure", size-len(r.rest)))
		return make(openBSDRecord, size)
	}
	record := r.rest[:size]
	r.rest = r.rest[size:]
	return record
}

// peer reads a peer and its allowed IPs.
func (r *openBSDReader) peer() (c wgtypes.PeerConfig) {
	s := r.structs
	b := r.next(s.peer.size)
	flags := b.u32(0)
	c.PublicKey = b.key(s.peer.public)
	c.Remove = flags&openBSDPeerRemove != 0
	c.UpdateOnly = flags&openBSDPeerUpdate != 0
	c.ReplaceAllowedIPs = flags&openBSDPeerReplaceAllowed != 0
	if flags&openBSDPeerHasPSK != 0 {
		c.PresharedKey = new(wgtypes.NewPresharedKey(b.key(s.peer.psk)))
	}
	if flags&openBSDPeerHasKeepalive != 0 {
		c.PersistentKeepalive = new(time.Duration(b.u16(s.peer.keepalive)) * time.Second)
	}
	if flags&openBSDPeerHasEndpoint != 0 {
		var err error
		if c.Endpoint, err = b.endpoint(s); err != nil {
			r.fail(err)
		}
	}
	count := b.word(s, s.peer.count)
	if flags&openBSDPeerHasPublic == 0 || flags&openBSDPeerSetDescription != 0 || flags&^s.peerFlags != 0 {
		r.fail(fmt.Errorf("peer has flags %#x, want HAS_PUBLIC, not SET_DESCRIPTION, and others of %#x", flags, s.peerFlags))
	}
	if err := b.end(); err != nil {
		r.fail(fmt.Errorf("peer: %w", err))
	}
	for i := uint64(0); i < count && r.err == nil; i++ {
		prefix, err := r.next(openBSDAllowedSize).allowedIP(s)
		if err != nil {
			r.fail(err)
		}
		c.AllowedIPs = append(c.AllowedIPs, prefix)
	}
	return c
}

// openBSDRecord is a structure. Reading a field sets its bytes to zero.
type openBSDRecord []byte

func (b openBSDRecord) take(at, size int) []byte {
	field := slices.Clone(b[at : at+size])
	clear(b[at : at+size])
	return field
}

func (b openBSDRecord) u16(at int) uint16 { return binary.NativeEndian.Uint16(b.take(at, 2)) }

func (b openBSDRecord) u32(at int) uint32 { return binary.NativeEndian.Uint32(b.take(at, 4)) }

func (b openBSDRecord) word(s *openBSDStructs, at int) uint64 { return s.getWord(b.take(at, s.word)) }

func (b openBSDRecord) key(at int) [32]byte { return [32]byte(b.take(at, 32)) }

// end returns an error unless all fields that were not read are zero.
func (b openBSDRecord) end() error {
	for i, v := range b {
		if v != 0 {
			return fmt.Errorf("byte %d is %d, want 0", i, v)
		}
	}
	return nil
}

// endpoint reads the endpoint of a peer.
func (b openBSDRecord) endpoint(s *openBSDStructs) (netip.AddrPort, error) {
	at := s.peer.endpoint
	header := b.take(at, 4)
	port := uint16(header[2])<<8 | uint16(header[3])
	switch [2]byte(header) {
	case [2]byte{16, 2}:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b.take(at+4, 4))), port), nil
	case [2]byte{28, s.inet6}:
		addr := netip.AddrFrom16([16]byte(b.take(at+8, 16)))
		if scope := b.u32(at + 24); scope != 0 {
			addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
		}
		if addr.Is4In6() {
			return netip.AddrPort{}, errors.New("endpoint is an IPv4-mapped address, want IPv4")
		}
		return netip.AddrPortFrom(addr, port), nil
	}
	return netip.AddrPort{}, fmt.Errorf("endpoint of length %d and family %d, want 16 and 2, or 28 and %d", header[0], header[1], s.inet6)
}

// allowedIP reads an allowed IP.
func (b openBSDRecord) allowedIP(s *openBSDStructs) (p netip.Prefix, err error) {
	family := b.take(0, 1)[0]
	bits := int(int32(b.u32(openBSDAllowedBits)))
	var addr netip.Addr
	switch family {
	case 2:
		addr = netip.AddrFrom4([4]byte(b.take(openBSDAllowedAddr, 4)))
	case s.inet6:
		addr = netip.AddrFrom16([16]byte(b.take(openBSDAllowedAddr, 16)))
	default:
		return p, fmt.Errorf("allowed IP of family %d, want 2 or %d", family, s.inet6)
	}
	if p, err = addr.Prefix(bits); err != nil || p.Addr() != addr {
		return p, fmt.Errorf("allowed IP %v/%d, want a prefix without host bits", addr, bits)
	}
	return p, b.end()
}
