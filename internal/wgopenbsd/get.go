package wgopenbsd

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Decoder decodes a reply to SIOCGWG. The decoded values do not alias the reply.
type Decoder struct {
	layout *Layout
	reply  []byte
	at     int // offset of the next peer
	left   int // peers that Next has not returned
	err    error
	list   arena.Slab[netip.Prefix]
	keys   arena.Keys
}

// NewDecoder returns a Decoder of a reply that has the first of layouts that fits: its
// interface, peers and allowed IPs end exactly where the reply ends. The error wraps
// ErrMalformed if none fits.
func NewDecoder(reply []byte, layouts ...*Layout) (*Decoder, error) {
	names := make([]string, len(layouts))
	for i, l := range layouts {
		if peers, prefixes, ok := l.measure(reply); ok {
			d := &Decoder{layout: l, reply: reply, at: l.ifaceSize, left: peers}
			d.list.Expect(prefixes)
			return d, nil
		}
		names[i] = l.name
	}
	return nil, malformed("%d bytes do not have the layout of %s", len(reply), strings.Join(names, ", nor of "))
}

// measure counts the peers and allowed IPs of a reply. ok is false if the reply does not
// have this layout.
func (l *Layout) measure(reply []byte) (peers, prefixes int, ok bool) {
	if len(reply) < l.ifaceSize {
		return 0, 0, false
	}
	count := getWord(reply[l.ifaceCount:], l.word)
	rest := reply[l.ifaceSize:]
	for range count {
		if len(rest) < l.peerSize || host.Uint32(rest)&peerHasPublic == 0 {
			return 0, 0, false
		}
		n := getWord(rest[l.peerCount:], l.word)
		rest = rest[l.peerSize:]
		if n > uint64(len(rest)/allowedSize) {
			return 0, 0, false
		}
		rest = rest[int(n)*allowedSize:]
		prefixes += int(n)
	}
	return int(count), prefixes, len(rest) == 0
}

// Layout returns the layout of the reply.
func (d *Decoder) Layout() *Layout { return d.layout }

// Device returns the device without its peers. Its Name, Index and Kind are not in the
// reply.
func (d *Decoder) Device() (dev wgtypes.Device) {
	l, b := d.layout, d.reply
	flags := l.flags(b)
	if flags&ifaceHasPrivate != 0 {
		dev.PrivateKey = wgtypes.NewPrivateKey(key(b[l.ifacePrivate:]))
	}
	if flags&ifaceHasPublic != 0 {
		dev.PublicKey = key(b[l.ifacePublic:])
	}
	if flags&ifaceHasPort != 0 {
		dev.ListenPort = host.Uint16(b[l.ifacePort:])
	}
	if flags&ifaceHasMark != 0 {
		dev.FirewallMark = host.Uint32(b[l.ifaceMark:])
	}
	return dev
}

// flags returns the flags of an interface.
func (l *Layout) flags(b []byte) uint32 {
	if l.ifaceFlags == 1 {
		return uint32(b[0])
	}
	return host.Uint32(b)
}

func key(b []byte) [wgtypes.KeyLen]byte { return [wgtypes.KeyLen]byte(b) }

// Next decodes the next peer into p, which must be zero. It returns io.EOF after the
// last peer. Other errors wrap ErrMalformed; p is then undefined.
//
// The kernel lists the allowed IPs of a peer from the newest to the oldest. Next reverses
// them, so that they have the order in which they were added.
func (d *Decoder) Next(p *wgtypes.Peer) error {
	if d.err == nil && d.left == 0 {
		d.err = io.EOF
	}
	if d.err != nil {
		return d.err
	}
	l, b := d.layout, d.reply[d.at:]
	if d.err = d.peer(p, b); d.err != nil {
		return d.err
	}
	n := int(getWord(b[l.peerCount:], l.word))
	records := b[l.peerSize:][:n*allowedSize]
	for at := len(records) - allowedSize; at >= 0; at -= allowedSize {
		prefix, err := l.allowedIP(records[at:][:allowedSize])
		if err != nil {
			d.err = fmt.Errorf("peer %s: %w", p.PublicKey, err)
			return d.err
		}
		d.list.Append(prefix)
	}
	p.AllowedIPs = d.list.Take()
	d.at += l.peerSize + len(records)
	d.left--
	return nil
}

// peer decodes a peer without its allowed IPs.
func (d *Decoder) peer(p *wgtypes.Peer, b []byte) (err error) {
	l := d.layout
	flags := host.Uint32(b)
	p.PublicKey = key(b[l.peerPublic:])
	p.ProtocolVersion = 1
	if l.peerVersion >= 0 {
		p.ProtocolVersion = int(host.Uint32(b[l.peerVersion:]))
	}
	if flags&peerHasPSK != 0 {
		p.PresharedKey = d.keys.PresharedKey(key(b[l.peerPSK:]))
	}
	if flags&peerHasKeepalive != 0 {
		p.PersistentKeepalive = time.Duration(host.Uint16(b[l.peerKeepalive:])) * time.Second
	}
	if flags&peerHasEndpoint != 0 {
		if p.Endpoint, err = l.endpoint(b[l.peerEndpoint:][:bsd.SockaddrIn6]); err != nil {
			return fmt.Errorf("peer %s: %w", p.PublicKey, err)
		}
	}
	p.TransmitBytes = host.Uint64(b[l.peerTx:])
	p.ReceiveBytes = host.Uint64(b[l.peerRx:])
	p.LastHandshake = l.timespec(b[l.peerHandshake:])
	return nil
}

// timespec decodes seconds and nanoseconds. It returns the zero time, which means never,
// if both are 0 or the nanoseconds are invalid.
func (l *Layout) timespec(b []byte) time.Time {
	sec, nsec := int64(host.Uint64(b)), getWord(b[8:], l.word)
	if sec == 0 && nsec == 0 || nsec >= 1e9 {
		return time.Time{}
	}
	return time.Unix(sec, int64(nsec)).UTC()
}
