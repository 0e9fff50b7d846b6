package wireguardgo

import "golang.zx2c4.com/wireguard/conn"

// Options are what New needs to know.
type Options struct {
	// Name is the device's, and so that of its socket.
	Name string
	// Dir is the directory of the socket Name.sock. It must exist. "" means no
	// socket. On Windows New fails unless Dir is "".
	Dir string
	// Bind carries the encrypted packets. nil is wireguard-go's own, on UDP
	// sockets of the system; see also Offline.
	Bind conn.Bind
}
