//go:build unix && !linux && !darwin && !freebsd

package wguser

import "net"

// peerUID returns known = false: callers check the owners of the socket and its
// directory instead. OpenBSD and NetBSD have such a call, but x/sys/unix does not.
func peerUID(net.Conn) (uid int, known bool, err error) { return 0, false, nil }
