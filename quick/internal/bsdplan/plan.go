// Package bsdplan lists the commands that raise and remove an interface on FreeBSD,
// OpenBSD and macOS, where wg-quick runs ifconfig(8), route(8) and others. The lists
// are values, so that they can be shown and tested on every system.
//
// The commands are those of wg-quick's scripts for these systems. They were not run
// there by the tests of this package.
package bsdplan

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/quick/internal/dns"
	"github.com/wgctrl/wgctrl/wgconf"
)

// System is an operating system.
type System uint8

// The systems.
const (
	FreeBSD System = iota
	OpenBSD
	Darwin
)

// Command is a program with its arguments.
type Command struct {
	// Text says what the command does, such as "add address 10.0.0.2/32 to wg0".
	Text string
	// Words are the program and its arguments.
	Words []string
	// Env are variables for the program, as in os/exec.
	Env []string
	// Input is the standard input of the program.
	Input string
	// Output is the path of the file that the output of the program replaces. If it
	// is empty, the output is that of the caller.
	Output string
	// MayFail says that a failure has no effect on other commands.
	MayFail bool
	// Else are the words of the command that runs if this one fails, unless the
	// interface exists.
	Else []string
}

// Tunnel is an interface and its settings.
type Tunnel struct {
	System System
	// Name is the name in the file's name.
	Name string
	// Device is the name of the system's interface: Name on FreeBSD, what FreeDevice
	// returns on OpenBSD, and what the program that creates it says on macOS.
	Device string
	// Interface are the settings of the file.
	Interface *wgconf.Interface
	// AllowedIPs and Endpoints are those of the peers of the running device.
	AllowedIPs []netip.Prefix
	Endpoints  []netip.Addr
}

// Create returns the commands that create the interface. program is the userspace
// implementation.
func (t *Tunnel) Create(program string) []Command {
	text := "create interface " + t.Name
	switch t.System {
	case FreeBSD:
		return []Command{{Text: text, Words: []string{"ifconfig", "wg", "create", "name", t.Name}, Else: []string{program, t.Name}}}
	case OpenBSD:
		return []Command{{Text: text, Words: []string{"ifconfig", t.Device, "create", "description", "wg-quick: " + t.Name}}}
	}
	return []Command{
		{Text: "create folder " + runDir, Words: []string{"mkdir", "-p", runDir}},
		{Text: text, Words: []string{program, "utun"}, Env: []string{"WG_TUN_NAME_FILE=" + t.nameFile()}},
	}
}

// The files of userspace implementations.
const runDir = "/var/run/wireguard/"

func (t *Tunnel) nameFile() string { return runDir + t.Name + ".name" }
func (t *Tunnel) socket() string   { return runDir + t.Device + ".sock" }

// Up returns the commands between the configuration of the device and PostUp. It
// fails if the system cannot do what the settings say.
func (t *Tunnel) Up(f Facts) ([]Command, error) {
	routes, err := t.routes(f)
	if err != nil {
		return nil, err
	}
	servers, err := t.setDNS(f)
	if err != nil {
		return nil, err
	}
	commands := append(t.addresses(), t.mtu(f)...)
	commands = append(commands, t.ifconfig("set "+t.Device+" up", "up"))
	if t.System == Darwin {
		return slices.Concat(commands, routes, servers), nil
	}
	return slices.Concat(commands, servers, routes), nil
}

// Down returns the commands between PreDown and PostDown. hosts are the endpoints
// that have a route of their own, as EndpointRoutes returned them.
func (t *Tunnel) Down(f Facts, hosts []netip.Addr) []Command {
	var commands []Command
	destroy := t.ifconfig("remove interface "+t.Name, "destroy")
	servers := t.unsetDNS(f)
	switch t.System {
	case OpenBSD:
		commands = append(servers, destroy)
	case Darwin:
		commands = append(commands, t.remove(t.socket()), t.remove(t.nameFile()))
		commands = append(commands, servers...)
	default:
		if f.HasSocket {
			destroy = t.remove(t.socket())
		}
		commands = append(append(commands, destroy), servers...)
	}
	for _, a := range hosts {
		commands = append(commands, deleteHost(a))
	}
	return commands
}

// ifconfig returns a command for the interface.
func (t *Tunnel) ifconfig(text string, words ...string) Command {
	return Command{Text: text, Words: append([]string{"ifconfig", t.Device}, words...)}
}

// remove returns the command that removes a file, which ends a userspace
// implementation.
func (t *Tunnel) remove(path string) Command {
	return Command{Text: "remove " + path, Words: []string{"rm", "-f", path}}
}

func (t *Tunnel) addresses() (commands []Command) {
	for _, p := range t.Interface.Addresses {
		words := []string{"inet", p.String(), "alias"}
		switch {
		case p.Addr().Is6():
			words[0] = "inet6"
		case t.System == Darwin:
			words = []string{"inet", p.String(), p.Addr().String(), "alias"}
		}
		commands = append(commands, t.ifconfig(fmt.Sprintf("add address %s to %s", p, t.Device), words...))
	}
	return commands
}

// mtu returns the command that sets the MTU. The header of a packet has 80 bytes.
func (t *Tunnel) mtu(f Facts) []Command {
	mtu := t.Interface.MTU
	if mtu == 0 {
		if t.System != Darwin {
			for _, endpoint := range f.EndpointMTUs {
				mtu = max(mtu, endpoint)
			}
		}
		if mtu == 0 {
			mtu = f.DefaultMTU
		}
		if mtu == 0 {
			mtu = 1500
		}
		mtu -= 80
		if t.System == Darwin && mtu == f.CurrentMTU {
			return nil
		}
	}
	return []Command{t.ifconfig(fmt.Sprintf("set MTU of %s to %d", t.Device, mtu), "mtu", strconv.Itoa(mtu))}
}

// dns returns the DNS settings, and whether there are any.
func (t *Tunnel) dns() (dns.Config, bool) {
	c := dns.Config{Servers: t.Interface.DNS, Search: t.Interface.Search}
	return c, len(c.Servers) > 0
}

func (t *Tunnel) setDNS(f Facts) ([]Command, error) {
	c, ok := t.dns()
	if !ok {
		return nil, nil
	}
	if err := dns.Check(t.Name, c); err != nil {
		return nil, err
	}
	text := "set DNS servers of " + t.Name
	servers := make([]string, len(c.Servers))
	for i, a := range c.Servers {
		servers[i] = a.String()
	}
	switch t.System {
	case FreeBSD:
		return []Command{{Text: text, Words: []string{"resolvconf", "-a", t.Name, "-x"}, Input: c.ResolvConf()}}, nil
	case OpenBSD:
		return t.setResolvd(f, text, servers, c.Search), nil
	}
	domains := c.Search
	if len(domains) == 0 {
		domains = []string{"Empty"}
	}
	var commands []Command
	for _, s := range f.Services {
		commands = append(commands, s.set(text+" for "+s.Name, servers, domains)...)
	}
	return commands, nil
}

// setResolvd returns the commands for resolvd(8), which adds the servers to
// resolv.conf. Without it and unwind(8), nothing reads them.
func (t *Tunnel) setResolvd(f Facts, text string, servers, search []string) []Command {
	if !f.HasResolver {
		return nil
	}
	commands := []Command{{Text: "copy " + resolvConf, Words: []string{"cp", resolvConf, t.backup()}}}
	if len(search) > 0 {
		commands = append(commands, Command{
			Text: "set search domains", Words: []string{"printf", `search %s\n`, strings.Join(search, " ")}, Output: resolvConf,
		})
	}
	return append(commands, Command{Text: text, Words: append([]string{"route", "nameserver", t.Device}, servers...)})
}

const resolvConf = "/etc/resolv.conf"

func (t *Tunnel) backup() string { return resolvConf + ".wg-quick-backup." + t.Name }

func (t *Tunnel) unsetDNS(f Facts) []Command {
	text := "remove DNS servers of " + t.Name
	if _, ok := t.dns(); !ok {
		return nil
	}
	switch {
	case t.System == FreeBSD:
		return []Command{{Text: text, Words: []string{"resolvconf", "-d", t.Name}}}
	case t.System == OpenBSD && f.HasBackup:
		return []Command{
			{Text: text, Words: []string{"route", "nameserver", t.Device}},
			{Text: "restore " + resolvConf, Words: []string{"mv", t.backup(), resolvConf}},
		}
	}
	var commands []Command
	for _, s := range f.Services {
		commands = append(commands, s.set("restore DNS servers for "+s.Name, s.Servers, s.Search)...)
	}
	return commands
}
