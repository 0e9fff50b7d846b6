//go:build darwin || freebsd

package wguser

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerUID returns the effective user that called listen.
func peerUID(c net.Conn) (uid int, known bool, err error) {
	err = control(c, func(fd int) error {
		cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
		if err == nil {
			uid = int(cred.Uid)
		}
		return err
	})
	return uid, true, err
}
