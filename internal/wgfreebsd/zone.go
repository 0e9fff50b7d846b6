package wgfreebsd

import (
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The kernel uses a number (scope id) for the zone of an address; Config and Device use
// the name of the interface.

// zoneNames replaces numbers of zones by names. It looks up each number once.
type zoneNames struct {
	lookup func(index int) string
	known  map[string]string
}

// named returns e with the name of its zone. A number without an interface stays.
func (z *zoneNames) named(e netip.AddrPort) netip.AddrPort {
	number := e.Addr().Zone()
	if number == "" {
		return e
	}
	name, ok := z.known[number]
	if !ok {
		if index, err := strconv.Atoi(number); err == nil {
			name = z.lookup(index)
		}
		if name == "" {
			name = number
		}
		if z.known == nil {
			z.known = make(map[string]string)
		}
		z.known[number] = name
	}
	return netip.AddrPortFrom(e.Addr().WithZone(name), e.Port())
}

// numbered returns c with the zones of its endpoints as numbers. It returns a
// *wgtypes.FieldError for a zone that is neither an interface nor a number.
func (b *Backend) numbered(c wgtypes.Config) (wgtypes.Config, error) {
	return wginternal.ReplaceZones(c, b.zoneNumber)
}

// zoneNumber returns the number of a zone, or an InvalidZone if it is neither an
// interface nor a number. An interface whose name is a number takes precedence.
func (b *Backend) zoneNumber(zone string) (string, error) {
	if len(zone) < bsd.NameLen {
		if index := b.config.InterfaceIndex(zone); index != 0 {
			return strconv.Itoa(index), nil
		}
	}
	if n, ok := wginternal.ZoneNumber(zone); ok {
		return strconv.FormatUint(uint64(n), 10), nil
	}
	return "", wginternal.InvalidZone("is not an interface")
}
