package testutil

import (
	"net"
	"path/filepath"

	"github.com/wgctrl/wgctrl/uapi/uapinet"
)

// ServeSocket makes the socket of the device name in dir and calls handle for
// each connection, in a goroutine of its own. Connections stay open until stop
// is called, unless handle closes them. stop removes the socket, closes the
// connections and returns when each handle has returned.
func ServeSocket(dir, name string, handle func(net.Conn)) (stop func(), err error) {
	l, err := net.Listen("unix", filepath.Join(dir, name+".sock"))
	if err != nil {
		return nil, err
	}
	ended, served := make(chan struct{}), make(chan error)
	go func() {
		served <- uapinet.ServeFunc(l, func(c net.Conn) {
			handle(c)
			<-ended
		})
	}()
	return func() {
		close(ended)
		l.Close()
		<-served
	}, nil
}
