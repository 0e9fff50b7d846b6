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

// SystemOf returns the system with this name in runtime.GOOS.
func SystemOf(goos string) (s System, ok bool) {
	switch goos {
	case "freebsd":
		return FreeBSD, true
	case "openbsd":
		return OpenBSD, true
	case "darwin":
		return Darwin, true
	}
	return 0, false
}

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
	// Vanishes says that the interface exists for a while after the command.
	Vanishes bool
	// Part is what the command adds or removes, for State.Note.
	Part Part
}

// Part is an address or a route of the interface. The zero Part is neither.
type Part struct {
	Kind    PartKind
	Prefix  netip.Prefix
	Removed bool
}

// PartKind says what a Part is.
type PartKind uint8

// The kinds of parts.
const (
	PartNone PartKind = iota
	PartAddress
	PartRoute
)

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
// that have a route of their own, as EndpointRoutes returned them. Without a Device,
// the commands remove what an interface that is gone left.
func (t *Tunnel) Down(f Facts, hosts []netip.Addr) []Command {
	commands := t.unsetDNS(f)
	switch {
	case t.Device == "":
	case t.System == OpenBSD:
		commands = append(commands, t.destroy(f)...)
	default:
		commands = append(t.destroy(f), commands...)
	}
	for _, a := range hosts {
		commands = append(commands, deleteHost(a))
	}
	return commands
}

// destroy returns the commands that remove the interface.
func (t *Tunnel) destroy(f Facts) []Command {
	if t.System == Darwin {
		return []Command{t.remove(t.socket()), t.remove(t.nameFile())}
	}
	destroy := t.ifconfig("remove interface "+t.Name, "destroy")
	if t.System == FreeBSD {
		if f.HasSocket {
			destroy = t.remove(t.socket())
		}
		destroy.Vanishes = true
	}
	return []Command{destroy}
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
		commands = append(commands, t.addAddress(p))
	}
	return commands
}

func (t *Tunnel) addAddress(p netip.Prefix) Command {
	words := []string{"inet", p.String(), "alias"}
	switch {
	case p.Addr().Is6():
		words[0] = "inet6"
	case t.System == Darwin:
		words = []string{"inet", p.String(), p.Addr().String(), "alias"}
	}
	c := t.ifconfig(fmt.Sprintf("add address %s to %s", p, t.Device), words...)
	c.Part = Part{Kind: PartAddress, Prefix: p}
	return c
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
	return []Command{t.setMTU(mtu)}
}

func (t *Tunnel) setMTU(mtu int) Command {
	return t.ifconfig(fmt.Sprintf("set MTU of %s to %d", t.Device, mtu), "mtu", strconv.Itoa(mtu))
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
	switch t.System {
	case FreeBSD:
		return []Command{{Text: text, Words: []string{"resolvconf", "-a", t.Name, "-x"}, Input: c.ResolvConf()}}, nil
	case OpenBSD:
		return t.setResolvd(f, text, addressWords(c.Servers), c.Search), nil
	}
	return t.setServices(f.Services), nil
}

// setServices returns the commands that give the DNS servers to network services.
func (t *Tunnel) setServices(services []Service) (commands []Command) {
	domains := t.Interface.Search
	if len(domains) == 0 {
		domains = []string{"Empty"}
	}
	for _, s := range services {
		text := "set DNS servers of " + t.Name + " for " + s.Name
		commands = append(commands, s.set(text, addressWords(t.Interface.DNS), domains)...)
	}
	return commands
}

func addressWords(addresses []netip.Addr) []string {
	words := make([]string, len(addresses))
	for i, a := range addresses {
		words[i] = a.String()
	}
	return words
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
	_, ok := t.dns()
	switch {
	case t.System == FreeBSD && ok:
		// With -f, it succeeds although an interrupted Up has not set any.
		return []Command{{
			Text: text, Words: []string{"resolvconf", "-d", t.Name}, Else: []string{"resolvconf", "-d", t.Name, "-f"},
		}}
	case t.System == OpenBSD && f.HasBackup:
		return t.unsetResolvd(text)
	}
	return restore(f.Services)
}

// unsetResolvd returns the commands that undo those of setResolvd. The servers go with
// the interface.
func (t *Tunnel) unsetResolvd(text string) (commands []Command) {
	if t.Device != "" {
		commands = append(commands, Command{Text: text, Words: []string{"route", "nameserver", t.Device}})
	}
	return append(commands, Command{Text: "restore " + resolvConf, Words: []string{"mv", t.backup(), resolvConf}})
}

// restore returns the commands that give network services their own DNS servers.
func restore(services []Service) (commands []Command) {
	for _, s := range services {
		commands = append(commands, s.set("restore DNS servers for "+s.Name, s.Servers, s.Search)...)
	}
	return commands
}
