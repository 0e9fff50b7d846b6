package nltest

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/mdlayher/netlink"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Flags of requests (linux/wireguard.h).
const (
	devReplacePeers = 1 // WGDEVICE_F_REPLACE_PEERS

	peerRemoveMe          = 1 // WGPEER_F_REMOVE_ME
	peerReplaceAllowedIPs = 2
	peerUpdateOnly        = 4

	allowedRemoveMe = 1 // WGALLOWEDIP_F_REMOVE_ME
)

// Request is a decoded request to the family: the device that it selects, by
// index or by name, and, for a set, the change.
type Request struct {
	Set    bool
	Index  uint32
	Name   string
	Config wgtypes.Config
}

// DecodeRequest decodes the payload of a request to the family, as the kernel
// would.
func DecodeRequest(payload []byte) (r Request, err error) { return DecodeAmneziaRequest(payload, 0) }

// DecodeAmneziaRequest decodes the payload of a request to the family of a version of
// AmneziaWG.
func DecodeAmneziaRequest(payload []byte, version wgtypes.AmneziaVersion) (r Request, err error) {
	if len(payload) < 4 {
		return r, malformed("request of %d bytes", len(payload))
	}
	switch payload[0] {
	case commandGet:
	case commandSet:
		r.Set = true
	default:
		return r, malformed("command %d", payload[0])
	}
	return r, decode(payload[4:], func(a *netlink.AttributeDecoder) error { return r.field(a, version) })
}

func (r *Request) field(a *netlink.AttributeDecoder, version wgtypes.AmneziaVersion) error {
	c := &r.Config
	switch a.Type() {
	case devIndex:
		r.Index = a.Uint32()
	case devName:
		r.Name = a.String()
	case devPrivateKey:
		k, err := key(a)
		c.PrivateKey = new(wgtypes.NewPrivateKey(k))
		return err
	case devFlags:
		c.ReplacePeers = a.Uint32()&devReplacePeers != 0
	case devListenPort:
		c.ListenPort = new(a.Uint16())
	case devMark:
		c.FirewallMark = new(a.Uint32())
	case devPeers:
		c.Peers = nil // the kernel uses only the last list
		return decode(a.Bytes(), func(a *netlink.AttributeDecoder) error {
			p, err := decodePeer(a.Bytes(), version)
			c.Peers = append(c.Peers, p)
			return err
		})
	default:
		if c.Amnezia == nil {
			c.Amnezia = new(wgtypes.AmneziaConfig)
		}
		return decodeAmnezia(c.Amnezia, a, version)
	}
	return nil
}

func key(a *netlink.AttributeDecoder) (k [wgtypes.KeyLen]byte, err error) {
	b := a.Bytes()
	if len(b) != len(k) {
		return k, malformed("key of %d bytes", len(b))
	}
	return [wgtypes.KeyLen]byte(b), nil
}

func decodePeer(b []byte, version wgtypes.AmneziaVersion) (p wgtypes.PeerConfig, err error) {
	hasKey := false
	err = decode(b, func(a *netlink.AttributeDecoder) (err error) {
		switch a.Type() {
		case peerPublicKey:
			p.PublicKey, err = key(a)
			hasKey = true
		case peerPresharedKey:
			var k [wgtypes.KeyLen]byte
			k, err = key(a)
			p.PresharedKey = new(wgtypes.NewPresharedKey(k))
		case peerFlags:
			flags := a.Uint32()
			p.Remove = flags&peerRemoveMe != 0
			p.ReplaceAllowedIPs = flags&peerReplaceAllowedIPs != 0
			p.UpdateOnly = flags&peerUpdateOnly != 0
		case peerEndpoint:
			p.Endpoint, err = addrPort(a.Bytes())
		case peerKeepalive:
			decodeKeepalive(a, &p, version)
		case peerAllowedIPs:
			err = decode(a.Bytes(), func(a *netlink.AttributeDecoder) error { return decodeAllowedIP(a.Bytes(), &p) })
		}
		return err
	})
	if err == nil && !hasKey {
		err = malformed("peer without a public key")
	}
	return p, err
}

// addrPort decodes struct sockaddr_in or sockaddr_in6.
func addrPort(b []byte) (netip.AddrPort, error) {
	switch {
	case len(b) == 16 && host.Uint16(b) == afInet:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:])), binary.BigEndian.Uint16(b[2:])), nil
	case len(b) == 28 && host.Uint16(b) == afInet6:
		addr := netip.AddrFrom16([16]byte(b[8:]))
		if scope := host.Uint32(b[24:]); scope != 0 {
			addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
		}
		return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(b[2:])), nil
	}
	return netip.AddrPort{}, malformed("endpoint of %d bytes", len(b))
}

func decodeAllowedIP(b []byte, p *wgtypes.PeerConfig) error {
	var family uint16
	var addr netip.Addr
	var flags uint32
	bits := -1
	err := decode(b, func(a *netlink.AttributeDecoder) error {
		switch a.Type() {
		case allowedFamily:
			family = a.Uint16()
		case allowedAddr:
			addr, _ = netip.AddrFromSlice(a.Bytes())
		case allowedMask:
			bits = int(a.Uint8())
		case allowedFlags:
			flags = a.Uint32()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !(addr.Is4() && family == afInet || addr.Is6() && family == afInet6) {
		return malformed("allowed IP of family %d with address %v", family, addr)
	}
	prefix, err := addr.Prefix(bits)
	switch {
	case err != nil:
		return malformed("allowed IP with mask %d", bits)
	case flags&allowedRemoveMe != 0:
		p.RemoveAllowedIPs = append(p.RemoveAllowedIPs, prefix)
	default:
		p.AllowedIPs = append(p.AllowedIPs, prefix)
	}
	return nil
}

// LinkRequest is a decoded request about links.
type LinkRequest struct {
	Type   uint16
	Dump   bool
	Create bool
	Link   nlwire.Link // Kind is the filter of a dump
	Change nlwire.LinkChange
}

// DecodeLinkRequest decodes a request about links, as the kernel would.
func DecodeLinkRequest(h nlwire.Header, payload []byte) (r LinkRequest, err error) {
	if h.Type < NewLink || h.Type > GetLink {
		return r, malformed("message type %d is not about a link", h.Type)
	}
	if len(payload) < ifinfoSize {
		return r, malformed("link request of %d bytes", len(payload))
	}
	r.Type = h.Type
	r.Dump = h.Flags&nlwire.FlagDump == nlwire.FlagDump
	r.Create = h.Flags&nlwire.FlagCreate != 0
	r.Link.Index = host.Uint32(payload[4:])
	r.Link.Up = host.Uint32(payload[8:])&flagUp != 0
	if host.Uint32(payload[12:])&flagUp != 0 {
		r.Change.Up = new(r.Link.Up)
	}
	return r, decode(payload[ifinfoSize:], r.field)
}

func (r *LinkRequest) field(a *netlink.AttributeDecoder) error {
	switch a.Type() {
	case linkName:
		r.Link.Name = a.String()
	case linkMTU:
		r.Link.MTU = a.Uint32()
		r.Change.MTU = new(r.Link.MTU)
	case linkNetNSFD:
		r.Change.NetNS = int(a.Uint32())
	case linkInfo:
		return decode(a.Bytes(), func(a *netlink.AttributeDecoder) error {
			if a.Type() == infoKind {
				r.Link.Kind = a.String()
			}
			return nil
		})
	}
	return nil
}
