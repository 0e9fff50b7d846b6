//go:build unix

package wguser

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// trust returns an error if the daemon at path, the peer of c, must not receive
// secrets: it runs as a user other than root and the current one, or every user
// could have created the socket.
func (transport) trust(c net.Conn, path string) error {
	uid, known, err := peerUID(c)
	if err != nil {
		return fmt.Errorf("cannot read the user of its daemon: %w", err)
	}
	if known {
		if err := checkOwner("its daemon runs as", uid); err != nil {
			return err
		}
	}
	return judgePaths(path, !known)
}

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
	return checkOwner(path+" is owned by", int(stat.Uid))
}

// checkOwner returns an error unless uid is root or the current user. what begins
// the error: "its daemon runs as".
func checkOwner(what string, uid int) error {
	return judgeOwner(what, uid, os.Geteuid(), overflowUID())
}

// judgeOwner is checkOwner for the current user self. A user with the number
// overflow can be anybody, even if self has the same number.
func judgeOwner(what string, uid, self, overflow int) error {
	switch {
	case uid == 0:
		return nil
	case uid == overflow:
		return fmt.Errorf("%s user %d, which stands for all users outside of our user namespace, want root or the current user", what, uid)
	case uid == self:
		return nil
	}
	return fmt.Errorf("%s user %d, want root or the current user", what, uid)
}
