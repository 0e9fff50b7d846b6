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
	nl     *netlink.Conn
	raw    syscall.RawConn
	kernel unix.SockaddrNetlink

	// call is the system call in progress. send and receive make it. They are made once:
	// closures for each call would take several allocations.
	call          call
	send, receive func(fd uintptr) bool
}

// call has the buffer and the results of a system call.
type call struct {
	b     []byte
	n     int
	flags int
	from  unix.Sockaddr
	err   error
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
	s := &socket{nl: nl, raw: raw, kernel: unix.SockaddrNetlink{Family: unix.AF_NETLINK}}
	s.send, s.receive = s.trySend, s.tryReceive
	return s, nil
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
	s.call = call{b: b}
	waited := s.raw.Write(s.send)
	err := s.call.err
	s.call = call{}
	return errors.Join(waited, err)
}

// trySend sends the buffer of call. It returns false if it has to wait.
func (s *socket) trySend(fd uintptr) bool {
	c := &s.call
	c.err = ignoringEINTR(func() error { return unix.Sendto(int(fd), c.b, 0, &s.kernel) })
	return c.err != unix.EAGAIN
}

func (s *socket) Recv(b []byte) (n int, sender uint32, err error) {
	s.call = call{b: b}
	waited := s.raw.Read(s.receive)
	c := s.call
	s.call = call{}
	if err := errors.Join(waited, c.err); err != nil {
		return 0, 0, err
	}
	if c.flags&unix.MSG_TRUNC != 0 {
		return 0, 0, fmt.Errorf("%w: longer than %d bytes", nlwire.ErrMalformed, len(b))
	}
	if nl, ok := c.from.(*unix.SockaddrNetlink); ok {
		sender = nl.Pid
	}
	return c.n, sender, nil
}

// tryReceive receives a datagram in the buffer of call. It returns false if it has to
// wait.
func (s *socket) tryReceive(fd uintptr) bool {
	c := &s.call
	c.err = ignoringEINTR(func() (err error) {
		c.n, _, c.flags, c.from, err = unix.Recvmsg(int(fd), c.b, nil, 0)
		return err
	})
	return c.err != unix.EAGAIN
}

func ignoringEINTR(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
