package wgcommand

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// socketSuffix ends the names of daemons' sockets.
const socketSuffix = ".sock"

// pruneAll removes every socket whose daemon has ended. It returns the names of all
// sockets in the order of the directory, in which wg lists devices.
func (c *command) pruneAll() []string {
	if c.env.SocketDir == "" {
		return nil
	}
	dir, err := os.Open(c.env.SocketDir)
	if err != nil {
		return nil // listing the devices reports the error
	}
	defer dir.Close()
	entries, _ := dir.ReadDir(-1)
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), socketSuffix); ok {
			c.prune(name)
			names = append(names, name)
		}
	}
	return names
}

// prune removes the socket of that name if its daemon has ended. Only a refused
// connection shows that. After any other error the socket stays, because a running
// daemon ends when its socket is removed.
func (c *command) prune(name string) {
	if c.env.SocketDir == "" || strings.Contains(name, "/") {
		return
	}
	path := filepath.Join(c.env.SocketDir, name+socketSuffix)
	if info, err := os.Stat(path); err != nil || info.Mode().Type() != fs.ModeSocket {
		return
	}
	conn, err := new(net.Dialer).DialContext(c.ctx, "unix", path)
	switch {
	case err == nil:
		_ = conn.Close() // nothing was sent
	case errors.Is(err, syscall.ECONNREFUSED):
		_ = os.Remove(path) // wg ignores the error, too
	}
}
