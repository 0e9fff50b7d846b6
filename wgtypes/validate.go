package wgtypes

import (
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"time"
)

// maxKeepalive is the range of the protocols' 16 bits of seconds.
const maxKeepalive = 65535 * time.Second

// FieldError says which field of a Config, or of a request, is invalid and
// why. Its text holds no secret. errors.Is(err, fs.ErrInvalid) is true of it.
type FieldError struct {
	// Index is the peer's place in Config.Peers, and -1 for a field of the
	// device.
	Index int
	// Peer is the peer's public key; it means nothing where Index is -1.
	Peer PublicKey
	// Field is the name of the field, with an index where it is a list.
	Field string
	// Reason says what is wrong and what was expected.
	Reason string
}

func (e *FieldError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("%s: %s", e.Field, e.Reason)
	}
	return fmt.Sprintf("peer %d (%s): %s: %s", e.Index, e.Peer, e.Field, e.Reason)
}

// Is reports whether target is fs.ErrInvalid.
func (e *FieldError) Is(target error) bool { return target == fs.ErrInvalid }

// Validate reports the first field of c that no backend could apply, as a
// *FieldError. A client calls it before anything is sent.
//
// Only what is listed in the fields' comments is refused. Valid are, as for
// wg(8): any public key, the same peer twice, endpoints with port 0 or an
// unspecified address, prefixes with host bits, and anything beside Remove.
func (c Config) Validate() error {
	for i := range c.Peers {
		p := &c.Peers[i]
		if field, reason := p.invalid(); reason != "" {
			return &FieldError{Index: i, Peer: p.PublicKey, Field: field, Reason: reason}
		}
	}
	return nil
}

// invalid returns the first field of p that is invalid, and why; "" for none.
func (p *PeerConfig) invalid() (field, reason string) {
	if p.Remove {
		return "", ""
	}
	if reason := invalidEndpoint(p.Endpoint); reason != "" {
		return "Endpoint", reason
	}
	if p.PersistentKeepalive != nil {
		if reason := invalidKeepalive(*p.PersistentKeepalive); reason != "" {
			return "PersistentKeepalive", reason
		}
	}
	if p.ReplaceAllowedIPs && len(p.RemoveAllowedIPs) > 0 {
		return "RemoveAllowedIPs", "excludes ReplaceAllowedIPs, which removes them all"
	}
	if field, reason := invalidPrefix("AllowedIPs", p.AllowedIPs); reason != "" {
		return field, reason
	}
	if field, reason := invalidPrefix("RemoveAllowedIPs", p.RemoveAllowedIPs); reason != "" {
		return field, reason
	}
	return p.contradiction()
}

// contradiction finds a prefix that is to be added and removed at once.
func (p *PeerConfig) contradiction() (field, reason string) {
	if len(p.AllowedIPs) == 0 || len(p.RemoveAllowedIPs) == 0 {
		return "", ""
	}
	added := make(map[netip.Prefix]struct{}, len(p.AllowedIPs))
	for _, prefix := range p.AllowedIPs {
		added[prefix.Masked()] = struct{}{}
	}
	for i, prefix := range p.RemoveAllowedIPs {
		if _, ok := added[prefix.Masked()]; ok {
			return fmt.Sprintf("RemoveAllowedIPs[%d]", i), fmt.Sprintf("%s is in AllowedIPs too", prefix.Masked())
		}
	}
	return "", ""
}

func invalidEndpoint(e netip.AddrPort) (reason string) {
	if e == (netip.AddrPort{}) {
		return ""
	}
	if !e.Addr().IsValid() {
		return fmt.Sprintf("port %d has no address", e.Port())
	}
	// A line break in a zone would be a line of the text protocol.
	if i := strings.IndexFunc(e.Addr().Zone(), isControl); i >= 0 {
		return fmt.Sprintf("the zone has the control byte %#02x", e.Addr().Zone()[i])
	}
	return ""
}

// isControl reports ASCII control bytes, which no name or zone may hold.
func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func invalidKeepalive(d time.Duration) (reason string) {
	switch {
	case d < 0:
		return fmt.Sprintf("%v is negative, want 0 (off) to 65535 s", d)
	case d > maxKeepalive:
		return fmt.Sprintf("%v is above 65535 s", d)
	case d%time.Second != 0:
		return fmt.Sprintf("%v is not in whole seconds", d)
	}
	return ""
}

// invalidPrefix finds a prefix whose length does not fit its address, or that
// has no address. (The zone that an address may have, a netip.Prefix cannot.)
func invalidPrefix(list string, prefixes []netip.Prefix) (field, reason string) {
	for i, p := range prefixes {
		if !p.IsValid() {
			return fmt.Sprintf("%s[%d]", list, i), fmt.Sprintf("%v is no prefix", p)
		}
	}
	return "", ""
}
