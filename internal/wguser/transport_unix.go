//go:build unix

package wguser

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

const (
	suffix  = ".sock"
	maxName = wginternal.MaxNameUnix
)

// maxPath is the largest length of a socket's path: sun_path without its NUL byte,
// 107 bytes on Linux and 103 bytes on macOS and the BSDs.
const maxPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// names returns the names of the sockets in dir, including those that it has no
// permission to stat. If dir does not exist, there are none.
func (transport) names(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		if !ok || wginternal.CheckName(name, maxName) != nil {
			continue
		}
		_, err := (transport{}).stat(socketPath(dir, name))
		if err == nil || e.Type() == fs.ModeSocket && errors.Is(err, fs.ErrPermission) {
			names = append(names, name)
		}
	}
	return names, err
}

// stat follows links. A file that is not a socket is an fs.ErrNotExist.
func (transport) stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: fs.ErrNotExist}
	}
	return info, err
}

// answers reports whether a daemon listens on the socket. It does not wait for the
// daemon: the kernel accepts the connection.
func (t transport) answers(ctx context.Context, path string) bool {
	c, err := t.dial(ctx, path)
	if err != nil {
		return !refused(err) && !errors.Is(err, fs.ErrNotExist)
	}
	_ = c.Close() // nothing was sent
	return true
}

func (transport) dial(ctx context.Context, path string) (net.Conn, error) {
	// Package net would connect a path that begins with "@" to an abstract socket,
	// which every user can create.
	if strings.HasPrefix(path, "@") {
		path = "./" + path
	}
	if len(path) > maxPath {
		return nil, fmt.Errorf("%w: %s has %d bytes, want at most %d", errTooLong, path, len(path), maxPath)
	}
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, ioError("connect to", path, err)
	}
	return c, nil
}

// busy reports whether the daemon's queue of connections is full. Only Linux
// reports that.
func busy(err error) bool { return errors.Is(err, syscall.EAGAIN) }

// control calls f with the descriptor of c.
func control(c net.Conn, f func(fd int) error) error {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return errors.New("not a socket")
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// isMissing reports whether a directory does not exist. Unlike os.Lstat, it allocates
// only the path.
func isMissing(dir string) bool { return syscall.Access(dir, 0) == syscall.ENOENT }
