//go:build unix

// Package deadsocket makes the sockets that daemons leave when they end without
// removing them. Only tests import it.
package deadsocket

import "syscall"

// Make makes a socket that nobody listens at.
//
// NB: nobody ever did. A listener that was closed lives on for a moment in every
// process that is just being forked off ours, and connecting succeeds.
func Make(path string) error {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return syscall.Bind(fd, &syscall.SockaddrUnix{Name: path})
}
