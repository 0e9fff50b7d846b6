package record

// The works, which are measured.
const (
	Read        = "read"
	Poll        = "poll" // five reads by one process
	Stream      = "stream"
	Write       = "write"
	Change      = "change" // write the same again
	List        = "list"
	SocketRead  = "socket read"
	SocketStrm  = "socket stream"
	SocketWrite = "socket write"
	Dump        = "show dump" // commands
	Setconf     = "setconf"
	Start       = "start"
)

// Works are all works, in the order of a report.
var Works = []string{Read, Poll, Stream, Write, Change, List, SocketRead, SocketStrm, SocketWrite, Dump, Setconf, Start}

// Sized reports whether a work depends on the size of a device.
func Sized(work string) bool { return work != List && work != Start }

// OfCommands reports whether commands do a work, not libraries.
func OfCommands(work string) bool { return work == Dump || work == Setconf || work == Start }

// The contestants, which do the works.
const (
	Limit    = "limit"
	Wgctrl   = "wgctrl"
	WgctrlGo = "wgctrl-go"
	WG       = "wg"
)

// Contestants are all contestants, in the order of a report.
var Contestants = []string{Limit, Wgctrl, WgctrlGo, WG}
