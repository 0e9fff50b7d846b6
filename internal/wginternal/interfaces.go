package wginternal

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Interface is a network interface.
type Interface struct {
	Index int
	Name  string
}

// Interfaces are the network interfaces of a system during one operation: they are
// looked up once, when they are first needed. Kernels use the index of an interface for
// the zone of an address; Config and Device use its name.
type Interfaces struct {
	// Lookup lists the interfaces.
	Lookup func() ([]Interface, error)

	list []Interface
	done bool
}

func (i *Interfaces) all() ([]Interface, error) {
	if !i.done {
		list, err := i.Lookup()
		if err != nil {
			return nil, fmt.Errorf("look up network interfaces: %w", err)
		}
		i.list, i.done = list, true
	}
	return i.list, nil
}

// Index returns the index of the interface with this name, or 0 if it does not exist.
func (i *Interfaces) Index(name string) (int, error) {
	list, err := i.all()
	if err != nil {
		return 0, err
	}
	for k := range list {
		if list[k].Name == name {
			return list[k].Index, nil
		}
	}
	return 0, nil
}

// NameZone replaces the number in the zone of p's endpoint by the name of the interface.
// A number without an interface stays.
func (i *Interfaces) NameZone(p *wgtypes.Peer) error {
	addr := p.Endpoint.Addr()
	number, ok := ZoneNumber(addr.Zone())
	if !ok {
		return nil
	}
	list, err := i.all()
	if err != nil {
		return err
	}
	for k := range list {
		if uint32(list[k].Index) == number {
			p.Endpoint = netip.AddrPortFrom(addr.WithZone(list[k].Name), p.Endpoint.Port())
		}
	}
	return nil
}

// NameZones returns a function that calls next, which stores the next peer of a device,
// and then NameZone.
func (i *Interfaces) NameZones(next func(*wgtypes.Peer) error) func(*wgtypes.Peer) error {
	return func(p *wgtypes.Peer) error {
		if err := next(p); err != nil {
			return err
		}
		return i.NameZone(p)
	}
}

// NumberZones returns c with the zones of its endpoints as numbers. It returns a
// *wgtypes.FieldError for a zone that is neither an interface nor a number. An interface
// whose name is a number takes precedence.
func (i *Interfaces) NumberZones(c wgtypes.Config) (wgtypes.Config, error) {
	return ReplaceZones(c, func(zone string) (string, error) {
		index, err := i.Index(zone)
		switch {
		case err != nil:
			return "", err
		case index != 0:
			return strconv.Itoa(index), nil
		}
		if n, ok := ZoneNumber(zone); ok {
			return strconv.FormatUint(uint64(n), 10), nil
		}
		return "", InvalidZone("is not an interface")
	})
}
