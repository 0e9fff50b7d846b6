//go:build unix

package wguser

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
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

// trust returns an error if the daemon at path, the peer of c, must not receive
// secrets: it runs as a user other than root and the current one, or every user
// could have created the socket.
func (transport) trust(c net.Conn, path string) error {
	uid, known, err := peerUID(c)
	if err != nil {
		return fmt.Errorf("cannot read the user of its daemon: %w", err)
	}
	if known && !isOurs(uid) {
		return fmt.Errorf("its daemon runs as user %d, want root or the current user", uid)
	}
	return judgePaths(path, !known)
}

func isOurs(uid int) bool { return uid == 0 || uid == os.Geteuid() }

// judgePaths checks the socket, its directory and, if path has symbolic links, the
// directory that the links lead to. owners means that they must belong to root or
// the current user.
func judgePaths(path string, owners bool) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for _, p := range []string{real, filepath.Dir(path), filepath.Dir(real)} {
		info, err := os.Stat(p)
		if err != nil {
			return err
		}
		if err := judge(p, info, owners); err != nil {
			return err
		}
	}
	return nil
}

// judge returns an error if every user can write to path. The sticky bit makes no
// difference: in a directory such as /tmp every user can create a socket.
func judge(path string, info fs.FileInfo, owners bool) error {
	const othersWrite = 0o002
	if info.Mode()&othersWrite != 0 {
		return fmt.Errorf("%s is writable by everyone (%v)", path, info.Mode())
	}
	if !owners {
		return nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("cannot read the owner of %s", path)
	}
	if !isOurs(int(stat.Uid)) {
		return fmt.Errorf("%s is owned by user %d, want root or the current user", path, stat.Uid)
	}
	return nil
}

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
