package doctor

import (
	"io/fs"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A Snapshot is the state that Diagnose judges.
type Snapshot struct {
	// Now is when the state was read.
	Now time.Time
	// Built is the date of the program, and Booted when the system started. They are
	// zero if they are unknown.
	Built, Booted time.Time
	// Devices are the devices that could be read.
	Devices []*Device
	// Unreadable are the devices and backends that could not be read.
	Unreadable []Unreadable
	// NoModule says how to load the kernel module, which is missing. It is empty if the
	// module is loaded or not needed.
	NoModule string
	// NotChecked lists what could not be read.
	NotChecked []Note
}

// Unreadable is a device or a backend that could not be read.
type Unreadable struct {
	// Device has no name if a whole backend could not be read.
	Device wgtypes.DeviceRef
	Err    error
	// Hint says what to do. It may be empty.
	Hint string
}

// Device is a device and what belongs to it.
type Device struct {
	*wgtypes.Device
	// Net is the network namespace of the interface. Devices in the same namespace have
	// the same Net. It is nil if it could not be read.
	Net *Network
	// File is the configuration file. It is nil if none was read.
	File *File
	// Selected reports whether to look for findings about this device. The others only
	// matter where devices affect each other.
	Selected bool
}

// Ref returns the identity of the device.
func (d *Device) Ref() wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}
}

// File is a configuration file.
type File struct {
	Path string
	// Mode is zero if the file system has no modes.
	Mode fs.FileMode
	// Settings are nil if the file has errors.
	Settings *wgconf.Settings
	// Problems are the errors of the file.
	Problems []string
	Names    map[wgtypes.PublicKey]string
	// Hosts are the host names of endpoints.
	Hosts map[string]Host
}

// Host is the result of looking up a host name.
type Host struct {
	Addrs []netip.Addr
	// Err is the text of the error, or empty.
	Err string
}

// Network is the state of a network namespace.
type Network struct {
	Links  []Link
	Routes []Route
	Rules  []Rule
	// UDPPorts are the ports of all UDP sockets.
	UDPPorts map[uint16]bool
	// Sysctls are the values of files below /proc/sys/net, such as ipv4/ip_forward.
	Sysctls map[string]int
}

// Link is a network interface.
type Link struct {
	Index     int
	Name      string
	Up        bool
	MTU       int
	Addresses []netip.Prefix
}

// RouteType is what a route does with packets.
type RouteType string

// The types of routes that matter. Broadcast and multicast routes are left out.
const (
	RouteUnicast     RouteType = "unicast"
	RouteLocal       RouteType = "local"
	RouteThrow       RouteType = "throw" // continue with the next rule
	RouteBlackhole   RouteType = "blackhole"
	RouteUnreachable RouteType = "unreachable"
	RouteProhibit    RouteType = "prohibit"
)

// Route is a route of a table.
type Route struct {
	Table uint32
	Type  RouteType
	Dst   netip.Prefix
	// Links are the indexes of the interfaces that the route uses.
	Links  []int
	Metric uint32
	// MTU is zero if it is that of the interface.
	MTU int
}

// RuleAction is what a rule does with packets that it matches.
type RuleAction string

// The actions of rules.
const (
	RuleTable       RuleAction = "table"
	RuleGoto        RuleAction = "goto"
	RuleNop         RuleAction = "nop"
	RuleBlackhole   RuleAction = "blackhole"
	RuleUnreachable RuleAction = "unreachable"
	RuleProhibit    RuleAction = "prohibit"
)

// Rule is a rule of policy routing.
type Rule struct {
	IPv6     bool
	Priority uint32
	Action   RuleAction
	Table    uint32 // of RuleTable
	Goto     uint32 // the priority of the next rule, of RuleGoto
	Invert   bool
	// Mark is compared with the bits of a packet's mark that Mask has.
	Mark, Mask uint32
	Src, Dst   netip.Prefix // zero for any
	// In and Out are names of interfaces, or empty for any.
	In, Out string
	// Suppress makes the rule ignore routes of prefixes that are shorter than this.
	Suppress int
	// Other reports whether the rule has further conditions, which Diagnose cannot
	// evaluate.
	Other bool
}
