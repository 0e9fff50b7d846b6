package wgwindows

import (
	"io"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Decoder decodes the reply to a GET into a device and its peers.
type Decoder struct {
	dev   wgtypes.Device
	b     []byte // the peers that are not decoded yet
	peers uint32 // their number
	err   error
	list  arena.Slab[netip.Prefix]
	keys  arena.Keys
}

// NewDecoder returns a Decoder of b, which the caller must not modify before the last
// call of Next. The error wraps ErrMalformed.
func NewDecoder(b []byte) (*Decoder, error) {
	if len(b) < ifSize {
		return nil, malformed("%d bytes, want at least %d", len(b), ifSize)
	}
	d := &Decoder{b: b[ifSize:], peers: host.Uint32(b[ifPeersCount:])}
	if most := len(d.b) / peerSize; uint64(d.peers) > uint64(most) {
		return nil, malformed("%d peers in %d bytes", d.peers, len(d.b))
	}
	d.list.Expect((len(d.b) - int(d.peers)*peerSize) / ipSize)
	// The driver does not write fields without their flag.
	flags := host.Uint32(b[ifFlags:])
	if flags&ifHasListenPort != 0 {
		d.dev.ListenPort = host.Uint16(b[ifListenPort:])
	}
	if flags&ifHasPrivateKey != 0 {
		d.dev.PrivateKey = wgtypes.NewPrivateKey(keyAt(b[ifPrivateKey:]))
	}
	if flags&ifHasPublicKey != 0 {
		d.dev.PublicKey = keyAt(b[ifPublicKey:])
	}
	return d, nil
}

// Device returns the device without its peers.
func (d *Decoder) Device() wgtypes.Device { return d.dev }

// Next decodes the next peer into p, which must be zero. It returns io.EOF after the
// last peer, or an error that wraps ErrMalformed.
func (d *Decoder) Next(p *wgtypes.Peer) error {
	if d.err == nil {
		d.err = d.next(p)
	}
	return d.err
}

func (d *Decoder) next(p *wgtypes.Peer) error {
	if d.peers == 0 {
		if len(d.b) > 0 {
			return malformed("%d bytes after the last peer", len(d.b))
		}
		return io.EOF
	}
	if len(d.b) < peerSize {
		return malformed("peer in %d bytes, want at least %d", len(d.b), peerSize)
	}
	b := d.b[:peerSize]
	d.b = d.b[peerSize:]
	d.peers--
	if host.Uint32(b[peerFlags:])&peerHasPublicKey == 0 {
		return malformed("peer without a public key")
	}
	d.peer(b, p)
	n := host.Uint32(b[peerAllowedIPsCount:])
	if most := len(d.b) / ipSize; uint64(n) > uint64(most) {
		return malformed("%d allowed IPs in %d bytes", n, len(d.b))
	}
	end := int(n) * ipSize
	ips := d.b[:end]
	d.b = d.b[end:]
	if err := d.allowedIPs(ips); err != nil {
		return err
	}
	p.AllowedIPs = d.list.Take()
	return nil
}

// peer decodes a peer without its allowed IPs.
func (d *Decoder) peer(b []byte, p *wgtypes.Peer) {
	flags := host.Uint32(b[peerFlags:])
	p.PublicKey = keyAt(b[peerPublicKey:])
	if flags&peerHasPresharedKey != 0 {
		p.PresharedKey = d.keys.PresharedKey(keyAt(b[peerPresharedKey:]))
	}
	if flags&peerHasKeepalive != 0 {
		p.PersistentKeepalive = time.Duration(host.Uint16(b[peerKeepalive:])) * time.Second
	}
	if flags&peerHasEndpoint != 0 {
		p.Endpoint = endpointAt(b[peerEndpoint : peerEndpoint+sockSize])
	}
	p.TransmitBytes = host.Uint64(b[peerTxBytes:])
	p.ReceiveBytes = host.Uint64(b[peerRxBytes:])
	p.LastHandshake = filetime(host.Uint64(b[peerLastHandshake:]))
	// The drivers have only version 1 and never set the flag.
	p.ProtocolVersion = 1
	if flags&peerHasProtocolVersion != 0 {
		p.ProtocolVersion = int(host.Uint32(b[peerProtocolVersion:]))
	}
}

// filetime returns the time that is v * 100 ns after 1601-01-01 UTC. 0 means never,
// which is the zero time.
func filetime(v uint64) time.Time {
	const perSecond, unix = 1e7, 11644473600 // unix is the year 1970 in seconds
	if v == 0 {
		return time.Time{}
	}
	return time.Unix(int64(v/perSecond)-unix, int64(v%perSecond)*100).UTC()
}

// allowedIPs appends the allowed IPs in b to the list.
func (d *Decoder) allowedIPs(b []byte) error {
	for ; len(b) >= ipSize; b = b[ipSize:] {
		var addr netip.Addr
		switch family := host.Uint16(b[ipFamily:]); family {
		case afInet:
			addr = netip.AddrFrom4([4]byte(b[ipAddress:]))
		case afInet6:
			addr = netip.AddrFrom16([16]byte(b[ipAddress:]))
		default:
			return malformed("allowed IP of family %d, want %d or %d", family, afInet, afInet6)
		}
		prefix := netip.PrefixFrom(addr, int(b[ipCidr]))
		if !prefix.IsValid() {
			return malformed("allowed IP %v/%d", addr, b[ipCidr])
		}
		if !arena.IsMasked(prefix) {
			prefix = prefix.Masked()
		}
		d.list.Append(prefix)
	}
	return nil
}
