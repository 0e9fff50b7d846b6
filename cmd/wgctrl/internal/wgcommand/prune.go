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

// pruneAll removes every socket whose daemon has ended, and returns the names of
// all in the directory's order, which is wg's.
func (c *command) pruneAll() []string {
	if c.env.SocketDir == "" {
		return nil
	}
	dir, err := os.Open(c.env.SocketDir)
	if err != nil {
		return nil // the listing says why
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

// prune removes the socket of that name if its daemon has ended, which shows by
// its refusal alone. A daemon that lives ends when its socket is removed, so
// that every other error leaves it.
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
		_ = conn.Close() // nothing was said on it
	case errors.Is(err, syscall.ECONNREFUSED):
		_ = os.Remove(path) // nor does wg mind
	}
}
