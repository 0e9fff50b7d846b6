package doctor

import (
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ID names a kind of finding. IDs do not change between versions. docs/doctor.md
// describes each of them.
type ID string

// The kinds of findings.
const (
	DeviceMissing      ID = "device-missing"
	DeviceUnreadable   ID = "device-unreadable"
	PermissionMissing  ID = "permission-missing"
	ModuleMissing      ID = "module-missing"
	DeviceDown         ID = "device-down"
	AddressMissing     ID = "address-missing"
	MTUTooLarge        ID = "mtu-too-large"
	PortClosed         ID = "port-closed"
	HandshakeNever     ID = "handshake-never"
	NothingReceived    ID = "nothing-received"
	PeerSilent         ID = "peer-silent"
	KeepaliveMissing   ID = "keepalive-missing"
	ClockBehind        ID = "clock-behind"
	ClockJumped        ID = "clock-jumped"
	EndpointUnresolved ID = "endpoint-unresolved"
	EndpointDiffers    ID = "endpoint-differs"
	EndpointLoop       ID = "endpoint-loop"
	AllowedIPDuplicate ID = "allowed-ip-duplicate"
	AllowedIPOverlap   ID = "allowed-ip-overlap"
	AllowedIPShadowed  ID = "allowed-ip-shadowed"
	RouteMissing       ID = "route-missing"
	RouteElsewhere     ID = "route-elsewhere"
	FwmarkWithoutRule  ID = "fwmark-without-rule"
	RPFilterStrict     ID = "rp-filter-strict"
	ForwardingOff      ID = "forwarding-off"
	FileInvalid        ID = "file-invalid"
	FileExposed        ID = "file-exposed"
	FileDiffers        ID = "file-differs"
)

// IDs returns the kinds of findings, in the order of the documentation.
func IDs() []ID {
	return []ID{
		DeviceMissing, DeviceUnreadable, PermissionMissing, ModuleMissing,
		DeviceDown, AddressMissing, MTUTooLarge, PortClosed,
		HandshakeNever, NothingReceived, PeerSilent, KeepaliveMissing,
		ClockBehind, ClockJumped,
		EndpointUnresolved, EndpointDiffers, EndpointLoop,
		AllowedIPDuplicate, AllowedIPOverlap, AllowedIPShadowed,
		RouteMissing, RouteElsewhere, FwmarkWithoutRule, RPFilterStrict, ForwardingOff,
		FileInvalid, FileExposed, FileDiffers,
	}
}

// Severity says how bad a finding is.
type Severity string

const (
	// Error means that a part of the tunnel cannot work.
	Error Severity = "error"
	// Warning means that a part of the tunnel probably does not work, or is not safe.
	Warning Severity = "warning"
	// Notice is about something that can be intended.
	Notice Severity = "notice"
)

// A Finding is something that is wrong. It contains no secrets.
type Finding struct {
	ID       ID       `json:"id"`
	Severity Severity `json:"severity"`
	// Device is the device that has the problem. It is zero if none has.
	Device wgtypes.DeviceRef `json:"device,omitzero"`
	// Peer is the peer that has the problem. It is zero if the whole device has it.
	Peer wgtypes.PublicKey `json:"peer,omitzero"`
	// PeerName is the name of the peer in the file.
	PeerName string `json:"peer_name,omitempty"`
	Summary  string `json:"summary"`
	// Evidence is what was seen.
	Evidence []string `json:"evidence"`
	// Remedy says what to do.
	Remedy string `json:"remedy"`
}

// Topic is a part of the state that findings need.
type Topic string

// The topics.
const (
	TopicDevice    Topic = "device"
	TopicLink      Topic = "interface"
	TopicAddresses Topic = "addresses"
	TopicRoutes    Topic = "routes"
	TopicRules     Topic = "routing rules"
	TopicSysctls   Topic = "kernel settings"
	TopicSockets   Topic = "UDP sockets"
	TopicFile      Topic = "configuration file"
	TopicHosts     Topic = "host names"
	TopicBuilt     Topic = "clock, compared with the build"
	TopicBooted    Topic = "clock, compared with the boot time"
)

// A Note says what was not checked.
type Note struct {
	// Device is the device that was not checked. It is zero if the note is about all.
	Device wgtypes.DeviceRef `json:"device,omitzero"`
	What   Topic             `json:"what"`
	Reason string            `json:"reason"`
}

// A Report is the result of a diagnosis.
type Report struct {
	// Checked are the devices that were checked.
	Checked    []wgtypes.DeviceRef `json:"checked"`
	Findings   []Finding           `json:"findings"`
	NotChecked []Note              `json:"not_checked"`
}
