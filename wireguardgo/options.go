package wireguardgo

import "golang.zx2c4.com/wireguard/conn"

// Options are the options of New.
type Options struct {
	// Name is the name of the device and of its socket. Without a socket it may be
	// anything.
	Name string
	// Dir is the directory of the socket Name.sock. It must exist. "" means no
	// socket. On Windows New fails unless Dir is "".
	Dir string
	// Bind sends and receives the encrypted packets. nil means the default of
	// wireguard-go, which uses UDP sockets. See also Offline.
	Bind conn.Bind
}
