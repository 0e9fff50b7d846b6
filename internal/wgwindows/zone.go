package wgwindows

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The driver uses a number (scope id) for the zone of an address; Config and Device use
// the name of the interface.

// numbered returns c with the zones of its endpoints as numbers. It returns a
// *wgtypes.FieldError for a zone that is neither an interface nor a number. An interface
// whose name is a number takes precedence.
func (b *Backend) numbered(c wgtypes.Config) (wgtypes.Config, error) {
	z := zones{lookup: b.config.Interfaces}
	return wginternal.ReplaceZones(c, func(zone string) (string, error) {
		list, err := z.interfaces()
		if err != nil {
			return "", fmt.Errorf("look up zone %q: %w", zone, err)
		}
		for i := range list {
			if list[i].Name == zone {
				return strconv.Itoa(list[i].Index), nil
			}
		}
		if n, ok := wginternal.ZoneNumber(zone); ok {
			return strconv.FormatUint(uint64(n), 10), nil
		}
		return "", wginternal.InvalidZone("is not an interface")
	})
}

// zones looks up the interfaces of this machine at most once.
type zones struct {
	lookup func() ([]net.Interface, error)
	list   []net.Interface
	done   bool
}

func (z *zones) interfaces() (list []net.Interface, err error) {
	if !z.done {
		if z.list, err = z.lookup(); err != nil {
			return nil, err
		}
		z.done = true
	}
	return z.list, nil
}

// name replaces the number in the zone of p's endpoint by the interface's name. A
// number without an interface stays.
func (z *zones) name(p *wgtypes.Peer) error {
	addr := p.Endpoint.Addr()
	number := addr.Zone()
	if number == "" {
		return nil
	}
	list, err := z.interfaces()
	if err != nil {
		return fmt.Errorf("look up interface %s: %w", number, err)
	}
	index, _ := wginternal.ZoneNumber(number)
	for i := range list {
		if uint32(list[i].Index) == index {
			p.Endpoint = netip.AddrPortFrom(addr.WithZone(list[i].Name), p.Endpoint.Port())
		}
	}
	return nil
}
