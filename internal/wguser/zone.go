package wguser

import (
	"fmt"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// checkZones returns a *wgtypes.FieldError for an endpoint whose zone is neither a
// number nor the name of an interface. wireguard-go accepts such a zone and sends
// nothing; other daemons apply the change up to this endpoint. If numbersFor is set,
// names are errors too; it is the name of the daemon, for the error.
//
// Zones are sent as they are. A number is not checked: the daemon may run in
// another network namespace.
func (s *sockets) checkZones(c wgtypes.Config, numbersFor string) error {
	_, err := wginternal.ReplaceZones(c, func(zone string) (string, error) {
		if _, ok := wginternal.ZoneNumber(zone); ok {
			return zone, nil
		}
		index, err := s.interfaceIndex(zone)
		if err == nil && numbersFor != "" {
			err = wginternal.InvalidZone(fmt.Sprintf("must be a number for this daemon (%s): %d", numbersFor, index))
		}
		return zone, err
	})
	return err
}

// interfaceIndex returns an InvalidZone if name is not the name of an interface.
func (s *sockets) interfaceIndex(name string) (int, error) {
	interfaces, err := s.interfaces()
	if err != nil {
		return 0, fmt.Errorf("look up interface %q: %w", name, err)
	}
	for _, i := range interfaces {
		if i.Name == name {
			return i.Index, nil
		}
	}
	return 0, wginternal.InvalidZone("is not an interface")
}
