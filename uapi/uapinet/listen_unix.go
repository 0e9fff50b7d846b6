//go:build unix

package uapinet

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// SocketDir is the directory where clients look for userspace devices. On
// Windows it is the prefix of the named pipes.
const SocketDir = "/var/run/wireguard"

// AmneziaSocketDir is the directory where clients look for userspace devices of
// AmneziaWG. Create it with mode 0755 and pass it to [ListenIn].
const AmneziaSocketDir = "/var/run/amneziawg"

// maxPath is the largest length of a socket's path: sun_path without its NUL
// byte, 107 bytes on Linux and 103 bytes on macOS and the BSDs.
const maxPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// Listen calls [ListenIn] for [SocketDir], which it creates with mode 0755 if it
// is missing.
func Listen(name string) (net.Listener, error) {
	if err := os.MkdirAll(SocketDir, 0o755); err != nil {
		return nil, err
	}
	return ListenIn(SocketDir, name)
}

// ListenIn creates the Unix socket dir/name.sock for the device name and listens
// on it. The socket has the mode 0700, independent of the umask. ListenIn replaces
// a socket on which no process listens. Close removes the socket.
//
// Errors wrap fs.ErrExist if a process listens on the socket or the file is not
// a socket, fs.ErrNotExist if dir is missing, fs.ErrPermission, or
// syscall.ENAMETOOLONG. An invalid name is a *wgtypes.FieldError. On Windows the
// error wraps errors.ErrUnsupported: use UAPIListen of package
// golang.zx2c4.com/wireguard/ipc there.
func ListenIn(dir, name string) (net.Listener, error) {
	if err := wginternal.CheckName(name, wginternal.MaxNameAny); err != nil {
		return nil, err
	}
	// An absolute path stays valid after a chdir, and does not begin with "@", which
	// means an abstract socket on Linux.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name+".sock")
	if len(path) > maxPath {
		return nil, &fs.PathError{Op: "listen", Path: path, Err: syscall.ENAMETOOLONG}
	}
	l, err := listen(dir, path)
	if errors.Is(err, syscall.EEXIST) {
		if err := removeStale(path); err != nil {
			return nil, err
		}
		l, err = listen(dir, path)
	}
	if errors.Is(err, syscall.EEXIST) {
		return nil, inUse(path) // another process was faster
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return l, nil
}

// listen creates a new socket at path. It sets the mode in a private directory
// before it moves the socket to path, because the umask, which belongs to the whole
// process, must not be changed.
func listen(dir, path string) (net.Listener, error) {
	private, err := os.MkdirTemp(dir, ".")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	first := filepath.Join(private, "s")
	if len(first) > maxPath {
		return nil, &fs.PathError{Op: "listen", Path: first, Err: syscall.ENAMETOOLONG}
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: first})
	if err != nil {
		return nil, err
	}
	s := &socket{UnixListener: l, path: path}
	if err := s.publish(first); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return s, nil
}

// publish moves the socket from first to its path. It does not replace a file.
func (s *socket) publish(first string) (err error) {
	if err := os.Chmod(first, 0o700); err != nil {
		return err
	}
	if s.info, err = os.Lstat(first); err != nil {
		return err
	}
	err = os.Link(first, s.path)
	if err == nil || errors.Is(err, syscall.EEXIST) {
		return err
	}
	// Some file systems have no hard links.
	if _, err := os.Lstat(s.path); err == nil {
		return syscall.EEXIST
	}
	return os.Rename(first, s.path)
}

// removeStale removes the socket at path if no process listens on it.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the other process has removed it
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("listen on %s: not a socket: %w", path, fs.ErrExist)
	}
	c, err := net.Dial("unix", path)
	if err == nil {
		_ = c.Close() // nothing was sent
		return inUse(path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("listen on %s: %w", path, errors.Join(fs.ErrExist, err))
	}
	return os.Remove(path)
}

func inUse(path string) error {
	return fmt.Errorf("listen on %s: another process listens on it: %w", path, fs.ErrExist)
}

// socket is a listening Unix socket. Close removes its file.
type socket struct {
	*net.UnixListener
	path string
	info fs.FileInfo
	once sync.Once
	err  error
}

// Addr returns the path of the socket.
func (s *socket) Addr() net.Addr { return &net.UnixAddr{Net: "unix", Name: s.path} }

// Close removes the socket's file and stops listening. It removes the file first,
// so that no client finds a socket that refuses connections. If another process has
// replaced the file, Close keeps it. A second Close does nothing.
func (s *socket) Close() error {
	s.once.Do(func() {
		var err error
		if info, lerr := os.Lstat(s.path); lerr == nil && os.SameFile(s.info, info) {
			err = os.Remove(s.path)
		}
		s.err = errors.Join(err, s.UnixListener.Close())
	})
	return s.err
}
