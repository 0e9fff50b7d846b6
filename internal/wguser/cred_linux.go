package wguser

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerUID returns the user who called listen, in our user namespace. A user without
// a number in it is 65534, the overflow user.
func peerUID(c net.Conn) (uid int, known bool, err error) {
	err = control(c, func(fd int) error {
		cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err == nil {
			uid = int(cred.Uid)
		}
		return err
	})
	return uid, true, err
}
