// Package uapi encodes and decodes the text protocol of userspace WireGuard
// devices ("UAPI", https://www.wireguard.com/xplatform/), which wireguard-go,
// amneziawg-go, boringtun and others speak over a Unix socket or a named pipe. It
// performs no I/O of its own: package uapinet serves devices on sockets.
//
// A request is answered by one reply. Clients use [AppendGet] and [AppendSet] for
// requests, and [Decoder], [ParseDevice] and [ParseErrno] for replies. Devices use
// [ParseSet], [AppendDevice] and [AppendErrno].
//
// # Errors
//
// Errors about invalid text wrap [ErrProtocol]. They have the number of the line,
// the key and what was expected, but not the text itself, which can contain
// secrets. An errno from the device is a [*DeviceError], which wraps an
// [Errno].
package uapi

import (
	"errors"
	"io"
)

// Device is a device in this process, such as *device.Device of
// golang.zx2c4.com/wireguard/device and of github.com/amnezia-vpn/amneziawg-go/device.
//
// IpcGetOperation writes a reply without its last two lines, the errno and the
// empty line. IpcSetOperation reads a request without its first line, up to the
// empty line or the end.
type Device interface {
	IpcGetOperation(w io.Writer) error
	IpcSetOperation(r io.Reader) error
}

// ErrProtocol is wrapped by errors about text that breaks the rules of the
// protocol or exceeds the limits of this package.
var ErrProtocol = errors.New("uapi: protocol error")

// The limits of replies and requests bound the memory that invalid text can cost.
const (
	// MaxLine is the largest length of a line in bytes, including the line break.
	// wireguard-go has the same limit.
	MaxLine = 64 << 10
	// MaxReply is the largest size of a reply or a request in bytes.
	MaxReply = 256 << 20
	// MaxPeers is the largest number of peers. It is the limit of the Linux
	// kernel; that of wireguard-go is 65 536.
	MaxPeers = 1 << 20
)
