package kerneltest

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// get stores the state of d in data, if it fits, and returns its size.
func (k *OpenBSD) get(d *openBSDDevice, data []byte) (size uint64) {
	shown := *d
	if k.unprivileged {
		shown.PrivateKey = wgtypes.PrivateKey{}
		if k.config.OS == wgopenbsd.OpenBSD {
			shown.PublicKey, shown.peers = wgtypes.PublicKey{}, nil
		}
	}
	reply := k.structs.appendReply(nil, &shown, !k.unprivileged)
	if len(reply) <= len(data) {
		copy(data, reply)
	}
	return uint64(len(reply))
}

// AppendReply appends a reply to SIOCGWG about a device in the state d, as root gets it.
func (k *OpenBSD) AppendReply(b []byte, d *wgtypes.Device) []byte {
	state := newOpenBSDDevice()
	state.load(d)
	return k.structs.appendReply(b, state, true)
}

// appendReply appends a reply. Without secrets it has no preshared keys.
func (s *openBSDStructs) appendReply(b []byte, d *openBSDDevice, secrets bool) []byte {
	iface := make([]byte, s.iface.size)
	var flags uint32
	if !d.PublicKey.IsZero() {
		flags |= openBSDHasPublic
		copy(iface[s.iface.public:], d.PublicKey[:])
	}
	if !d.PrivateKey.IsZero() {
		flags |= openBSDHasPrivate
		k := d.PrivateKey.Bytes()
		copy(iface[s.iface.private:], k[:])
	}
	if d.ListenPort != 0 {
		flags |= openBSDHasPort
		binary.NativeEndian.PutUint16(iface[s.iface.port:], d.ListenPort)
	}
	if d.FirewallMark != 0 {
		flags |= openBSDHasMark
		binary.NativeEndian.PutUint32(iface[s.iface.mark:], d.FirewallMark)
	}
	if s.iface.flagsSize == 1 {
		iface[0] = byte(flags)
	} else {
		binary.NativeEndian.PutUint32(iface, flags)
	}
	s.putWord(iface[s.iface.count:], uint64(len(d.peers)))
	b = append(b, iface...)
	for i, p := range d.peers {
		b = s.appendPeer(b, p, uint64(i), secrets)
	}
	return b
}

func (s *openBSDStructs) appendPeer(b []byte, p *openBSDKernelPeer, id uint64, secrets bool) []byte {
	peer := make([]byte, s.peer.size)
	flags := uint32(openBSDPeerHasPublic)
	copy(peer[s.peer.public:], p.PublicKey[:])
	if !p.PresharedKey.IsZero() && secrets {
		flags |= openBSDPeerHasPSK
		k := p.PresharedKey.Bytes()
		copy(peer[s.peer.psk:], k[:])
	}
	if p.PersistentKeepalive != 0 {
		flags |= openBSDPeerHasKeepalive
		binary.NativeEndian.PutUint16(peer[s.peer.keepalive:], uint16(p.PersistentKeepalive/time.Second))
	}
	if p.Endpoint.IsValid() {
		flags |= openBSDPeerHasEndpoint
		copy(peer[s.peer.endpoint:], s.sockaddr(p.Endpoint))
	}
	binary.NativeEndian.PutUint32(peer, flags)
	binary.NativeEndian.PutUint64(peer[s.peer.tx:], p.TransmitBytes)
	binary.NativeEndian.PutUint64(peer[s.peer.rx:], p.ReceiveBytes)
	if !p.LastHandshake.IsZero() {
		binary.NativeEndian.PutUint64(peer[s.peer.sec:], uint64(p.LastHandshake.Unix()))
		s.putWord(peer[s.peer.nsec:], uint64(p.LastHandshake.Nanosecond()))
	}
	if s.peer.version >= 0 {
		binary.NativeEndian.PutUint32(peer[s.peer.version:], 1)
	}
	if s.peer.id >= 0 {
		binary.NativeEndian.PutUint64(peer[s.peer.id:], id)
	}
	if s.peer.description >= 0 {
		copy(peer[s.peer.description:][:63], p.description)
	}
	s.putWord(peer[s.peer.count:], uint64(len(p.AllowedIPs)))
	b = append(b, peer...)
	// The kernel adds to the front of its list.
	for _, prefix := range slices.Backward(p.AllowedIPs) {
		b = append(b, s.allowedIP(prefix)...)
	}
	return b
}

// sockaddr returns a struct sockaddr_in or sockaddr_in6.
func (s *openBSDStructs) sockaddr(e netip.AddrPort) []byte {
	port := []byte{byte(e.Port() >> 8), byte(e.Port())}
	if e.Addr().Is4() {
		b := append([]byte{16, 2}, port...)
		return append(append(b, e.Addr().AsSlice()...), make([]byte, 8)...)
	}
	b := append([]byte{28, s.inet6}, port...)
	b = append(b, 0, 0, 0, 0) // the flow
	b = append(b, e.Addr().WithZone("").AsSlice()...)
	scope, err := strconv.ParseUint(e.Addr().Zone(), 10, 32)
	if err != nil {
		scope = 0
	}
	return binary.NativeEndian.AppendUint32(b, uint32(scope))
}

// allowedIP returns a struct wg_aip_io.
func (s *openBSDStructs) allowedIP(p netip.Prefix) []byte {
	b := make([]byte, openBSDAllowedSize)
	b[0] = s.inet6
	if p.Addr().Is4() {
		b[0] = 2
	}
	binary.NativeEndian.PutUint32(b[openBSDAllowedBits:], uint32(p.Bits()))
	copy(b[openBSDAllowedAddr:], p.Addr().AsSlice())
	return b
}
