package doctor

import (
	"bufio"
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// bootTime returns when the system started, by its clock.
func bootTime(now time.Time) (time.Time, error) {
	var since unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &since); err != nil {
		return time.Time{}, fmt.Errorf("read the time since boot: %w", err)
	}
	return now.Add(-time.Duration(since.Nano())), nil
}

// readNetwork reads the network namespace with the path, or that of the calling
// thread if path is empty. It returns notes about what it could not read.
func readNetwork(path string) (n *Network, notes []Note) {
	if path == "" {
		return readOwnNetwork()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread ends with this goroutine, since it stays locked.
		runtime.LockOSThread()
		if err := enter(path); err != nil {
			notes = notesFor(err.Error(), networkTopics()...)
			return
		}
		n, notes = readOwnNetwork()
	}()
	<-done
	return n, notes
}

// enter moves the calling thread to a network namespace.
func enter(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the network namespace %s: %w", path, err)
	}
	return nil
}

// readOwnNetwork reads the network namespace of the calling thread.
func readOwnNetwork() (n *Network, notes []Note) {
	c, err := rtnetlink.Dial(nil)
	if err != nil {
		return nil, notesFor(err.Error(), networkTopics()...)
	}
	defer c.Close()
	n = &Network{}
	for _, part := range []struct {
		topic Topic
		read  func(*rtnetlink.Conn) error
	}{
		{TopicLink, n.readLinks}, {TopicAddresses, n.readAddresses}, {TopicRoutes, n.readRoutes}, {TopicRules, n.readRules},
		{TopicSysctls, n.readSysctls}, {TopicSockets, n.readSockets},
	} {
		if err := part.read(c); err != nil {
			notes = append(notes, notesFor(err.Error(), part.topic)...)
		}
	}
	return n, notes
}

func (n *Network) readLinks(c *rtnetlink.Conn) error {
	links, err := c.Link.List()
	for _, l := range links {
		if l.Attributes != nil {
			n.Links = append(n.Links, Link{Index: int(l.Index), Name: l.Attributes.Name, Up: l.Flags&unix.IFF_UP != 0, MTU: int(l.Attributes.MTU)})
		}
	}
	return err
}

func (n *Network) readAddresses(c *rtnetlink.Conn) error {
	addresses, err := c.Address.List()
	for _, a := range addresses {
		l := n.linkAt(int(a.Index))
		if l == nil || a.Attributes == nil {
			continue
		}
		own := a.Attributes.Local
		if own == nil { // IPv6 without a remote address
			own = a.Attributes.Address
		}
		if ip, ok := netip.AddrFromSlice(own); ok {
			l.Addresses = append(l.Addresses, netip.PrefixFrom(ip.Unmap(), int(a.PrefixLength)))
		}
	}
	return err
}

// routeTypes are the types of routes that lookups use.
var routeTypes = [math.MaxUint8 + 1]RouteType{
	unix.RTN_UNICAST: RouteUnicast, unix.RTN_LOCAL: RouteLocal, unix.RTN_THROW: RouteThrow,
	unix.RTN_BLACKHOLE: RouteBlackhole, unix.RTN_UNREACHABLE: RouteUnreachable, unix.RTN_PROHIBIT: RouteProhibit,
}

func (n *Network) readRoutes(c *rtnetlink.Conn) error {
	routes, err := c.Route.List()
	for _, m := range routes {
		kind := routeTypes[m.Type]
		dst, ok := prefix(m.Family, m.Attributes.Dst, m.DstLength)
		if !ok || kind == "" || m.SrcLength > 0 {
			continue
		}
		r := Route{Table: uint32(m.Table), Type: kind, Dst: dst, Metric: m.Attributes.Priority}
		if m.Attributes.Table != 0 {
			r.Table = m.Attributes.Table
		}
		if m.Attributes.Metrics != nil {
			r.MTU = int(m.Attributes.Metrics.MTU)
		}
		if m.Attributes.OutIface != 0 {
			r.Links = []int{int(m.Attributes.OutIface)}
		}
		for _, hop := range m.Attributes.Multipath {
			r.Links = append(r.Links, int(hop.Hop.IfIndex))
		}
		n.Routes = append(n.Routes, r)
	}
	return err
}

// prefix returns the prefix of a message. ok reports whether it is one of IPv4 or IPv6.
func prefix(family uint8, ip net.IP, length uint8) (p netip.Prefix, ok bool) {
	addr := netip.IPv4Unspecified()
	switch family {
	case unix.AF_INET:
	case unix.AF_INET6:
		addr = netip.IPv6Unspecified()
	default:
		return p, false
	}
	if a, ok := netip.AddrFromSlice(ip); ok {
		addr = a
		if family == unix.AF_INET {
			addr = a.Unmap()
		}
	}
	p, err := addr.Prefix(int(length))
	return p, err == nil
}

// ruleActions are the actions FR_ACT of the kernel.
var ruleActions = [math.MaxUint8 + 1]RuleAction{
	unix.FR_ACT_TO_TBL: RuleTable, unix.FR_ACT_GOTO: RuleGoto, unix.FR_ACT_NOP: RuleNop,
	unix.FR_ACT_BLACKHOLE: RuleBlackhole, unix.FR_ACT_UNREACHABLE: RuleUnreachable, unix.FR_ACT_PROHIBIT: RuleProhibit,
}

func (n *Network) readRules(c *rtnetlink.Conn) error {
	rules, err := c.Rule.List()
	for _, m := range rules {
		if rule, ok := ruleOf(&m); ok {
			n.Rules = append(n.Rules, rule)
		}
	}
	return err
}

// ruleOf returns the rule in a message. ok reports whether it is one of IPv4 or IPv6.
func ruleOf(m *rtnetlink.RuleMessage) (r Rule, ok bool) {
	const invert = 0x2 // FIB_RULE_INVERT
	a := m.Attributes
	if a == nil {
		a = &rtnetlink.RuleAttributes{}
	}
	r = Rule{IPv6: m.Family == unix.AF_INET6, Action: ruleActions[m.Action], Table: uint32(m.Table), Invert: m.Flags&invert != 0}
	if a.Table != nil {
		r.Table = *a.Table
	}
	r.Priority, r.Goto = value(a.Priority), value(a.Goto)
	r.Mark, r.Mask = value(a.FwMark), value(a.FwMask)
	r.In, r.Out = value(a.IIFName), value(a.OIFName)
	r.Suppress = int(value(a.SuppressPrefixLen) + 1) // all ones mean none
	if a.SuppressPrefixLen == nil {
		r.Suppress = 0
	}
	if a.Src != nil {
		r.Src, _ = prefix(m.Family, *a.Src, m.SrcLength)
	}
	if a.Dst != nil {
		r.Dst, _ = prefix(m.Family, *a.Dst, m.DstLength)
	}
	r.Other = m.TOS != 0 || value(a.TunID) != 0 || value(a.L3MDev) != 0 || value(a.IPProto) != 0 ||
		a.UIDRange != nil || a.SPortRange != nil || a.DPortRange != nil || a.SuppressIFGroup != nil && *a.SuppressIFGroup != ^uint32(0)
	return r, m.Family == unix.AF_INET || m.Family == unix.AF_INET6
}

// value returns what p points to, or zero.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// sysctlDir has the settings of the network namespace of the calling thread.
const sysctlDir = "/proc/sys/net"

func (n *Network) readSysctls(*rtnetlink.Conn) error {
	n.Sysctls = make(map[string]int)
	names := []string{"ipv4/conf/all/rp_filter", "ipv4/conf/all/src_valid_mark", "ipv6/conf/all/forwarding"}
	for _, l := range n.Links {
		conf := "ipv4/conf/" + l.Name + "/"
		names = append(names, conf+"rp_filter", conf+"src_valid_mark", conf+"forwarding")
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(sysctlDir, name))
		if os.IsNotExist(err) { // without IPv6, or the interface is gone
			continue
		}
		if err != nil {
			return err
		}
		if n.Sysctls[name], err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	if len(n.Sysctls) == 0 {
		return fmt.Errorf("%s has no settings", sysctlDir)
	}
	return nil
}

func (n *Network) readSockets(*rtnetlink.Conn) error {
	n.UDPPorts = make(map[uint16]bool)
	for _, name := range []string{"udp", "udp6"} {
		err := n.readSocketTable("/proc/thread-self/net/" + name)
		if err != nil && (name == "udp" || !os.IsNotExist(err)) { // udp6 is missing without IPv6
			return err
		}
	}
	return nil
}

// readSocketTable reads the ports of a table of sockets, which has a heading and then
// lines such as "0: 0100007F:0035 00000000:0000 ...".
func (n *Network) readSocketTable(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Scan()
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		_, port, _ := strings.Cut(fields[1], ":")
		number, err := strconv.ParseUint(port, 16, 16)
		if err != nil {
			return fmt.Errorf("read %s: invalid local address %q: must end with a port", path, fields[1])
		}
		n.UDPPorts[uint16(number)] = true
	}
	return lines.Err()
}
