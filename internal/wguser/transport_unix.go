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
