//go:build unix

package wguser

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

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
