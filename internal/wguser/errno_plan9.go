package wguser

import "github.com/wgctrl/wgctrl/uapi"

// The errors of devices of this process that are handled here. Plan 9 returns none
// of them itself.
const (
	eio          = uapi.Errno(5)
	einval       = uapi.Errno(22)
	epipe        = uapi.Errno(32)
	eaddrinuse   = uapi.Errno(98)
	econnreset   = uapi.Errno(104)
	econnrefused = uapi.Errno(111)
)
