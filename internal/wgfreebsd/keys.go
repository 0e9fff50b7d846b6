package wgfreebsd

import (
	"errors"
	"fmt"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// ErrMalformed means that the kernel's reply is invalid.
var ErrMalformed = errors.New("malformed reply")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// The names of the pairs of a device.
const (
	deviceListenPort   = "listen-port"   // number
	deviceUserCookie   = "user-cookie"   // number of 32 bits
	devicePublicKey    = "public-key"    // 32 bytes, only read
	devicePrivateKey   = "private-key"   // 32 bytes
	deviceReplacePeers = "replace-peers" // bool, only written
	devicePeers        = "peers"         // array of lists
)

// The names of the pairs of a peer.
const (
	peerPublicKey         = "public-key"                    // 32 bytes
	peerPresharedKey      = "preshared-key"                 // 32 bytes, zeros for none
	peerEndpoint          = "endpoint"                      // struct sockaddr_in or sockaddr_in6
	peerHandshake         = "last-handshake-time"           // u64 seconds and u64 nanoseconds, 0/0 for never
	peerKeepalive         = "persistent-keepalive-interval" // number of seconds
	peerReceiveBytes      = "rx-bytes"                      // number
	peerTransmitBytes     = "tx-bytes"                      // number
	peerAllowedIPs        = "allowed-ips"                   // array of lists
	peerReplaceAllowedIPs = "replace-allowedips"            // bool, only written
	peerRemove            = "remove"                        // bool, only written
)

// The names of the pairs of an allowed IP.
const (
	allowedIPv4  = "ipv4"  // 4 bytes
	allowedIPv6  = "ipv6"  // 16 bytes
	allowedCIDR  = "cidr"  // number of bits
	allowedFlags = "flags" // number, only written, since FreeBSD 14.4 and 15.0

	flagRemove  = 1 // removes the prefix
	flagUnknown = 2 // refused by kernels that know flags
)

const keySize = wgtypes.KeyLen
