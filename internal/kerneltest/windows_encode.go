package kerneltest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// This file has the structs of the driver as raw offsets, so that it finds mistakes in
// the constants of wgwindows.

// windowsReplySize returns the size of the reply to a GET.
func windowsReplySize(d *wgtypes.Device) int {
	n := 80 + 136*len(d.Peers)
	for _, p := range d.Peers {
		n += 24 * len(p.AllowedIPs)
	}
	return n
}

// AppendWindowsReply appends the reply to a GET for d. The bytes that the driver does not
// write are 0xa5.
func AppendWindowsReply(b []byte, d *wgtypes.Device) []byte {
	reply := make([]byte, windowsReplySize(d))
	for i := range reply {
		reply[i] = 0xa5
	}
	putWindowsReply(reply, d)
	return append(b, reply...)
}

// putWindowsReply stores the reply in b. It writes only what the driver writes.
func putWindowsReply(b []byte, d *wgtypes.Device) {
	le := binary.LittleEndian
	var flags uint32
	if d.ListenPort != 0 {
		flags |= 4
		le.PutUint16(b[4:], d.ListenPort)
	}
	if !d.PrivateKey.IsZero() {
		flags |= 1 | 2
		private := d.PrivateKey.Bytes()
		copy(b[6:38], private[:])
		copy(b[38:70], d.PublicKey[:])
	}
	le.PutUint32(b, flags)
	le.PutUint32(b[72:], uint32(len(d.Peers)))
	b = b[80:]
	for i := range d.Peers {
		p := &d.Peers[i]
		putWindowsPeer(b[:136], p)
		b = b[136:]
		for _, prefix := range p.AllowedIPs {
			addr, family := prefix.Addr().AsSlice(), uint16(2)
			if prefix.Addr().Is6() {
				family = 23
			}
			copy(b, addr)
			le.PutUint16(b[16:], family)
			b[18] = byte(prefix.Bits())
			b = b[24:]
		}
	}
}

func putWindowsPeer(b []byte, p *wgtypes.Peer) {
	le := binary.LittleEndian
	flags := uint32(1 | 4)
	le.PutUint32(b[4:], 1) // version
	copy(b[8:40], p.PublicKey[:])
	if !p.PresharedKey.IsZero() {
		flags |= 2
		psk := p.PresharedKey.Bytes()
		copy(b[40:72], psk[:])
	}
	le.PutUint16(b[72:], uint16(p.PersistentKeepalive/time.Second))
	if e := p.Endpoint; e.IsValid() {
		flags |= 8
		clear(b[76:104])
		le.PutUint16(b[76:], 2)
		binary.BigEndian.PutUint16(b[78:], e.Port())
		if e.Addr().Is6() {
			le.PutUint16(b[76:], 23)
			copy(b[84:100], e.Addr().AsSlice())
			scope, _ := strconv.ParseUint(e.Addr().Zone(), 10, 32) // 0 without a zone
			le.PutUint32(b[100:], uint32(scope))
		} else {
			copy(b[80:84], e.Addr().AsSlice())
		}
	}
	le.PutUint32(b, flags)
	le.PutUint64(b[104:], p.TransmitBytes)
	le.PutUint64(b[112:], p.ReceiveBytes)
	le.PutUint64(b[120:], 0)
	if t := p.LastHandshake; !t.IsZero() {
		le.PutUint64(b[120:], uint64(t.Unix()+11644473600)*1e7+uint64(t.Nanosecond())/100)
	}
	le.PutUint32(b[128:], uint32(len(p.AllowedIPs)))
}

// DecodeWindowsSet decodes a SET. It returns an error for every byte without a meaning.
func DecodeWindowsSet(b []byte) (wgtypes.Config, error) {
	c, peers, err := decodeWindowsDevice(b)
	if err != nil {
		return wgtypes.Config{}, err
	}
	for p, err := range peers {
		if err != nil {
			return wgtypes.Config{}, err
		}
		c.Peers = append(c.Peers, p)
	}
	return c, nil
}

// decodeWindowsDevice decodes the interface of a SET, and returns an iterator over its
// peers. With an error the iterator yields the part of the peer that precedes it.
func decodeWindowsDevice(b []byte) (c wgtypes.Config, peers iter.Seq2[wgtypes.PeerConfig, error], err error) {
	le := binary.LittleEndian
	if len(b) < 80 {
		return c, nil, fmt.Errorf("SET of %d bytes", len(b))
	}
	flags := le.Uint32(b)
	if flags&^0xe != 0 {
		return c, nil, fmt.Errorf("interface with flags %#x", flags)
	}
	if flags&2 != 0 {
		c.PrivateKey = new(wgtypes.NewPrivateKey([32]byte(b[6:])))
	} else if !windowsZero(b[6:38]) {
		return c, nil, errors.New("private key without flag")
	}
	if flags&4 != 0 {
		c.ListenPort = new(le.Uint16(b[4:]))
	} else if !windowsZero(b[4:6]) {
		return c, nil, errors.New("listen port without flag")
	}
	c.ReplacePeers = flags&8 != 0
	if !windowsZero(b[38:72]) || !windowsZero(b[76:80]) {
		return c, nil, errors.New("interface with nonzero padding")
	}
	n, rest := le.Uint32(b[72:]), b[80:]
	return c, func(yield func(wgtypes.PeerConfig, error) bool) {
		for range n {
			var p wgtypes.PeerConfig
			var err error
			p, rest, err = decodeWindowsPeer(rest)
			if !yield(p, err) || err != nil {
				return
			}
		}
		if len(rest) > 0 {
			yield(wgtypes.PeerConfig{UpdateOnly: true}, fmt.Errorf("%d bytes after the last peer", len(rest)))
		}
	}, nil
}

// windowsZero reports whether b has only zeros.
func windowsZero(b []byte) bool { return !slices.ContainsFunc(b, func(x byte) bool { return x != 0 }) }

func decodeWindowsPeer(b []byte) (p wgtypes.PeerConfig, rest []byte, err error) {
	le := binary.LittleEndian
	nothing := wgtypes.PeerConfig{UpdateOnly: true}
	if len(b) < 136 {
		return nothing, nil, fmt.Errorf("peer of %d bytes", len(b))
	}
	flags := le.Uint32(b)
	if flags&^uint32(2|4|8|32|64|128) != 1 || !windowsZero(b[4:8]) || !windowsZero(b[74:76]) || !windowsZero(b[104:128]) || !windowsZero(b[132:136]) {
		return nothing, nil, fmt.Errorf("peer with flags %#x or nonzero padding", flags)
	}
	for flag, field := range map[uint32][]byte{2: b[40:72], 4: b[72:74], 8: b[76:104]} {
		if flags&flag == 0 && !windowsZero(field) {
			return nothing, nil, fmt.Errorf("peer with a field without its flag %#x", flag)
		}
	}
	p = wgtypes.PeerConfig{
		PublicKey: [32]byte(b[8:]), ReplaceAllowedIPs: flags&32 != 0, Remove: flags&64 != 0, UpdateOnly: flags&128 != 0,
	}
	if flags&2 != 0 {
		p.PresharedKey = new(wgtypes.NewPresharedKey([32]byte(b[40:])))
	}
	if flags&8 != 0 {
		if p.Endpoint, err = decodeWindowsEndpoint(b[76:104]); err != nil {
			return p, nil, err
		}
	}
	rest = b[136:]
	for range le.Uint32(b[128:]) {
		if rest, err = decodeWindowsAllowedIP(rest, &p); err != nil {
			return p, nil, err
		}
	}
	if flags&4 != 0 {
		p.PersistentKeepalive = new(time.Duration(le.Uint16(b[72:])) * time.Second)
	}
	return p, rest, nil
}

func decodeWindowsEndpoint(b []byte) (netip.AddrPort, error) {
	le := binary.LittleEndian
	port := binary.BigEndian.Uint16(b[2:])
	switch family := le.Uint16(b); {
	case family == 2 && windowsZero(b[8:]):
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:])), port), nil
	case family == 23 && windowsZero(b[4:8]):
		addr := netip.AddrFrom16([16]byte(b[8:]))
		if scope := le.Uint32(b[24:]); scope != 0 {
			addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
		}
		return netip.AddrPortFrom(addr, port), nil
	}
	return netip.AddrPort{}, fmt.Errorf("endpoint %x", b)
}

// decodeWindowsAllowedIP adds the allowed IP at the beginning of b to p. Removals must
// precede the others, so that the order of a Config is that of the list.
func decodeWindowsAllowedIP(b []byte, p *wgtypes.PeerConfig) (rest []byte, err error) {
	le := binary.LittleEndian
	if len(b) < 24 {
		return nil, fmt.Errorf("allowed IP of %d bytes", len(b))
	}
	var addr netip.Addr
	switch family := le.Uint16(b[16:]); {
	case family == 2 && windowsZero(b[4:16]):
		addr = netip.AddrFrom4([4]byte(b))
	case family == 23:
		addr = netip.AddrFrom16([16]byte(b))
	default:
		return nil, fmt.Errorf("allowed IP of family %d: %x", family, b[:24])
	}
	prefix, err := addr.Prefix(int(b[18]))
	if err != nil || b[19] != 0 || prefix.Addr() != addr {
		return nil, fmt.Errorf("allowed IP %v/%d with padding %d, want a masked prefix and 0", addr, b[18], b[19])
	}
	switch flags := le.Uint32(b[20:]); {
	case flags == 0:
		p.AllowedIPs = append(p.AllowedIPs, prefix)
	case flags == 1 && len(p.AllowedIPs) == 0:
		p.RemoveAllowedIPs = append(p.RemoveAllowedIPs, prefix)
	default:
		return nil, fmt.Errorf("allowed IP %v with flags %d after %d others", prefix, flags, len(p.AllowedIPs))
	}
	return b[24:], nil
}
