package kerneltest

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// nvl is a list of FreeBSD's libnv. The values are a bool, a uint64, a []byte or, for an
// array of lists, a []nvl.
type nvl []nvpair

type nvpair struct {
	name  string
	value any
}

// unpack decodes a packed list.
func unpack(b []byte) (nvl, error) {
	c := nvlist.NewCursor(b)
	l := unpackPairs(&c)
	return l, c.Err()
}

func unpackPairs(c *nvlist.Cursor) (l nvl) {
	for c.Next() {
		p := nvpair{name: string(c.Name())}
		switch c.Type() {
		case nvlist.Bool:
			p.value, _ = c.Bool()
		case nvlist.Number:
			p.value, _ = c.Number()
		case nvlist.Binary:
			p.value = slices.Clone(c.Binary())
		case nvlist.ListArray:
			lists := []nvl{}
			for c.Element() {
				lists = append(lists, unpackPairs(c))
			}
			p.value = lists
		}
		l = append(l, p)
	}
	return l
}

// value returns the value of the pair with that name, and false if the list has none
// with that name and type.
func value[T bool | uint64 | []byte | []nvl](l nvl, name string) (v T, ok bool) {
	for _, p := range l {
		if p.name == name {
			v, ok = p.value.(T)
		}
	}
	return v, ok
}

// pack encodes a list.
func (l nvl) pack() []byte {
	end := nvlist.HeaderLen + l.size()
	return l.appendPairs(nvlist.AppendHeader(make([]byte, 0, end), end), end)
}

func (l nvl) size() (n int) {
	for _, p := range l {
		switch v := p.value.(type) {
		case bool:
			n += nvlist.PairLen(p.name, 1)
		case uint64:
			n += nvlist.PairLen(p.name, 8)
		case []byte:
			n += nvlist.PairLen(p.name, len(v))
		case []nvl:
			n += nvlist.PairLen(p.name, 0)
			for _, element := range v {
				n += nvlist.ElementLen + element.size()
			}
		}
	}
	return n
}

func (l nvl) appendPairs(b []byte, end int) []byte {
	for _, p := range l {
		switch v := p.value.(type) {
		case bool:
			b = nvlist.AppendBool(b, p.name, v)
		case uint64:
			b = nvlist.AppendNumber(b, p.name, v)
		case []byte:
			b = nvlist.AppendBinary(b, p.name, v)
		case []nvl:
			b = nvlist.AppendArray(b, p.name, len(v))
			for _, element := range v {
				b = nvlist.AppendEnd(element.appendPairs(nvlist.AppendHeader(b, end), end))
			}
		}
	}
	return b
}

// list returns the list that describes d, as wgc_get makes it. Without a privilege it
// has no secrets.
func (d *freebsdDevice) list(privileged bool) (l nvl) {
	if d.port != 0 {
		l = append(l, nvpair{"listen-port", uint64(d.port)})
	}
	if d.cookie != 0 {
		l = append(l, nvpair{"user-cookie", uint64(d.cookie)})
	}
	if d.private != [32]byte{} {
		l = append(l, nvpair{"public-key", d.public[:]})
		if privileged {
			l = append(l, nvpair{"private-key", d.private[:]})
		}
	}
	var peers []nvl
	for _, p := range d.peers {
		peers = append(peers, p.list(privileged))
	}
	if len(peers) > 0 {
		l = append(l, nvpair{"peers", peers})
	}
	return l
}

func (p *freebsdPeer) list(privileged bool) nvl {
	l := nvl{{"public-key", p.public[:]}}
	if privileged {
		l = append(l, nvpair{"preshared-key", p.preshared[:]})
	}
	if len(p.endpoint) > 0 {
		l = append(l, nvpair{"endpoint", p.endpoint})
	}
	handshake := make([]byte, 16)
	if !p.handshake.IsZero() {
		binary.LittleEndian.PutUint64(handshake, uint64(p.handshake.Unix()))
		binary.LittleEndian.PutUint64(handshake[8:], uint64(p.handshake.Nanosecond()))
	}
	l = append(l, nvpair{"last-handshake-time", handshake},
		nvpair{"persistent-keepalive-interval", uint64(p.keepalive)},
		nvpair{"rx-bytes", p.received}, nvpair{"tx-bytes", p.sent})
	var allowed []nvl
	for _, prefix := range slices.Backward(p.allowed) {
		addr := nvpair{"ipv4", prefix.Addr().AsSlice()}
		if prefix.Addr().Is6() {
			addr.name = "ipv6"
		}
		allowed = append(allowed, nvl{addr, {"cidr", uint64(prefix.Bits())}})
	}
	if len(allowed) > 0 {
		l = append(l, nvpair{"allowed-ips", allowed})
	}
	return l
}

// FreeBSDReply returns the list that describes a device. Zones of endpoints must be
// numbers.
func FreeBSDReply(d *wgtypes.Device, privileged bool) []byte {
	fake := &freebsdDevice{port: d.ListenPort, cookie: d.FirewallMark, private: d.PrivateKey.Bytes(), public: d.PublicKey}
	for _, p := range d.Peers {
		fake.peers = append(fake.peers, &freebsdPeer{
			public: p.PublicKey, preshared: p.PresharedKey.Bytes(), endpoint: freebsdSockaddr(p.Endpoint),
			keepalive: uint16(p.PersistentKeepalive / time.Second), handshake: p.LastHandshake,
			received: p.ReceiveBytes, sent: p.TransmitBytes, allowed: p.AllowedIPs,
		})
	}
	return fake.list(privileged).pack()
}

// freebsdSockaddr returns a struct sockaddr_in or sockaddr_in6, or nil if e is not valid.
func freebsdSockaddr(e netip.AddrPort) []byte {
	if !e.IsValid() {
		return nil
	}
	port := binary.BigEndian.AppendUint16(nil, e.Port())
	if e.Addr().Is4() {
		return slices.Concat([]byte{16, 2}, port, e.Addr().AsSlice(), make([]byte, 8))
	}
	scope, _ := strconv.ParseUint(e.Addr().Zone(), 10, 32)
	b := slices.Concat([]byte{28, 28}, port, make([]byte, 4), e.Addr().AsSlice())
	return binary.LittleEndian.AppendUint32(b, uint32(scope))
}
