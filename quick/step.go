package quick

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/wgctrl/wgctrl/quick/internal/dns"
	"github.com/wgctrl/wgctrl/wgconf"
)

// action is what a step does with its item.
type action uint8

const (
	actionAdd action = iota
	actionChange
	actionRemove
)

// Step is one change to the system, or one hook. [Plan] and Options.OnStep have them. It contains no keys, except those
// that a hook contains.
type Step struct {
	action  action
	item    item
	name    string // of the interface
	amnezia bool   // whether the interface is one of AmneziaWG
	// text and command are what String and Command return for a command of another
	// system than Linux.
	text, command string
}

// String returns what the step does, such as "add address 10.0.0.2/32 to wg0".
func (s Step) String() string {
	if s.text != "" {
		return s.text
	}
	if s.action == actionRemove {
		return s.removal()
	}
	i := s.item
	switch i.Kind {
	case kindLink:
		if i.Userspace {
			return fmt.Sprintf("start %s for %s", i.Word, s.name)
		}
		return "create link " + s.name
	case kindWireGuard:
		if s.action == actionChange {
			return fmt.Sprintf("synchronize WireGuard on %s (%s)", s.name, peerCount(i.Peers))
		}
		return fmt.Sprintf("configure WireGuard on %s (%s)", s.name, peerCount(i.Peers))
	case kindAddress:
		return fmt.Sprintf("add address %s to %s", prefixText(i.Prefix), s.name)
	case kindMTU:
		return fmt.Sprintf("set MTU of %s to %d and bring it up", s.name, i.MTU)
	case kindDNS:
		text := fmt.Sprintf("set DNS servers of %s to %s", s.name, i.servers())
		if i.Split {
			text += " for " + strings.Join(i.Search, " ")
		}
		return text
	case kindMark:
		return fmt.Sprintf("set firewall mark of %s to %d", s.name, i.Mark)
	case kindRule, kindSuppress:
		return "add " + i.rule()
	case kindRoute:
		return fmt.Sprintf("add route %s to %s%s", prefixText(i.Prefix), s.name, i.inTable())
	case kindSysctl:
		return "set " + srcValidMark + " to 1"
	case kindFirewall:
		return fmt.Sprintf("set %s firewall rules of %s", familyName(i.IPv6), s.name)
	case kindHook:
		return fmt.Sprintf("run %s: %s", i.Event, i.Hook)
	case kindSave:
		return fmt.Sprintf("save %s to %s", s.name, i.Word)
	}
	return string(i.Kind)
}

// peerCount returns "1 peer" or, for example, "2 peers".
func peerCount(n int) string {
	if n == 1 {
		return "1 peer"
	}
	return fmt.Sprintf("%d peers", n)
}

// removal returns what a step does that removes its item.
func (s Step) removal() string {
	i := s.item
	switch i.Kind {
	case kindLink:
		return "delete link " + s.name
	case kindAddress:
		return fmt.Sprintf("remove address %s from %s", prefixText(i.Prefix), s.name)
	case kindDNS:
		return "remove DNS servers of " + s.name
	case kindMark:
		return "remove firewall mark of " + s.name
	case kindRule, kindSuppress:
		return "remove " + i.rule()
	case kindRoute:
		return fmt.Sprintf("remove route %s from %s%s", prefixText(i.Prefix), s.name, i.inTable())
	case kindFirewall:
		return "remove firewall rules of " + s.name
	}
	return "remove " + string(i.Kind)
}

// Command returns the words that wg-quick prints for this step after "[#] ", such
// as "ip -4 address add 10.0.0.2/32 dev wg0".
func (s Step) Command() string {
	if s.command != "" {
		return s.command
	}
	i, verb := s.item, "add"
	if s.action == actionRemove {
		verb = "delete"
	}
	switch i.Kind {
	case kindLink:
		switch {
		case s.action == actionRemove:
			return "ip link delete dev " + s.name
		case i.Userspace:
			return i.Word + " " + s.name
		}
		return "ip link add dev " + s.name + " type " + linkType(s.amnezia)
	case kindWireGuard:
		if s.action == actionChange {
			return s.tool() + " syncconf " + s.name + " /dev/fd/63"
		}
		return s.tool() + " addconf " + s.name + " /dev/fd/63"
	case kindAddress:
		return fmt.Sprintf("ip %s address %s %s dev %s", i.familyFlag(), verb, i.address(), s.name)
	case kindMTU:
		return fmt.Sprintf("ip link set mtu %d up dev %s", i.MTU, s.name)
	case kindDNS:
		return i.dnsCommand(s.action)
	case kindMark:
		if s.action == actionRemove {
			return fmt.Sprintf("%s set %s fwmark off", s.tool(), s.name)
		}
		return fmt.Sprintf("%s set %s fwmark %d", s.tool(), s.name, i.Mark)
	case kindRule:
		if s.action == actionRemove {
			return fmt.Sprintf("ip %s rule delete table %d", i.familyFlag(), i.Table)
		}
		return fmt.Sprintf("ip %s rule add not fwmark %d table %d", i.familyFlag(), i.Mark, i.Table)
	case kindSuppress:
		return fmt.Sprintf("ip %s rule %s table main suppress_prefixlength 0", i.familyFlag(), verb)
	case kindRoute:
		return s.routeCommand(verb)
	case kindSysctl:
		return "sysctl -q " + srcValidMark + "=1"
	case kindFirewall:
		return "nft -f /dev/fd/63"
	case kindHook:
		return i.Hook
	case kindSave:
		return s.tool() + " showconf " + s.name
	}
	return ""
}

// tool returns the name of wg(8) or, for an interface of AmneziaWG, of awg(8).
func (s Step) tool() string {
	if s.amnezia {
		return "awg"
	}
	return "wg"
}

// linkType returns the kernel's type of links. It is also the name of its module.
func linkType(amnezia bool) string {
	if amnezia {
		return "amneziawg"
	}
	return "wireguard"
}

func (s Step) routeCommand(verb string) string {
	i := s.item
	command := fmt.Sprintf("ip %s route %s %s dev %s", i.familyFlag(), verb, prefixText(i.Prefix), s.name)
	switch {
	case i.Word != "":
		command += " table " + i.Word
	case i.Table != 0:
		command += fmt.Sprintf(" table %d", i.Table)
	}
	return command
}

// MarshalJSON returns an object with the text and the command of the step.
func (s Step) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Step    string `json:"step"`
		Command string `json:"command"`
	}{s.String(), s.Command()})
}

// srcValidMark is the setting that makes the kernel use the mark of a packet when it
// checks its source address.
const srcValidMark = "net.ipv4.conf.all.src_valid_mark"

func (a item) familyFlag() string {
	if a.isIPv6() {
		return "-6"
	}
	return "-4"
}

// address returns an address as the file has it.
func (a item) address() string {
	if a.Word != "" {
		return a.Word
	}
	return prefixText(a.Prefix)
}

// dnsCommand returns the commands that set or remove DNS servers.
func (a item) dnsCommand(does action) string {
	if does == actionRemove {
		return strings.Join(a.DNS.RemoveCommand(), " ")
	}
	var lines []string
	for _, words := range a.DNS.SetCommands(a.dnsConfig()) {
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, " && ")
}

// dnsConfig returns what the resolver gets.
func (a item) dnsConfig() dns.Config {
	return dns.Config{Servers: a.Addresses, Search: a.Search, Split: a.Split}
}

func (a item) servers() string {
	words := make([]string, 0, len(a.Addresses))
	for _, server := range a.Addresses {
		words = append(words, server.String())
	}
	return strings.Join(words, " ")
}

// rule returns a rule with its priority, if it is known.
func (a item) rule() string {
	text := "lookup main suppress_prefixlength 0"
	if a.Kind == kindRule {
		text = fmt.Sprintf("not fwmark %d lookup %d", a.Mark, a.Table)
	}
	if a.Priority == 0 {
		return fmt.Sprintf("%s rule: %s", familyName(a.IPv6), text)
	}
	return fmt.Sprintf("%s rule %d: %s", familyName(a.IPv6), a.Priority, text)
}

// inTable names the table of a route, unless it is the main table.
func (a item) inTable() string {
	switch {
	case a.Word != "":
		return " in table " + a.Word
	case a.Table != 0:
		return fmt.Sprintf(" in table %d", a.Table)
	}
	return ""
}

func familyName(ipv6 bool) string {
	if ipv6 {
		return "IPv6"
	}
	return "IPv4"
}

// prefixText returns p as wg(8) prints it.
func prefixText(p netip.Prefix) string { return string(wgconf.AppendPrefix(nil, p)) }
