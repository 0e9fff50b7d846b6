//go:build linux

package wglinux

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The kernel uses a number (scope id) for the zone of an address; Config and
// Device use the name of the interface. Both are looked up in the backend's
// namespace.

// name replaces the number in the zone of p's endpoint by the interface's name.
// A number without an interface stays.
func (r *reader) name(p *wgtypes.Peer) error {
	addr := p.Endpoint.Addr()
	number := addr.Zone()
	if number == "" {
		return nil
	}
	name, ok := r.zones[number]
	if !ok {
		var err error
		if name, err = r.d.b.zoneName(r.x.ctx, number); err != nil {
			return err
		}
		if r.zones == nil {
			r.zones = make(map[string]string)
		}
		r.zones[number] = name
	}
	p.Endpoint = netip.AddrPortFrom(addr.WithZone(name), p.Endpoint.Port())
	return nil
}

// zoneName returns the name of the interface with this number. It returns number
// if no interface has it.
func (b *Backend) zoneName(ctx context.Context, number string) (string, error) {
	index, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return number, nil
	}
	link, err := b.getLink(ctx, uint32(index), "")
	switch {
	case isErrno(err, unix.ENODEV, unix.EINVAL):
		return number, nil
	case err != nil:
		return "", fmt.Errorf("look up interface %s: %w", number, b.explain(err))
	}
	return link.Name, nil
}

// numbered returns c with the zones of its endpoints as numbers. It returns a
// *wgtypes.FieldError for a zone that is neither an interface nor a number.
func (b *Backend) numbered(ctx context.Context, c wgtypes.Config) (wgtypes.Config, error) {
	return wginternal.ReplaceZones(c, func(zone string) (string, error) { return b.zoneNumber(ctx, zone) })
}

// zoneNumber returns the number of a zone, or an InvalidZone if it is neither an
// interface nor a number. An interface whose name is a number takes precedence.
func (b *Backend) zoneNumber(ctx context.Context, zone string) (string, error) {
	if len(zone) < unix.IFNAMSIZ {
		link, err := b.getLink(ctx, 0, zone)
		if err == nil {
			return strconv.FormatUint(uint64(link.Index), 10), nil
		}
		if !isErrno(err, unix.ENODEV, unix.EINVAL) {
			return "", b.explain(err)
		}
	}
	if n, ok := wginternal.ZoneNumber(zone); ok {
		return strconv.FormatUint(uint64(n), 10), nil
	}
	return "", wginternal.InvalidZone("is not an interface" + b.ns.where())
}
