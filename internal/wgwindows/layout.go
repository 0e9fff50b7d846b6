package wgwindows

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// The requests: CTL_CODE(45208, function, method, FILE_READ_DATA | FILE_WRITE_DATA).
const (
	ioctlGet = 45208<<16 | 3<<14 | 321<<2 | 2 // METHOD_OUT_DIRECT
	ioctlSet = 45208<<16 | 3<<14 | 322<<2 | 1 // METHOD_IN_DIRECT
)

// WG_IOCTL_INTERFACE: offsets and flags. It begins every payload.
const (
	ifFlags      = 0  // u32
	ifListenPort = 4  // u16
	ifPrivateKey = 6  // 32 bytes
	ifPublicKey  = 38 // 32 bytes
	ifPeersCount = 72 // u32
	ifSize       = 80

	ifHasPublicKey  = 1
	ifHasPrivateKey = 2
	ifHasListenPort = 4
	ifReplacePeers  = 8
)

// WG_IOCTL_PEER: offsets and flags. Its allowed IPs follow it.
const (
	peerFlags           = 0   // u32
	peerProtocolVersion = 4   // u32
	peerPublicKey       = 8   // 32 bytes
	peerPresharedKey    = 40  // 32 bytes
	peerKeepalive       = 72  // u16
	peerEndpoint        = 76  // SOCKADDR_INET, 28 bytes
	peerTxBytes         = 104 // u64
	peerRxBytes         = 112 // u64
	peerLastHandshake   = 120 // u64
	peerAllowedIPsCount = 128 // u32
	peerSize            = 136

	peerHasPublicKey       = 1
	peerHasPresharedKey    = 2
	peerHasKeepalive       = 4
	peerHasEndpoint        = 8
	peerHasProtocolVersion = 16
	peerReplaceAllowedIPs  = 32
	peerRemove             = 64
	peerUpdateOnly         = 128
)

// WG_IOCTL_ALLOWED_IP: offsets and flags.
const (
	ipAddress = 0  // 4 or 16 bytes
	ipFamily  = 16 // u16
	ipCidr    = 18 // u8
	ipFlags   = 20 // u32; ignored by drivers before 0.11
	ipSize    = 24

	ipRemove = 1
)

// SOCKADDR_INET: struct sockaddr_in or sockaddr_in6.
const (
	sockFamily = 0  // u16
	sockPort   = 2  // u16, big-endian
	sockAddr4  = 4  // 4 bytes
	sockAddr6  = 8  // 16 bytes
	sockScope  = 24 // u32
	sockSize   = 28

	afInet  = 2
	afInet6 = 23
)

// Windows runs only on little-endian processors.
var host = binary.LittleEndian

// ErrMalformed means that a reply of the driver is invalid.
var ErrMalformed = errors.New("malformed reply of the WireGuard driver")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// keyAt returns the key at the beginning of b.
func keyAt(b []byte) [wgtypes.KeyLen]byte { return [wgtypes.KeyLen]byte(b) }

// putEndpoint stores a valid endpoint, whose zone is empty or a number, in s.
func putEndpoint(s []byte, e netip.AddrPort) {
	binary.BigEndian.PutUint16(s[sockPort:], e.Port())
	if addr := e.Addr(); addr.Is4() {
		a := addr.As4()
		host.PutUint16(s[sockFamily:], afInet)
		copy(s[sockAddr4:], a[:])
	} else {
		a := addr.As16()
		host.PutUint16(s[sockFamily:], afInet6)
		copy(s[sockAddr6:], a[:])
		scope, _ := strconv.ParseUint(addr.Zone(), 10, 32) // 0 for no zone
		host.PutUint32(s[sockScope:], uint32(scope))
	}
}

// endpointAt returns the endpoint in s. The scope becomes a zone that is a number. The
// result is invalid for another address family.
func endpointAt(s []byte) netip.AddrPort {
	var addr netip.Addr
	switch host.Uint16(s[sockFamily:]) {
	case afInet:
		addr = netip.AddrFrom4([4]byte(s[sockAddr4:]))
	case afInet6:
		addr = netip.AddrFrom16([16]byte(s[sockAddr6:])).Unmap()
		if scope := host.Uint32(s[sockScope:]); scope != 0 && addr.Is6() {
			addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
		}
	default:
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(s[sockPort:]))
}
