//go:build unix

package userdev

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// socket is a listening Unix socket that removes its file.
type socket struct {
	*net.UnixListener
	path string
}

// listen makes the socket of the device, which its owner alone may use.
//
// The mode of a new socket is the umask's, and the umask is the process's. So
// the socket is made in a private directory, gets its mode there, and moves.
func listen(dir, name string) (net.Listener, error) {
	path := socketPath(dir, name)
	if len(path) > maxSocketPath {
		return nil, &fs.PathError{Op: "listen", Path: path, Err: syscall.ENAMETOOLONG}
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, &fs.PathError{Op: "listen", Path: path, Err: fs.ErrExist}
	}
	private, err := os.MkdirTemp(dir, ".")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	first := filepath.Join(private, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: first})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	err = os.Chmod(first, 0o700)
	if err == nil {
		err = os.Rename(first, path)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &socket{l, path}, nil
}

func socketPath(dir, name string) string { return filepath.Join(dir, name+".sock") }

// Close removes the file first, so that nobody finds a socket that refuses.
func (s *socket) Close() error {
	err := os.Remove(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, s.UnixListener.Close())
}
