package wgtypes

import (
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"time"
)

// maxKeepalive is the largest number of seconds that the protocols can express.
const maxKeepalive = 65535 * time.Second

// missingKey is the reason for a PeerConfig with the zero key.
const missingKey = "missing or zero"

// FieldError reports an invalid field of a Config or of another request. Its
// text holds no secret. errors.Is(err, fs.ErrInvalid) is true for it.
type FieldError struct {
	// Index is the index of the peer in Config.Peers. It is -1 for a field of the
	// device, a name or an option.
	Index int
	// Peer is the public key of the peer. It is zero for a field of the device
	// and for a peer without a key.
	Peer PublicKey
	// Field is the name of the Go field, with an index if it is a list, as in
	// "AllowedIPs[2]", or "name" for the name of a device. In an error of JSON it is the
	// name in JSON (see type Field), except for a missing PublicKey.
	Field string
	// Reason says what is wrong and what was expected.
	Reason string
}

// Error returns the peer, if the field is one of a peer, the field and the reason.
func (e *FieldError) Error() string {
	switch {
	case e.Index < 0:
		return fmt.Sprintf("%s: %s", e.Field, e.Reason)
	case e.Peer.IsZero():
		return fmt.Sprintf("peer %d: %s: %s", e.Index, e.Field, e.Reason)
	}
	return fmt.Sprintf("peer %d (%s): %s: %s", e.Index, e.Peer, e.Field, e.Reason)
}

// Is reports whether target is fs.ErrInvalid.
func (e *FieldError) Is(target error) bool { return target == fs.ErrInvalid }

// Validate returns a [*FieldError] for the first invalid field of c, and nil if
// there is none. A Client calls it before it sends anything.
//
// A peer must have a public key that is not zero, unless Remove is set. Validate
// checks this last: if Field is "PublicKey", everything else is valid. The
// comments of the other fields say which values are invalid. As with wg(8), these
// are valid: all other public keys, the same peer twice, endpoints with port 0 or
// an unspecified address, prefixes with host bits, and any values of the fields
// that Remove ignores.
func (c Config) Validate() error {
	if c.Amnezia != nil {
		if err := c.Amnezia.validate(); err != nil {
			return err
		}
	}
	withoutKey := -1
	for i := range c.Peers {
		p := &c.Peers[i]
		if field, reason := p.invalid(); reason != "" {
			return &FieldError{Index: i, Peer: p.PublicKey, Field: field, Reason: reason}
		}
		if withoutKey < 0 && !p.Remove && isZeroKey((*[KeyLen]byte)(&p.PublicKey)) {
			withoutKey = i
		}
	}
	if withoutKey >= 0 {
		return &FieldError{Index: withoutKey, Field: "PublicKey", Reason: missingKey}
	}
	return nil
}

// invalid returns the first invalid field of p except for the public key, and the
// reason. The reason is "" if p is valid.
func (p *PeerConfig) invalid() (field, reason string) {
	if p.Remove {
		return "", ""
	}
	if !p.Endpoint.Addr().Is4() { // every IPv4 endpoint is valid
		if reason := invalidEndpoint(p.Endpoint); reason != "" {
			return "Endpoint", reason
		}
	}
	if p.PersistentKeepalive != nil {
		if reason := invalidKeepalive(*p.PersistentKeepalive); reason != "" {
			return "PersistentKeepalive", reason
		}
	}
	if p.PersistentKeepaliveMax != 0 {
		if reason := p.invalidKeepaliveMax(); reason != "" {
			return "PersistentKeepaliveMax", reason
		}
	}
	if p.ReplaceAllowedIPs && len(p.RemoveAllowedIPs) > 0 {
		return "RemoveAllowedIPs", "must be empty if ReplaceAllowedIPs is set, which removes all"
	}
	if i := invalidPrefix(p.AllowedIPs); i >= 0 {
		return fmt.Sprintf("AllowedIPs[%d]", i), fmt.Sprintf("invalid prefix %v", p.AllowedIPs[i])
	}
	if len(p.RemoveAllowedIPs) == 0 {
		return "", ""
	}
	if i := invalidPrefix(p.RemoveAllowedIPs); i >= 0 {
		return fmt.Sprintf("RemoveAllowedIPs[%d]", i), fmt.Sprintf("invalid prefix %v", p.RemoveAllowedIPs[i])
	}
	return p.contradiction()
}

// contradiction returns the first element of RemoveAllowedIPs that AllowedIPs
// contains, too.
func (p *PeerConfig) contradiction() (field, reason string) {
	if len(p.AllowedIPs) == 0 {
		return "", ""
	}
	added := make(map[netip.Prefix]struct{}, len(p.AllowedIPs))
	for _, prefix := range p.AllowedIPs {
		added[prefix.Masked()] = struct{}{}
	}
	for i, prefix := range p.RemoveAllowedIPs {
		if _, ok := added[prefix.Masked()]; ok {
			return fmt.Sprintf("RemoveAllowedIPs[%d]", i), fmt.Sprintf("%s is in AllowedIPs as well", prefix.Masked())
		}
	}
	return "", ""
}

func invalidEndpoint(e netip.AddrPort) (reason string) {
	zone := e.Addr().Zone()
	switch {
	case e.IsValid() && zone == "", e == (netip.AddrPort{}):
		return ""
	case !e.IsValid():
		return fmt.Sprintf("missing address before port %d", e.Port())
	}
	// A line break in a zone would add a line to a request of the text protocol.
	if i := strings.IndexFunc(zone, isControl); i >= 0 {
		return fmt.Sprintf("control byte %#02x in zone", zone[i])
	}
	return ""
}

// isControl reports whether r is an ASCII control byte.
func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func invalidKeepalive(d time.Duration) (reason string) {
	switch {
	case d < 0:
		return fmt.Sprintf("negative interval %v: must be 0 (off) to 65535 s", d)
	case d > maxKeepalive:
		return fmt.Sprintf("invalid interval %v: must be 0 (off) to 65535 s", d)
	case d%time.Second != 0:
		return fmt.Sprintf("invalid interval %v: must be whole seconds", d)
	}
	return ""
}

// invalidKeepaliveMax returns the reason why PersistentKeepaliveMax, which is not zero,
// is invalid, or "".
func (p *PeerConfig) invalidKeepaliveMax() (reason string) {
	switch {
	case p.PersistentKeepalive == nil:
		return "needs PersistentKeepalive, the lower end of the range"
	case p.PersistentKeepaliveMax < *p.PersistentKeepalive:
		return fmt.Sprintf("invalid interval %v: must be at least PersistentKeepalive, %v", p.PersistentKeepaliveMax, *p.PersistentKeepalive)
	}
	return invalidKeepalive(p.PersistentKeepaliveMax)
}

// invalidPrefix returns the index of the first prefix that has no address, or whose
// length does not fit its address, or -1. A netip.Prefix has no zone.
func invalidPrefix(prefixes []netip.Prefix) int {
	for i := range prefixes {
		if !prefixes[i].IsValid() {
			return i
		}
	}
	return -1
}
