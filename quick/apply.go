package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// apply adds or changes the items of a batch.
func (e *engine) apply(ctx context.Context, batch []Step) error {
	s := batch[0]
	i := s.item
	switch i.Kind {
	case kindLink:
		return e.createLink(ctx)
	case kindWireGuard:
		return e.configure(ctx, s)
	case kindAddress:
		return e.net.AddAddress(ctx, e.index, i.Prefix)
	case kindMTU:
		return e.bringUp(ctx, i.MTU)
	case kindDNS:
		return e.resolver.Set(ctx, i.DNS, i.dnsConfig())
	case kindMark:
		return e.devices.ConfigureDevice(ctx, e.name, wgtypes.Config{FirewallMark: &i.Mark})
	case kindRule, kindSuppress:
		return e.addRule(ctx, i)
	case kindRoute:
		return e.net.AddRoutes(ctx, e.routes(batch))
	case kindSysctl:
		return e.setSrcValidMark(ctx)
	case kindFirewall:
		return e.net.AddFirewall(ctx, host.Firewall{Interface: e.name, IPv6: i.IPv6, Addresses: i.Addresses, Mark: i.Mark})
	case kindHook:
		return e.hooks.Run(ctx, i.Hook)
	case kindSave:
		return e.saveFile(ctx)
	}
	return fmt.Errorf("unknown item %q", i.Kind)
}

// configure applies the WireGuard part of the file.
func (e *engine) configure(ctx context.Context, s Step) error {
	if s.action == actionChange {
		_, err := e.devices.SyncDevice(ctx, e.name, e.config, wgctrl.SyncOptions{KeepEndpoints: true})
		return err
	}
	return e.devices.ConfigureDevice(ctx, e.name, e.config)
}

// createLink creates the link and puts its index into the record. If it fails, the
// record has no link, so that nothing removes the link of another process.
func (e *engine) createLink(ctx context.Context) error {
	userspace, err := e.makeLink(ctx)
	if err != nil {
		e.record.drop(func(i item) bool { return i.Kind == kindLink })
		return errors.Join(err, e.record.write())
	}
	if userspace {
		e.devices = e.userspace
	}
	link, err := e.net.Link(ctx, e.name)
	if err != nil {
		return err
	}
	e.index = link.Index
	recorded := e.record.find(kindLink)
	recorded.Index, recorded.Userspace = link.Index, userspace
	return e.record.write()
}

// makeLink creates a link of the kernel or, where the kernel has no WireGuard, starts
// the program that creates one.
func (e *engine) makeLink(ctx context.Context) (userspace bool, err error) {
	err = e.links.Create(ctx, e.name)
	if !errors.Is(err, ErrNoModule) {
		return false, err
	}
	e.warn(fmt.Errorf("%w: starting %s", ErrNoModule, e.links.Program()))
	e.onStep(Step{item: item{Kind: kindLink, Userspace: true, Word: e.links.Program()}, name: e.name})
	return true, e.links.Start(ctx, e.name)
}

// ErrNoModule means that the kernel has no WireGuard. Up passes a warning that wraps it to
// OnWarning before it starts a program instead.
var ErrNoModule = errors.New("the kernel has no WireGuard")

// ignoreMissing returns nil if something to remove does not exist.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// bringUp sets the MTU and brings the link up.
func (e *engine) bringUp(ctx context.Context, mtu int) error {
	err := e.net.SetLink(ctx, e.index, mtu, true)
	if errors.Is(err, syscall.EADDRINUSE) {
		if d, readErr := e.devices.Device(ctx, e.name); readErr == nil {
			return fmt.Errorf("%w: UDP port %d", err, d.ListenPort)
		}
	}
	return err
}

// addRule adds a rule. Its priority is in the record before, unless the kernel
// chooses it.
func (e *engine) addRule(ctx context.Context, i item) error {
	added, err := e.net.AddRule(ctx, i.hostRule())
	if err != nil || added.Priority == i.Priority {
		return err
	}
	for n := range e.record.Items {
		if e.record.Items[n].same(i) {
			e.record.Items[n].Priority = added.Priority
		}
	}
	return e.record.write()
}

// hostRule returns the rule for the kernel.
func (a item) hostRule() host.Rule {
	if a.Kind == kindSuppress {
		none := uint32(0)
		return host.Rule{IPv6: a.IPv6, Priority: a.Priority, Table: mainTable, SuppressPrefixLength: &none}
	}
	return host.Rule{IPv6: a.IPv6, Priority: a.Priority, Invert: true, Mark: a.Mark, Table: a.Table}
}

// routes returns the routes of a batch for the kernel.
func (e *engine) routes(batch []Step) []host.Route {
	routes := make([]host.Route, 0, len(batch))
	for _, s := range batch {
		table := s.item.Table
		if table == 0 {
			table = mainTable
		}
		routes = append(routes, host.Route{Prefix: s.item.Prefix, Index: e.index, Table: table})
	}
	return routes
}

// setSrcValidMark makes the kernel use marks when it checks source addresses. The
// tunnel needs that only if the kernel checks them strictly, so a failure, as in
// containers whose settings are read-only, is a warning otherwise.
func (e *engine) setSrcValidMark(ctx context.Context) error {
	err := e.net.SetSysctl(srcValidMark, "1")
	if err == nil {
		return nil
	}
	strict, filterErr := e.strictFilter(ctx)
	if strict || filterErr != nil {
		return errors.Join(err, filterErr)
	}
	e.warn(fmt.Errorf("%w: the tunnel does not need it while rp_filter is not 1", err))
	return nil
}

// strictFilter reports whether rp_filter is 1 on any interface that can receive
// packets for WireGuard: the larger of the value of all and of the interface counts.
func (e *engine) strictFilter(ctx context.Context) (bool, error) {
	const all = "net.ipv4.conf.all.rp_filter"
	general, err := e.net.Sysctl(all)
	if err != nil {
		return false, err
	}
	links, err := e.net.Links(ctx)
	if err != nil {
		return false, err
	}
	for _, l := range links {
		if l.Index == e.index {
			continue
		}
		value, err := e.net.Sysctl("net/ipv4/conf/" + l.Name + "/rp_filter")
		if err != nil {
			continue // the interface is gone
		}
		if max(general, value) == "1" {
			return true, nil
		}
	}
	return general == "1", nil
}

// programTime is how long a program may take to end after its link.
const programTime = 5 * time.Second

// awaitProgram waits until the program of a removed link has closed its socket. Until
// then, another program for the same interface cannot start. A program that goes on
// is not an error: up reports it.
func (e *engine) awaitProgram(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, programTime)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		if _, err := e.devices.Device(ctx, e.name); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// remove removes the items of a batch. It ignores items that are gone.
func (e *engine) remove(ctx context.Context, batch []Step) error {
	i := batch[0].item
	switch i.Kind {
	case kindLink:
		if err := ignoreMissing(e.net.DeleteLink(ctx, i.Index)); err != nil || !i.Userspace {
			return err
		}
		return e.awaitProgram(ctx)
	case kindAddress:
		return e.removeAddress(ctx, i.Prefix)
	case kindDNS:
		if err := e.resolver.Remove(ctx, i.DNS); err != nil {
			e.warn(err) // the interface can be removed without
		}
		return nil
	case kindMark:
		none := uint32(0)
		return e.devices.ConfigureDevice(ctx, e.name, wgtypes.Config{FirewallMark: &none})
	case kindRule, kindSuppress:
		return ignoreMissing(e.net.RemoveRule(ctx, i.hostRule()))
	case kindRoute:
		return ignoreMissing(e.net.RemoveRoutes(ctx, e.routes(batch)))
	case kindFirewall:
		return e.net.RemoveFirewall(ctx, e.name)
	}
	return fmt.Errorf("cannot remove item %q", i.Kind)
}

// removeAddress removes an address. It first sets promote_secondaries. Otherwise the kernel
// may remove the other addresses of the subnet, too, and all routes if no address is left.
func (e *engine) removeAddress(ctx context.Context, a netip.Prefix) error {
	if a.Addr().Is4() {
		// Where settings are read-only, reload adds the others again.
		_ = e.net.SetSysctl("net/ipv4/conf/"+e.name+"/promote_secondaries", "1")
	}
	return ignoreMissing(e.net.RemoveAddress(ctx, e.index, a))
}
