package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/quick/internal/dns"
	"github.com/wgctrl/wgctrl/quick/internal/hook"
	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// planner makes the steps for one interface. It asks the system and changes nothing.
type planner struct {
	name     string
	settings *wgconf.Settings // with addresses instead of host names
	config   wgtypes.Config
	allowed  []netip.Prefix // in the order of their routes
	tables   tables
	words    []string // of Address, as in the file; nil if unknown
	// dns is the program that sets the DNS servers, if there are any.
	dns dns.Record
	// splitDNS reports that they are for the search domains only.
	splitDNS bool
	// net is the namespace of the interface. outer is that of its UDP sockets.
	net, outer queries
	// own is the index of the link if it exists.
	own    int
	warn   func(error)
	warned map[bool]bool // of the rules of a family
}

// newPlanner returns a planner for the Settings of t. resolved are the same Settings
// with addresses instead of host names.
func newPlanner(t *Tunnel, resolved *wgconf.Settings, net, outer queries, warn func(error)) (*planner, error) {
	config, err := resolved.AddConfig()
	if err != nil {
		return nil, err
	}
	tables, err := parseTable(resolved.Interface.Table, tableNumber)
	if err != nil {
		return nil, err
	}
	p := &planner{name: t.Name, settings: resolved, config: config, tables: tables, net: net, outer: outer, warn: warn, warned: make(map[bool]bool)}
	p.allowed = allowedIPs(config)
	p.words = addressWords(t.File, resolved.Interface.Addresses)
	return p, nil
}

// addressWords returns the addresses as the file has them, or nil if the file does not
// have these addresses.
func addressWords(f *wgconf.File, addresses []netip.Prefix) []string {
	if f == nil {
		return nil
	}
	var words []string
	for line := range f.Lines(wgconf.DialectAWGQuick) {
		if line.Key == "Address" {
			words = append(words, strings.FieldsFunc(line.Value(), func(r rune) bool {
				return r == ',' || r == ' ' || r == '\t'
			})...)
		}
	}
	if len(words) != len(addresses) {
		return nil
	}
	for i, word := range words {
		address, length, found := strings.Cut(word, "/")
		a, err := netip.ParseAddr(address)
		if err != nil || a != addresses[i].Addr() || found && length != fmt.Sprint(addresses[i].Bits()) {
			return nil
		}
	}
	return words
}

// upPlan has the steps that create an interface.
type upPlan struct {
	// prepare creates the link and configures it.
	prepare []Step
	// network adds what depends on the state after prepare, which hooks may change.
	network []Step
	// finish runs the last hooks.
	finish []Step
}

func (u upPlan) steps() []Step { return slices.Concat(u.prepare, u.network, u.finish) }

// up returns the steps that create the interface.
func (p *planner) up(ctx context.Context) (upPlan, error) {
	var plan upPlan
	if err := p.check(ctx); err != nil {
		return plan, err
	}
	mtu, err := p.mtu(ctx)
	if err != nil {
		return plan, err
	}
	in := &p.settings.Interface
	plan.prepare = slices.Concat(
		[]Step{p.add(item{Kind: kindLink})},
		hookSteps(p.name, "PreUp", in.PreUp),
		[]Step{p.add(item{Kind: kindWireGuard, Peers: len(p.config.Peers)})},
		p.addresses(),
		[]Step{p.add(item{Kind: kindMTU, MTU: mtu})})
	if p.setsDNS() {
		plan.prepare = append(plan.prepare, p.add(p.dnsItem()))
	}
	plan.network, err = p.network(ctx, p.expected())
	plan.finish = hookSteps(p.name, "PostUp", in.PostUp)
	return plan, err
}

func (p *planner) add(i item) Step {
	return Step{action: actionAdd, item: i, name: p.name, amnezia: p.config.Amnezia != nil}
}

// addresses returns the steps that add the addresses in the order of the file.
func (p *planner) addresses() []Step {
	var steps []Step
	for i, a := range p.settings.Interface.Addresses {
		address := item{Kind: kindAddress, Prefix: a}
		if p.words != nil {
			address.Word = p.words[i]
		}
		steps = append(steps, p.add(address))
	}
	return steps
}

// setsDNS reports whether the interface has DNS servers. The resolver of the system
// cannot use those of another namespace.
func (p *planner) setsDNS() bool { return len(p.settings.Interface.DNS) > 0 && p.net == p.outer }

func (p *planner) dnsItem() item {
	in := &p.settings.Interface
	return item{Kind: kindDNS, Addresses: in.DNS, Search: in.Search, DNS: p.dns, Split: p.splitDNS}
}

// hookSteps returns the steps that run the hooks of one key.
func hookSteps(name, event string, commands []string) []Step {
	h := hook.Hooks{Interface: name}
	var steps []Step
	for _, command := range commands {
		steps = append(steps, Step{item: item{Kind: kindHook, Event: event, Hook: h.Expand(command)}, name: name})
	}
	return steps
}

// check returns an error if the interface exists or cannot get its addresses.
func (p *planner) check(ctx context.Context) error {
	if err := p.checkLink(ctx); err != nil {
		return err
	}
	if err := p.checkAddresses(); err != nil {
		return err
	}
	if !p.usesIPv6() {
		return nil
	}
	ifname := "default" // the settings of new interfaces
	if p.own != 0 {
		ifname = p.name
	}
	disabled, err := p.net.IPv6Disabled(ifname)
	if err == nil && disabled {
		err = fmt.Errorf("the file has IPv6 addresses or allowed IPs, but IPv6 is off: net.ipv6.conf.%s.disable_ipv6 is 1", ifname)
	}
	return err
}

// checkLink returns an error if a link with the name exists.
func (p *planner) checkLink(ctx context.Context) error {
	link, err := p.net.Link(ctx, p.name)
	switch {
	case err == nil && link.Index == p.own:
		return nil
	case err == nil:
		return &existsError{name: p.name}
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// existsError is the error of Up for a name that is in use.
type existsError struct {
	name string
	as   string // the system's name for the interface, if it has another one
}

func (e *existsError) Error() string {
	if e.as != "" {
		return fmt.Sprintf("%q already exists as %q", e.name, e.as)
	}
	return fmt.Sprintf("%q already exists", e.name)
}

func (e *existsError) Is(target error) bool { return target == fs.ErrExist }

// checkAddresses returns an error if an address occurs twice: the kernel refuses it.
func (p *planner) checkAddresses() error {
	list := p.settings.Interface.Addresses
	for i, a := range list {
		if slices.ContainsFunc(list[:i], func(b netip.Prefix) bool { return sameAddress(a, b) }) {
			return fmt.Errorf("address %s occurs twice", prefixText(a))
		}
	}
	return nil
}

// sameAddress reports whether the kernel takes a and b for the same address of an
// interface: IPv4 addresses may differ in their length only.
func sameAddress(a, b netip.Prefix) bool {
	return a == b || a.Addr() == b.Addr() && a.Addr().Is6()
}

// usesIPv6 reports whether the interface has IPv6 addresses or routes.
func (p *planner) usesIPv6() bool {
	if slices.ContainsFunc(p.settings.Interface.Addresses, func(a netip.Prefix) bool { return a.Addr().Is6() }) {
		return true
	}
	return !p.tables.off && slices.ContainsFunc(p.allowed, func(a netip.Prefix) bool { return a.Addr().Is6() })
}

// configured is the state of an interface with addresses and WireGuard's
// configuration, but without routes.
type configured struct {
	allowed   []netip.Prefix // in the order of their routes
	mark      uint32
	addresses []netip.Prefix // in the order in which the kernel lists them
	covering  []netip.Prefix // the routes of the interface in the main table
}

// expected returns the state that the file describes.
func (p *planner) expected() configured {
	state := configured{allowed: p.allowed, addresses: p.settings.Interface.Addresses}
	state.covering = connected(state.addresses)
	if p.config.FirewallMark != nil {
		state.mark = *p.config.FirewallMark
	}
	return state
}

// running returns the state that the interface has.
func (p *planner) running(ctx context.Context, d *wgtypes.Device, index int) (configured, error) {
	state := configured{allowed: deviceAllowedIPs(d), mark: d.FirewallMark}
	var err error
	if state.addresses, err = p.net.Addresses(ctx, index); err != nil {
		return state, err
	}
	for _, ipv6 := range []bool{false, true} {
		routes, err := p.net.Routes(ctx, host.Filter{IPv6: ipv6, Table: mainTable, Index: index})
		if err != nil {
			return state, err
		}
		for _, r := range routes {
			state.covering = append(state.covering, r.Prefix)
		}
	}
	return state, nil
}
