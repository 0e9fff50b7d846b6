//go:build linux

package main

import (
	"fmt"
	"io"

	"github.com/mdlayher/genetlink"
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// socket is a netlink socket. An exchange takes two system calls.
type socket struct {
	fd       int
	buf      []byte
	messages int
}

func openSocket(protocol int) (*socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, err
	}
	s := &socket{fd: fd, buf: make([]byte, 32<<10)}
	// Without this option, the kernel copies the request to each acknowledgement.
	if err := unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1); err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1); err != nil {
		return nil, err
	}
	return s, unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// exchange sends an encoded message and receives the whole answer.
func (s *socket) exchange(b []byte) error {
	if err := s.send(b); err != nil {
		return err
	}
	return s.drain()
}

// send sends an encoded message.
func (s *socket) send(b []byte) error {
	s.messages++
	return unix.Sendto(s.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// drain receives a whole answer and parses only the types of its messages.
func (s *socket) drain() error {
	for {
		n, err := unix.Read(s.fd, s.buf)
		if err != nil {
			return err
		}
		m := nlwire.NewMessages(s.buf[:n])
		for m.Next() {
			s.messages++
			if m.Header.Type == nlwire.TypeError || m.Header.Type == nlwire.TypeDone {
				return ended(m.Header, m.Payload)
			}
		}
	}
}

func ended(h nlwire.Header, payload []byte) error {
	ack, err := nlwire.DecodeAck(h, payload)
	if err == nil && ack.Errno != 0 {
		err = ack.Errno
	}
	if err != nil {
		return fmt.Errorf("kernel: %w %s", err, ack.Text)
	}
	return nil
}

// family returns the number of the generic netlink family.
func family() (uint16, error) {
	c, err := genetlink.Dial(nil)
	if err != nil {
		return 0, err
	}
	f, err := c.GetFamily(nlwire.Family)
	return f.ID, joined(err, c)
}

// joined closes c and returns the first error.
func joined(err error, c io.Closer) error {
	if closed := c.Close(); err == nil {
		err = closed
	}
	return err
}
