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

// maxPath is how long the path of a socket may be: sun_path with its NUL byte
// has 108 bytes on Linux and 104 on macOS and the BSDs.
const maxPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// names returns the names of the sockets in dir, and of those that it may not
// look at. There are none without dir.
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

// stat follows links. What is no socket does not exist.
func (transport) stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: fs.ErrNotExist}
	}
	return info, err
}

// answers reports whether a daemon has the socket. Connecting does not wait for
// the daemon, so that one that hangs delays nobody.
func (t transport) answers(ctx context.Context, path string) bool {
	c, err := t.dial(ctx, path)
	if err != nil {
		return !refused(err) && !errors.Is(err, fs.ErrNotExist)
	}
	_ = c.Close() // nothing was said on it
	return true
}

func (transport) dial(ctx context.Context, path string) (net.Conn, error) {
	// NB: package net takes what begins with '@' for a name of Linux's abstract
	// sockets, which everyone may take.
	if strings.HasPrefix(path, "@") {
		path = "./" + path
	}
	if len(path) > maxPath {
		return nil, fmt.Errorf("%w: %s has %d bytes, at most %d are possible", errTooLong, path, len(path), maxPath)
	}
	return new(net.Dialer).DialContext(ctx, "unix", path)
}

// busy reports whether the daemon's queue of connections is full. Only Linux
// reports that.
func busy(err error) bool { return errors.Is(err, syscall.EAGAIN) }

// trust returns why a secret is not for the peer of c, the daemon at path: it
// is neither root's nor ours, or everybody could have put a socket there.
func (transport) trust(c net.Conn, path string) error {
	uid, known, err := peerUID(c)
	if err != nil {
		return fmt.Errorf("its daemon's user is unknown: %w", err)
	}
	if known && !isOurs(uid) {
		return fmt.Errorf("its daemon is of user %d, neither root nor ourselves", uid)
	}
	return judgePaths(path, !known)
}

func isOurs(uid int) bool { return uid == 0 || uid == os.Geteuid() }

// judgePaths judges the socket, its directory and, if path is a link or goes
// through one, the directory that it is really in. owners says that they must
// be root's or ours.
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

// judge refuses what everyone may write. The sticky bit does not help: in a
// directory such as /tmp everyone may make a socket that was not there yet.
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
		return errors.New("its owner is unknown")
	}
	if !isOurs(int(stat.Uid)) {
		return fmt.Errorf("%s is of user %d, neither root nor ourselves", path, stat.Uid)
	}
	return nil
}

// control runs f on the descriptor of c.
func control(c net.Conn, f func(fd int) error) error {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return errors.New("it is no socket")
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
