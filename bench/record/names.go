package record

// The works, which are measured.
const (
	Read        = "read"
	Poll        = "poll"  // five reads by one process
	Watch       = "watch" // five intervals of a watch
	Stream      = "stream"
	Write       = "write"
	Change      = "change" // write the same again
	List        = "list"
	SocketRead  = "socket read"
	SocketStrm  = "socket stream"
	SocketWrite = "socket write"
	Diff        = "diff"       // every prefix moves
	ParseFile   = "parse file" // a configuration
	Devices     = "devices"    // read all devices
	Dump        = "show dump"  // commands
	DumpAll     = "show all dump"
	Show        = "show"
	ShowJSON    = "show --json"
	Showconf    = "showconf"
	Sync        = "sync" // wg syncconf
	SyncTen     = "sync ten"
	Setconf     = "setconf"
	Start       = "start"
	Scrape      = "scrape" // exporters

	// The start of a command on a machine without devices.
	StartVersion = "start: version"
	StartShow    = "start: show"
	StartWGShow  = "start: wg show"
)

// Works are all works, in the order of a report.
var Works = []string{
	Read, Poll, Watch, Stream, Write, Change, List, SocketRead, SocketStrm, SocketWrite, Diff, ParseFile, Devices,
	Dump, DumpAll, Show, ShowJSON, Showconf, Sync, SyncTen, Setconf, Start, Scrape,
	StartVersion, StartShow, StartWGShow,
}

// Scale is what the cost of a work depends on.
type Scale int

// The scales.
const (
	OneSize  Scale = iota // nothing that changes
	OfDevice              // the size of a device
	OfFleet               // the number of devices
)

// ScaleOf returns the scale of a work.
func ScaleOf(work string) Scale {
	switch work {
	case List, Start, StartVersion, StartShow, StartWGShow:
		return OneSize
	case Devices, DumpAll:
		return OfFleet
	}
	return OfDevice
}

// OfCommands reports whether commands do a work, not libraries.
func OfCommands(work string) bool {
	switch work {
	case Dump, DumpAll, Show, ShowJSON, Showconf, Sync, SyncTen, Setconf, Start, Scrape:
		return true
	}
	return OfStart(work)
}

// OfStart reports whether a work is the start of a command on a machine without devices.
func OfStart(work string) bool {
	return work == StartVersion || work == StartShow || work == StartWGShow
}

// NeedsKernel reports whether a work needs WireGuard in the kernel.
func NeedsKernel(work string) bool {
	switch work {
	case SocketRead, SocketStrm, SocketWrite, Diff, ParseFile:
		return false
	}
	return true
}

// The contestants, which do the works.
const (
	Limit    = "limit"
	Wgctrl   = "wgctrl"
	WgctrlGo = "wgctrl-go"
	WG       = "wg"
	Exporter = "wireguard_exporter"
	// WgctrlNoGC is wgctrl without the garbage collector. It takes part only if a run
	// names it.
	WgctrlNoGC = "wgctrl GOGC=off"
)

// Contestants are all contestants, in the order of a report.
var Contestants = []string{Limit, Wgctrl, WgctrlGo, WG, Exporter, WgctrlNoGC}
