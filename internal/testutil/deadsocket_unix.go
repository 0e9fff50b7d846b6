//go:build unix

package testutil

import "syscall"

// MakeDeadSocket makes the Unix socket path without a listener, as a daemon
// leaves it when it is killed. Connecting to it fails with ECONNREFUSED.
//
// The socket never had a listener. A listener that this process has closed can
// live on for a moment in a child process that is being forked, and until then
// connecting would succeed.
func MakeDeadSocket(path string) error {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return syscall.Bind(fd, &syscall.SockaddrUnix{Name: path})
}
