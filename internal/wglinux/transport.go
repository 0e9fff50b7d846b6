//go:build linux

package wglinux

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// transport is a netlink socket. Tests replace it with a simulated kernel.
type transport interface {
	// PID returns the port of the socket, which is sent in each request.
	PID() uint32
	// Family returns the number of a generic netlink family. The error wraps
	// fs.ErrNotExist if the kernel has no family with that name.
	Family(name string) (uint16, error)
	// Send sends one message.
	Send(b []byte) error
	// Recv receives one datagram and returns the port of its sender, which is 0
	// for the kernel.
	Recv(b []byte) (n int, sender uint32, err error)
	SetDeadline(t time.Time) error
	Close() error
}

// socket is a transport to the kernel. netlink.Conn opens and binds the socket.
// Messages are sent and received directly, in the caller's buffers: they are not
// copied, keys in them can be wiped, and the message that ends a dump is visible.
type socket struct {
	nl  *netlink.Conn
	raw syscall.RawConn
}

// dial opens a socket in the network namespace with the descriptor ns. Zero means
// the namespace of the calling thread.
func dial(protocol int, groups uint32, ns int) (transport, error) {
	nl, err := netlink.Dial(protocol, &netlink.Config{Groups: groups, NetNS: ns})
	if err != nil {
		return nil, err
	}
	raw, err := nl.SyscallConn()
	if err == nil {
		err = connect(raw)
	}
	if err == nil {
		err = setOptions(nl)
	}
	if err != nil {
		return nil, errors.Join(err, nl.Close())
	}
	return &socket{nl, raw}, nil
}

// connect makes the socket accept datagrams from the kernel only. Package
// genetlink does not check the sender, and panics on a datagram with no message.
func connect(raw syscall.RawConn) error {
	var err error
	reached := raw.Control(func(fd uintptr) {
		err = unix.Connect(int(fd), &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	})
	return errors.Join(reached, err)
}

// setOptions enables error texts and strict checks of requests, and keeps errors
// from repeating the request, which may hold keys. It ignores options that the
// kernel does not support.
func setOptions(nl *netlink.Conn) error {
	for _, o := range []netlink.ConnOption{
		netlink.ExtendedAcknowledge, netlink.CapAcknowledge, netlink.GetStrictCheck,
	} {
		if err := nl.SetOption(o, true); err != nil && !errors.Is(err, unix.ENOPROTOOPT) {
			return err
		}
	}
	return nil
}

func (s *socket) PID() uint32                   { return s.nl.PID() }
func (s *socket) SetDeadline(t time.Time) error { return s.nl.SetDeadline(t) }
func (s *socket) Close() error                  { return s.nl.Close() }

func (s *socket) Family(name string) (uint16, error) {
	f, err := genetlink.NewConn(s.nl).GetFamily(name)
	return f.ID, err
}

func (s *socket) Send(b []byte) error {
	to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	var err error
	waited := s.raw.Write(func(fd uintptr) bool {
		err = ignoringEINTR(func() error { return unix.Sendto(int(fd), b, 0, to) })
		return err != unix.EAGAIN
	})
	return errors.Join(waited, err)
}

func (s *socket) Recv(b []byte) (n int, sender uint32, err error) {
	var flags int
	var from unix.Sockaddr
	waited := s.raw.Read(func(fd uintptr) bool {
		err = ignoringEINTR(func() (err error) {
			n, _, flags, from, err = unix.Recvmsg(int(fd), b, nil, 0)
			return err
		})
		return err != unix.EAGAIN
	})
	if err := errors.Join(waited, err); err != nil {
		return 0, 0, err
	}
	if flags&unix.MSG_TRUNC != 0 {
		return 0, 0, fmt.Errorf("%w: longer than %d bytes", nlwire.ErrMalformed, len(b))
	}
	if nl, ok := from.(*unix.SockaddrNetlink); ok {
		sender = nl.Pid
	}
	return n, sender, nil
}

func ignoringEINTR(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
