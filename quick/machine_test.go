//go:build unix

package quick

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/quick/internal/dns"
	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// machine is a model of a system: a network namespace, WireGuard devices and a
// resolver. If it has a path, it writes its state there after each change, so that it
// survives the process.
type machine struct {
	path string

	LinkList     []host.Link
	AddressList  map[int][]netip.Prefix
	RouteList    []host.Route
	RuleList     map[string][]host.Rule // by family
	Settings     map[string]string
	FirewallList []host.Firewall
	DNS          map[string]dns.Config
	Configs      map[string]wgtypes.Config // of the devices
	Ran          []string                  // hooks
	LastIndex    int

	// fail is asked before each change.
	fail func(change string) error
}

// newMachine returns a machine with the interface eth0, as the recorded ones had it.
func newMachine() *machine {
	m := &machine{
		LinkList: []host.Link{{Name: "lo", Index: 1, MTU: 65536, Up: true}, {Name: "eth0", Index: 10, MTU: 1500, Kind: "veth", Up: true}},
		AddressList: map[int][]netip.Prefix{
			10: {netip.MustParsePrefix("192.168.7.2/24"), netip.MustParsePrefix("fd07::2/64")},
		},
		RouteList: []host.Route{
			{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Index: 10, Table: mainTable},
			{Prefix: netip.MustParsePrefix("192.168.7.0/24"), Index: 10, Table: mainTable},
			{Prefix: netip.MustParsePrefix("fd07::/64"), Index: 10, Table: mainTable, Metric: 256},
			{Prefix: netip.MustParsePrefix("::/0"), Index: 10, Table: mainTable, Metric: 1024},
		},
		RuleList: map[string][]host.Rule{
			"IPv4": {{Table: 255}, {Priority: 32766, Table: mainTable}, {Priority: 32767, Table: 253}},
			"IPv6": {{IPv6: true, Table: 255}, {IPv6: true, Priority: 32766, Table: mainTable}},
		},
		Settings: map[string]string{
			srcValidMark: "0", "net.ipv4.conf.all.rp_filter": "0", "net/ipv4/conf/eth0/rp_filter": "0",
			"net.ipv6.conf.default.disable_ipv6": "0",
		},
		DNS:       make(map[string]dns.Config),
		Configs:   make(map[string]wgtypes.Config),
		LastIndex: 10,
	}
	return m
}

// loadMachine returns the machine with the state in the file.
func loadMachine(path string) (*machine, error) {
	m := &machine{path: path}
	return m, m.load()
}

// load reads the state that this or another process stored, if the machine has a path.
func (m *machine) load() error {
	if m.path == "" {
		return nil
	}
	text, err := os.ReadFile(m.path)
	if err != nil {
		return err
	}
	*m = machine{path: m.path, fail: m.fail}
	return json.Unmarshal(text, m)
}

// system returns a system that is the machine. Its records are in dir.
func (m *machine) system(dir string) *system {
	return &system{
		dir: dir, net: m, outer: m, devices: m, userspace: m, links: m, resolver: (*machineDNS)(m), hooks: (*machineHooks)(m),
		lookup: func(context.Context, string) []netip.Addr { return nil },
		onStep: func(Step) {}, warn: func(error) {},
	}
}

// change calls fail and keeps the state if f succeeds.
func (m *machine) change(what string, f func() error) error {
	if m.fail != nil {
		if err := m.fail(what); err != nil {
			return err
		}
	}
	if err := f(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return m.store()
}

func (m *machine) store() error {
	if m.path == "" {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	// Other processes may read it now.
	temporary := fmt.Sprintf("%s.%d", m.path, os.Getpid())
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, m.path)
}

// diff returns the difference between the states of two machines.
func (m *machine) diff(want *machine) string {
	return gocmp.Diff(want, m,
		cmpopts.IgnoreUnexported(machine{}), cmpopts.IgnoreFields(machine{}, "LastIndex", "Ran"),
		cmpopts.EquateEmpty(), gocmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
		gocmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
		gocmp.Comparer(func(a, b wgtypes.Config) bool { return a.String() == b.String() }),
		cmpopts.SortSlices(func(a, b host.Route) bool { return routeText(a) < routeText(b) }))
}

func routeText(r host.Route) string { return fmt.Sprint(r) }

// clone returns a copy without path and fail.
func (m *machine) clone(t testing.TB) *machine {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	c := new(machine)
	if err := json.Unmarshal(text, c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (m *machine) link(index int) *host.Link {
	i := slices.IndexFunc(m.LinkList, func(l host.Link) bool { return l.Index == index })
	if i < 0 {
		return nil
	}
	return &m.LinkList[i]
}

func (m *machine) Link(_ context.Context, name string) (host.Link, error) {
	if err := m.load(); err != nil {
		return host.Link{}, err
	}
	for _, l := range m.LinkList {
		if l.Name == name {
			return l, nil
		}
	}
	return host.Link{}, fmt.Errorf("link %q: %w", name, fs.ErrNotExist)
}

func (m *machine) Links(context.Context) ([]host.Link, error) { return m.LinkList, nil }

func (m *machine) Create(_ context.Context, name string) error {
	return m.change("create "+name, func() error {
		if slices.ContainsFunc(m.LinkList, func(l host.Link) bool { return l.Name == name }) {
			return fs.ErrExist
		}
		m.LastIndex++
		m.LinkList = append(m.LinkList, host.Link{Name: name, Index: m.LastIndex, MTU: 1420, Kind: "wireguard"})
		m.Configs[name] = wgtypes.Config{}
		return nil
	})
}

func (m *machine) Program() string { return "wireguard-go" }

func (m *machine) Start(context.Context, string) error { return errors.ErrUnsupported }

func (m *machine) DeleteLink(_ context.Context, index int) error {
	return m.change("delete link", func() error {
		l := m.link(index)
		if l == nil {
			return fs.ErrNotExist
		}
		delete(m.Configs, l.Name)
		delete(m.AddressList, index)
		m.LinkList = slices.DeleteFunc(m.LinkList, func(l host.Link) bool { return l.Index == index })
		m.RouteList = slices.DeleteFunc(m.RouteList, func(r host.Route) bool { return r.Index == index })
		return nil
	})
}

func (m *machine) SetLink(_ context.Context, index, mtu int, up bool) error {
	return m.change("set link", func() error {
		l := m.link(index)
		l.MTU, l.Up = mtu, up
		for _, a := range m.AddressList[index] {
			m.connect(index, a)
		}
		return nil
	})
}

// connect adds the route that the kernel makes for an address.
func (m *machine) connect(index int, a netip.Prefix) {
	for _, p := range connected([]netip.Prefix{a}) {
		r := host.Route{Prefix: p, Index: index, Table: mainTable}
		if p.Addr().Is6() {
			r.Metric = 256
		}
		if !slices.Contains(m.RouteList, r) {
			m.RouteList = append(m.RouteList, r)
		}
	}
}

func (m *machine) Addresses(_ context.Context, index int) ([]netip.Prefix, error) {
	return m.AddressList[index], nil
}

func (m *machine) AddAddress(_ context.Context, index int, a netip.Prefix) error {
	return m.change("add address", func() error {
		if slices.ContainsFunc(m.AddressList[index], func(b netip.Prefix) bool { return sameAddress(a, b) }) {
			return fs.ErrExist
		}
		if m.AddressList == nil {
			m.AddressList = make(map[int][]netip.Prefix)
		}
		m.AddressList[index] = append(m.AddressList[index], a)
		if m.link(index).Up {
			m.connect(index, a)
		}
		return nil
	})
}

// RemoveAddress removes an address and, with the first one of IPv4 in a subnet, the
// others there.
func (m *machine) RemoveAddress(_ context.Context, index int, a netip.Prefix) error {
	return m.change("remove address", func() error {
		n := slices.Index(m.AddressList[index], a)
		if n < 0 {
			return fs.ErrNotExist
		}
		subnet := func(b netip.Prefix) bool { return b.Masked() == a.Masked() }
		primary := a.Addr().Is4() && slices.IndexFunc(m.AddressList[index], subnet) == n
		m.AddressList[index] = slices.Delete(m.AddressList[index], n, n+1)
		if primary {
			m.AddressList[index] = slices.DeleteFunc(m.AddressList[index], subnet)
		}
		if !slices.ContainsFunc(m.AddressList[index], subnet) {
			m.RouteList = slices.DeleteFunc(m.RouteList, func(r host.Route) bool {
				return r.Index == index && r.Table == mainTable && r.Prefix == a.Masked() && r.Metric != metricIPv6
			})
		}
		return nil
	})
}

func (m *machine) Routes(_ context.Context, f host.Filter) ([]host.Route, error) {
	var list []host.Route
	for _, r := range m.RouteList {
		if r.Prefix.Addr().Is6() == f.IPv6 && (f.Table == 0 || f.Table == r.Table) && (f.Index == 0 || f.Index == r.Index) {
			list = append(list, r)
		}
	}
	return list, nil
}

func (m *machine) AddRoutes(_ context.Context, routes []host.Route) error {
	return m.change("add routes", func() error {
		for _, r := range routes {
			if r.Prefix.Addr().Is6() {
				r.Metric = metricIPv6
			}
			same := func(o host.Route) bool { return o.Prefix == r.Prefix && o.Table == r.Table && o.Metric == r.Metric }
			if slices.ContainsFunc(m.RouteList, same) {
				return fmt.Errorf("%s: %w", r.Prefix, fs.ErrExist)
			}
			m.RouteList = append(m.RouteList, r)
		}
		return nil
	})
}

func (m *machine) RemoveRoutes(_ context.Context, routes []host.Route) error {
	return m.change("remove routes", func() error {
		for _, r := range routes {
			m.RouteList = slices.DeleteFunc(m.RouteList, func(o host.Route) bool {
				return o.Prefix == r.Prefix && o.Table == r.Table && o.Index == r.Index
			})
		}
		return nil
	})
}

func (m *machine) RouteTo(_ context.Context, a netip.Addr) (mtu, index int, err error) {
	best := -1
	for _, r := range m.RouteList {
		if r.Table == mainTable && r.Prefix.Contains(a) && r.Prefix.Bits() > best {
			best, index = r.Prefix.Bits(), r.Index
		}
	}
	if best < 0 {
		return 0, 0, fs.ErrNotExist
	}
	return m.mtuOf(a), index, nil
}

// mtuOf returns the MTU of the route to an address: a setting of the model.
func (m *machine) mtuOf(a netip.Addr) int {
	var mtu int
	_, _ = fmt.Sscan(m.Settings["mtu "+a.String()], &mtu)
	return mtu
}

func (m *machine) DefaultRoute(_ context.Context, ipv6 bool) (mtu, index int, err error) {
	for _, r := range m.RouteList {
		if r.Table == mainTable && r.Prefix.Bits() == 0 && r.Prefix.Addr().Is6() == ipv6 {
			return 0, r.Index, nil
		}
	}
	return 0, 0, fs.ErrNotExist
}

func (m *machine) Rules(_ context.Context, ipv6 bool) ([]host.Rule, error) {
	return slices.Clone(m.RuleList[familyName(ipv6)]), nil
}

func (m *machine) AddRule(_ context.Context, r host.Rule) (host.Rule, error) {
	return r, m.change("add rule", func() error {
		list := append(m.RuleList[familyName(r.IPv6)], r)
		slices.SortStableFunc(list, func(a, b host.Rule) int { return cmp.Compare(a.Priority, b.Priority) })
		m.RuleList[familyName(r.IPv6)] = list
		return nil
	})
}

func (m *machine) RemoveRule(_ context.Context, r host.Rule) error {
	return m.change("remove rule", func() error {
		list := m.RuleList[familyName(r.IPv6)]
		n := slices.IndexFunc(list, func(o host.Rule) bool { return o.Priority == r.Priority && sameRule(o, r) })
		if n < 0 {
			return fs.ErrNotExist
		}
		m.RuleList[familyName(r.IPv6)] = slices.Delete(list, n, n+1)
		return nil
	})
}

func (m *machine) Sysctl(name string) (string, error) {
	if value, found := m.Settings[name]; found {
		return value, nil
	}
	return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

// SetSysctl sets a setting. Those of single interfaces are read-only.
func (m *machine) SetSysctl(name, value string) error {
	if _, found := m.Settings[name]; !found {
		return fs.ErrPermission
	}
	return m.change("set "+name, func() error {
		m.Settings[name] = value
		return nil
	})
}

func (m *machine) IPv6Disabled(ifname string) (bool, error) {
	return m.Settings["net.ipv6.conf."+ifname+".disable_ipv6"] == "1", nil
}

func (m *machine) Firewalls(context.Context) ([]host.Firewall, error) { return m.FirewallList, nil }

func (m *machine) AddFirewall(_ context.Context, f host.Firewall) error {
	return m.change("add firewall", func() error {
		m.FirewallList = slices.DeleteFunc(m.FirewallList, func(o host.Firewall) bool {
			return o.Interface == f.Interface && o.IPv6 == f.IPv6
		})
		m.FirewallList = append(m.FirewallList, f)
		return nil
	})
}

func (m *machine) RemoveFirewall(_ context.Context, ifname string) error {
	return m.change("remove firewall", func() error {
		m.FirewallList = slices.DeleteFunc(m.FirewallList, func(o host.Firewall) bool { return o.Interface == ifname })
		return nil
	})
}

func (m *machine) Device(_ context.Context, name string) (*wgtypes.Device, error) {
	config, found := m.Configs[name]
	if !found {
		return nil, &wgctrl.OpError{Op: "read", Device: name, Err: fs.ErrNotExist}
	}
	return wginternal.Apply(&wgtypes.Device{Name: name}, config), nil
}

func (m *machine) ConfigureDevice(ctx context.Context, name string, config wgtypes.Config) error {
	return m.change("configure", func() error {
		d, err := m.Device(ctx, name)
		if err != nil {
			return err
		}
		m.Configs[name] = wgctrl.Diff(nil, configOf(wginternal.Apply(d, config)))
		return nil
	})
}

// configOf returns the description of a device.
func configOf(d *wgtypes.Device) wgtypes.Config {
	config := wgtypes.Config{PrivateKey: &d.PrivateKey, ListenPort: &d.ListenPort, FirewallMark: &d.FirewallMark}
	for _, p := range d.Peers {
		config.Peers = append(config.Peers, wgtypes.PeerConfig{
			PublicKey: p.PublicKey, PresharedKey: &p.PresharedKey, Endpoint: p.Endpoint,
			PersistentKeepalive: &p.PersistentKeepalive, AllowedIPs: p.AllowedIPs,
		})
	}
	return config
}

func (m *machine) SyncDevice(ctx context.Context, name string, want wgtypes.Config, o wgctrl.SyncOptions) (wgtypes.Config, error) {
	d, err := m.Device(ctx, name)
	if err != nil {
		return wgtypes.Config{}, err
	}
	diff := wgctrl.Diff(d, want)
	if diff.IsZero() || o.DryRun {
		return diff, nil
	}
	return diff, m.ConfigureDevice(ctx, name, diff)
}

// machineDNS is the resolver of a machine.
type machineDNS machine

func (m *machineDNS) Find(_ context.Context, ifname string, _ dns.Config) (dns.Record, error) {
	if m.Settings["resolvconf"] == "missing" {
		return dns.Record{}, dns.ErrNoProgram
	}
	return dns.Record{Program: "resolvconf", Name: "tun." + ifname}, nil
}

func (m *machineDNS) Set(_ context.Context, r dns.Record, c dns.Config) error {
	return (*machine)(m).change("set DNS", func() error {
		m.DNS[r.Name] = c
		return nil
	})
}

func (m *machineDNS) Remove(_ context.Context, r dns.Record) error {
	return (*machine)(m).change("remove DNS", func() error {
		delete(m.DNS, r.Name)
		return nil
	})
}

// machineHooks runs the hooks of a machine: "fail" fails, everything else is noted.
type machineHooks machine

func (m *machineHooks) Ready() error {
	if m.Settings["shell"] == "missing" {
		return fs.ErrNotExist
	}
	return nil
}

func (m *machineHooks) Run(_ context.Context, command string) error {
	return (*machine)(m).change("hook "+command, func() error {
		if command == "fail" {
			return errors.New("exit status 1")
		}
		m.Ran = append(m.Ran, command)
		return nil
	})
}
