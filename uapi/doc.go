// Package uapi is the text protocol of userspace WireGuard devices ("UAPI"),
// in both directions: wireguard-go, boringtun and others speak it over a Unix
// socket or a named pipe.
//
// A conversation is one request and its reply. The client's half is
// [AppendGet], [AppendSet], [Decoder] and [ParseErrno]; the device's half is
// [ParseSet], [AppendDevice] and [AppendErrno].
//
// It knows the text: https://www.wireguard.com/xplatform/. It refuses to know
// where devices live: it opens no socket, reads no clock and resolves no name.
//
// # Errors
//
// Text that breaks the rules is an error that wraps [ErrProtocol] and says
// which line, which key and what was expected, but never what was there
// instead: it may be most of a secret, or of any length. An errno that the
// device answered is a [*DeviceError] and so a [syscall.Errno].
package uapi

import (
	"errors"
	"io"
)

// Device is a device that speaks the protocol in this process, as the Device
// of golang.zx2c4.com/wireguard/device does.
//
// NB: the operations are less than requests and replies. IpcGetOperation
// writes a reply without its errno; IpcSetOperation reads a request without its
// first line, up to the empty line or the end.
type Device interface {
	IpcGetOperation(w io.Writer) error
	IpcSetOperation(r io.Reader) error
}

// ErrProtocol means that a reply or a request breaks the rules of the protocol
// or the limits of this package.
var ErrProtocol = errors.New("uapi: protocol error")

// What a reply or a request may be at most, so that a device that sends
// garbage costs bounded memory. Both count line breaks.
const (
	// MaxLine is in bytes. wireguard-go has the same limit.
	MaxLine = 64 << 10
	// MaxReply is in bytes, of a reply or a request.
	MaxReply = 256 << 20
	// MaxPeers is how many peers the Linux kernel takes; wireguard-go takes
	// 65 536.
	MaxPeers = 1 << 20
)
