// Package fakedaemon makes sockets of daemons that do what no real one does:
// hang, hang up, answer nonsense. Only tests import it; it imports no testing
// itself.
//
// It knows sockets, and refuses to know what is said over them.
package fakedaemon

import (
	"net"
	"path/filepath"
	"sync"
)

// Serve makes the socket of a device in dir, and hands each connection to
// handle, one after the other. What handle leaves open stays so until stop,
// which removes the socket and returns when nothing is served any more.
func Serve(dir, name string, handle func(net.Conn)) (stop func(), err error) {
	l, err := net.Listen("unix", filepath.Join(dir, name+".sock"))
	if err != nil {
		return nil, err
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			handle(c)
		}
	})
	return func() {
		l.Close()
		serving.Wait()
	}, nil
}
