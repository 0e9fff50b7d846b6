package wgfreebsd

import (
	"encoding/binary"
	"io"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Decoder decodes the list that describes a device. It ignores pairs with unknown names,
// which other versions of the module may add. It treats a pair with another type or size
// than expected as a missing one. A peer without a public key is malformed, and so is an
// allowed IP that cannot be decoded: if it were omitted, the list would look complete.
type Decoder struct {
	dev   wgtypes.Device
	peers nvlist.Cursor // at the array of peers
	none  bool          // the list has no such array
	list  arena.Slab[netip.Prefix]
	keys  arena.Keys
}

// NewDecoder decodes the device and checks the form of the whole list. The Decoder uses
// b, which must not change. Errors wrap ErrMalformed.
func NewDecoder(b []byte) (*Decoder, error) {
	d := &Decoder{none: true}
	c := nvlist.NewCursor(b)
	for c.Next() {
		switch string(c.Name()) {
		case deviceListenPort:
			d.dev.ListenPort = uint16(number(&c, math.MaxUint16))
		case deviceUserCookie:
			d.dev.FirewallMark = uint32(number(&c, math.MaxUint32))
		case devicePublicKey:
			d.dev.PublicKey = key(&c)
		case devicePrivateKey:
			d.dev.PrivateKey = wgtypes.NewPrivateKey(key(&c))
		case devicePeers:
			if c.Type() == nvlist.ListArray {
				d.peers, d.none = c, false
			}
		}
	}
	if err := c.Err(); err != nil {
		return nil, wginternal.Tag(ErrMalformed, err)
	}
	return d, nil
}

// Device returns the device without its name, kind, index and peers.
func (d *Decoder) Device() wgtypes.Device { return d.dev }

// Next decodes the next peer into p, which must be zero. It returns io.EOF after the
// last peer. Other errors wrap ErrMalformed.
func (d *Decoder) Next(p *wgtypes.Peer) error {
	if d.none || !d.peers.Element() {
		return io.EOF // NewDecoder has checked the list
	}
	c := &d.peers
	p.ProtocolVersion = 1
	found := false
	for c.Next() {
		switch string(c.Name()) {
		case peerPublicKey:
			p.PublicKey, found = key(c), len(c.Binary()) == keySize
		case peerPresharedKey:
			p.PresharedKey = d.keys.PresharedKey(key(c))
		case peerEndpoint:
			p.Endpoint = bsd.Sockaddr(c.Binary(), bsd.Inet6FreeBSD, c.Order())
		case peerHandshake:
			p.LastHandshake = handshake(c.Binary(), c.Order())
		case peerKeepalive:
			p.PersistentKeepalive = time.Duration(number(c, math.MaxUint16)) * time.Second
		case peerReceiveBytes:
			p.ReceiveBytes = number(c, math.MaxUint64)
		case peerTransmitBytes:
			p.TransmitBytes = number(c, math.MaxUint64)
		case peerAllowedIPs:
			if err := d.allowedIPs(); err != nil {
				return err
			}
		}
	}
	if !found {
		return malformed("peer without a public key")
	}
	// The kernel inserts at the head.
	p.AllowedIPs = d.list.Take()
	slices.Reverse(p.AllowedIPs)
	return nil
}

// allowedIPs decodes the array that the cursor has reached.
func (d *Decoder) allowedIPs() error {
	if d.peers.Type() != nvlist.ListArray {
		return malformed("allowed IPs of type %d", d.peers.Type())
	}
	for d.peers.Element() {
		p, err := prefix(&d.peers)
		if err != nil {
			return err
		}
		d.list.Append(p)
	}
	return nil
}

// prefix decodes an element of the array of allowed IPs. The result is masked.
func prefix(c *nvlist.Cursor) (netip.Prefix, error) {
	var addr netip.Addr
	bits := uint64(math.MaxUint8) // more than any address has
	for c.Next() {
		switch string(c.Name()) {
		case allowedIPv4:
			if b := c.Binary(); len(b) == 4 {
				addr = netip.AddrFrom4([4]byte(b))
			}
		case allowedIPv6:
			if b := c.Binary(); len(b) == 16 {
				addr = netip.AddrFrom16([16]byte(b))
			}
		case allowedCIDR:
			if n, ok := c.Number(); ok {
				bits = min(n, math.MaxUint8)
			}
		}
	}
	p, err := addr.Prefix(int(bits))
	if err != nil || !addr.IsValid() {
		return p, malformed("allowed IP with address %v and %d bits", addr, bits)
	}
	return p, nil
}

// number returns the current number, or 0 if it is above limit or the pair is not a
// number.
func number(c *nvlist.Cursor, limit uint64) uint64 {
	n, ok := c.Number()
	if !ok || n > limit {
		return 0
	}
	return n
}

// key returns the current key, or zeros if the pair is not a key.
func key(c *nvlist.Cursor) (k [keySize]byte) {
	if b := c.Binary(); len(b) == keySize {
		k = [keySize]byte(b)
	}
	return k
}

// handshake decodes a time. It returns the zero time, which means never, for seconds and
// nanoseconds that are both 0 or out of range.
func handshake(b []byte, order binary.ByteOrder) time.Time {
	if len(b) != 16 {
		return time.Time{}
	}
	sec, nsec := order.Uint64(b), order.Uint64(b[8:])
	if sec == 0 && nsec == 0 || sec > math.MaxInt64 || nsec >= 1e9 {
		return time.Time{}
	}
	return time.Unix(int64(sec), int64(nsec)).UTC()
}
