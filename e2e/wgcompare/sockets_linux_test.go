package wgcompare

import (
	"net"
	"os"
)

// listen creates the socket of a daemon in the world, and calls handle for each
// connection. The world removes the file when it ends.
func (w *world) listen(name string, handle func(net.Conn)) (end func(), err error) {
	l, err := w.socket(name)
	if err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			handle(conn)
			conn.Close()
		}
	}()
	return func() {
		l.Close()
		<-ended
	}, nil
}

func socketPath(name string) string { return socketDir + "/" + name + ".sock" }

func (w *world) socket(name string) (l *net.UnixListener, err error) {
	path := socketPath(name)
	err = w.do(func() error {
		l, err = net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
		if err != nil {
			return err
		}
		// NB: closing it outside the world would remove another file with this path.
		l.SetUnlinkOnClose(false)
		return os.Chmod(path, 0o700)
	})
	return l, err
}
