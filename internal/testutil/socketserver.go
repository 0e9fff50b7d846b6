package testutil

import (
	"net"
	"path/filepath"
	"sync"
)

// ServeSocket makes the socket of the device name in dir and calls handle for
// each connection, one after the other. Connections stay open until stop is
// called, unless handle closes them. stop removes the socket and returns when
// the last handle has returned.
func ServeSocket(dir, name string, handle func(net.Conn)) (stop func(), err error) {
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
