package wgopenbsd

import (
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The kernel uses a number (scope id) for the zone of an address; Config and Device use
// the name of the interface.

// nameZone replaces the number in the zone of p's endpoint by the interface's name. A
// number without an interface stays. zones has the names of the numbers seen so far.
func (b *Backend) nameZone(p *wgtypes.Peer, zones map[string]string) {
	addr := p.Endpoint.Addr()
	number := addr.Zone()
	if number == "" {
		return
	}
	name, ok := zones[number]
	if !ok {
		name = b.zoneName(number)
		zones[number] = name
	}
	p.Endpoint = netip.AddrPortFrom(addr.WithZone(name), p.Endpoint.Port())
}

func (b *Backend) zoneName(number string) string {
	index, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return number
	}
	if name := b.config.InterfaceName(int(index)); name != "" {
		return name
	}
	return number
}

// numbered returns c with the zones of its endpoints as numbers. It returns a
// *wgtypes.FieldError for a zone that is neither an interface nor a number. An interface
// whose name is a number takes precedence.
func (b *Backend) numbered(c wgtypes.Config) (wgtypes.Config, error) {
	return wginternal.ReplaceZones(c, func(zone string) (string, error) {
		if index := b.config.InterfaceIndex(zone); index != 0 {
			return strconv.Itoa(index), nil
		}
		if n, ok := wginternal.ZoneNumber(zone); ok {
			return strconv.FormatUint(uint64(n), 10), nil
		}
		return "", wginternal.InvalidZone("is not an interface")
	})
}
