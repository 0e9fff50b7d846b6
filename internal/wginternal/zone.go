package wginternal

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// InvalidZone says why the zone of an endpoint is invalid. Its text follows the
// zone in an error: "is not an interface".
type InvalidZone string

func (z InvalidZone) Error() string { return string(z) }

// ReplaceZones returns c with the result of replace for the zone of each endpoint.
// It calls replace once for each zone. If replace returns an InvalidZone,
// ReplaceZones returns a *wgtypes.FieldError; it returns other errors as they are.
func ReplaceZones(c wgtypes.Config, replace func(zone string) (string, error)) (wgtypes.Config, error) {
	hasZone := func(p *wgtypes.PeerConfig) bool { return p.Endpoint.Addr().Zone() != "" }
	if !AnyPeer(c.Peers, hasZone) {
		return c, nil
	}
	replaced := make(map[string]string)
	c.Peers = slices.Clone(c.Peers)
	for i := range c.Peers {
		p := &c.Peers[i]
		if !hasZone(p) {
			continue
		}
		zone := p.Endpoint.Addr().Zone()
		if _, ok := replaced[zone]; !ok {
			to, err := replace(zone)
			if invalid, ok := errors.AsType[InvalidZone](err); ok {
				return wgtypes.Config{}, &wgtypes.FieldError{
					Index: i, Peer: p.PublicKey, Field: "Endpoint", Reason: fmt.Sprintf("zone %q %s", zone, invalid),
				}
			}
			if err != nil {
				return wgtypes.Config{}, err
			}
			replaced[zone] = to
		}
		p.Endpoint = netip.AddrPortFrom(p.Endpoint.Addr().WithZone(replaced[zone]), p.Endpoint.Port())
	}
	return c, nil
}

// ZoneNumber returns the number of a zone that is written as a number. 0 is not the
// number of an interface.
func ZoneNumber(zone string) (number uint32, ok bool) {
	if zone == "" {
		return 0, false // without the allocation of an error
	}
	n, err := strconv.ParseUint(zone, 10, 32)
	return uint32(n), err == nil && n != 0
}
