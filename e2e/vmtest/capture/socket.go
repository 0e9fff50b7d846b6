//go:build linux

package main

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"
)

const (
	// receiveBuffer is the size of the kernel's largest datagrams.
	receiveBuffer = 32 << 10

	// portID and sequence are constants, so that captures differ only if kernels
	// do.
	portID   = 4242
	sequence = 7
)

// A socket is a raw netlink socket. Each capture uses a new one, because the size of a
// dump's messages depends on the largest receive buffer that the socket has used.
type socket int

func dial(protocol int) socket {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	check(err)
	check(unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: portID}))
	check(unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK, 1))
	check(unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1))
	// Fail instead of waiting forever for a reply.
	check(unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 20}))
	return socket(fd)
}

// converse sends a request on a new socket and records it with all replies.
func (r *record) converse(protocol int, request []byte) [][]byte {
	s := dial(protocol)
	defer unix.Close(int(s))
	r.sent(request)
	check(unix.Sendto(int(s), request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}))
	var replies [][]byte
	for last := false; !last; {
		reply := s.receive()
		r.received(reply)
		replies = append(replies, reply)
		last = ends(reply)
	}
	return replies
}

func (s socket) receive() []byte {
	b := make([]byte, receiveBuffer)
	n, _, flags, _, err := unix.Recvmsg(int(s), b, nil, 0)
	check(err)
	if flags&unix.MSG_TRUNC != 0 {
		fail("reply is longer than %d bytes", len(b))
	}
	return b[:n]
}

// ends reports whether a datagram is the last one of a reply: it contains an error, a
// DONE, or a message that is not part of a multipart reply.
func ends(b []byte) bool {
	for len(b) >= unix.NLMSG_HDRLEN {
		length := binary.NativeEndian.Uint32(b)
		kind := binary.NativeEndian.Uint16(b[4:])
		flags := binary.NativeEndian.Uint16(b[6:])
		if kind == unix.NLMSG_DONE || kind == unix.NLMSG_ERROR || flags&unix.NLM_F_MULTI == 0 {
			return true
		}
		b = b[min(int(length+3)&^3, len(b)):]
	}
	return false
}

// message returns a request with its header.
func message(kind, flags uint16, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	b := binary.NativeEndian.AppendUint32(nil, uint32(unix.NLMSG_HDRLEN+len(body)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, unix.NLM_F_REQUEST|flags)
	b = binary.NativeEndian.AppendUint32(b, sequence)
	b = binary.NativeEndian.AppendUint32(b, 0) // port
	return append(b, body...)
}

// generic returns the generic netlink header: command, version, reserved.
func generic(command, version byte) []byte { return []byte{command, version, 0, 0} }

func attribute(kind uint16, payload []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(unix.NLA_HDRLEN+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, payload...)
	return append(b, make([]byte, -len(b)&3)...)
}

func text(s string) []byte { return append([]byte(s), 0) }

// family looks up the number of the wireguard family.
func (r *record) family() uint16 {
	replies := r.converse(unix.NETLINK_GENERIC, message(unix.GENL_ID_CTRL, 0,
		generic(unix.CTRL_CMD_GETFAMILY, 1), attribute(unix.CTRL_ATTR_FAMILY_NAME, text("wireguard"))))
	for b := replies[0][unix.NLMSG_HDRLEN+unix.GENL_HDRLEN:]; len(b) >= unix.NLA_HDRLEN; {
		length := int(binary.NativeEndian.Uint16(b))
		if binary.NativeEndian.Uint16(b[2:]) == unix.CTRL_ATTR_FAMILY_ID {
			return binary.NativeEndian.Uint16(b[unix.NLA_HDRLEN:])
		}
		b = b[min((max(length, unix.NLA_HDRLEN)+3)&^3, len(b)):]
	}
	fail("no family number in the controller's reply")
	return 0
}
