package wireguardgo

import "golang.zx2c4.com/wireguard/conn"

// Options are what New needs to know.
type Options struct {
	// Name is the device's, and so that of its socket.
	Name string
	// Dir is an existing directory, in which the socket Name.sock is made; ""
	// is no socket. On Windows, whose pipes have fixed names, anything but ""
	// is a pipe, which Administrators alone may make.
	Dir string
	// Bind carries the encrypted packets. nil is wireguard-go's own, on UDP
	// sockets of the system; see also Offline.
	Bind conn.Bind
}
