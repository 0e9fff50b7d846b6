package wguser

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerUID returns the user that called listen, as a number of our user namespace. A
// user that has no number in it appears as the overflow user, usually 65534.
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
