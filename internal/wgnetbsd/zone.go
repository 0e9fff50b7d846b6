package wgnetbsd

import (
	"context"
	"net"
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The kernel uses the index of an interface for the zone of an address; Config and Device
// use its name.

// nameZones replaces the numbers in the zones of endpoints by names. A number without an
// interface stays.
func (b *Backend) nameZones(ctx context.Context, peers []wgtypes.Peer) error {
	var names map[string]string
	for i := range peers {
		e := peers[i].Endpoint
		zone := e.Addr().Zone()
		if zone == "" {
			continue
		}
		if names == nil {
			interfaces, err := b.interfaces(ctx)
			if err != nil {
				return err
			}
			names = namesByNumber(interfaces)
		}
		if name, ok := names[zone]; ok {
			peers[i].Endpoint = netip.AddrPortFrom(e.Addr().WithZone(name), e.Port())
		}
	}
	return nil
}

func namesByNumber(interfaces []net.Interface) map[string]string {
	names := make(map[string]string, len(interfaces))
	for _, i := range interfaces {
		names[strconv.Itoa(i.Index)] = i.Name
	}
	return names
}

// numberZones returns c with the zones of its endpoints as numbers. It returns a
// *wgtypes.FieldError for a zone that is neither an interface nor a number.
func (b *Backend) numberZones(ctx context.Context, c wgtypes.Config) (wgtypes.Config, error) {
	return wginternal.ReplaceZones(c, func(zone string) (string, error) {
		interfaces, err := b.interfaces(ctx)
		if err != nil {
			return "", err
		}
		for _, i := range interfaces {
			if i.Name == zone {
				return strconv.Itoa(i.Index), nil
			}
		}
		if n, ok := wginternal.ZoneNumber(zone); ok {
			return strconv.FormatUint(uint64(n), 10), nil
		}
		return "", wginternal.InvalidZone("is not an interface")
	})
}
