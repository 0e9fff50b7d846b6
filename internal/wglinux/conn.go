//go:build linux

package wglinux

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// receiveBuffer is the size of every receive buffer. Kernels size the messages of
// a dump by the largest receive buffer that a socket has used, up to 32 KiB. A
// smaller buffer after a larger one would truncate messages.
const receiveBuffer = 32 << 10

// conn is a socket with the state of one exchange: a request and the messages of
// its reply. Only one goroutine may use it.
type conn struct {
	t   transport
	seq uint32
	out []byte
	in  []byte
	// used is how much of in has been used and may hold keys.
	used int
	// stage holds the received datagrams if they must stay valid until the end. spare is
	// where it gets its memory, or nil if they need not.
	stage stage
	spare *sync.Pool

	msgs nlwire.Messages // of the last received datagram
	// pending is true while more messages of the reply may arrive.
	pending bool
	// interrupted is true if the kernel marked any message of the dump as
	// inconsistent.
	interrupted bool
}

func newConn(t transport) *conn {
	return &conn{t: t, in: make([]byte, receiveBuffer)}
}

// request sends the message that encode appends to b. It has at most size bytes.
func (c *conn) request(size int, encode func(b []byte, h nlwire.Header) []byte) error {
	c.seq++
	// Growing in append would leave keys in the old arrays.
	b := encode(slices.Grow(c.out[:0], size), nlwire.Header{Seq: c.seq, PID: c.t.PID()})
	err := c.t.Send(b)
	clear(b)
	c.out = b[:0]
	c.msgs, c.interrupted = nlwire.Messages{}, false
	c.pending = err == nil
	return err
}

// next returns the next message of the reply. The error is io.EOF at its end,
// ErrInterrupted at its end if the state is inconsistent, and a *kernelError if
// the kernel refused the request. The payload is valid until the next call, or
// until the exchange ends if the exchange keeps its datagrams.
func (c *conn) next() (h nlwire.Header, payload []byte, err error) {
	for {
		for c.msgs.Next() {
			h = c.msgs.Header
			if h.Seq != c.seq || h.PID != c.t.PID() {
				return h, nil, fmt.Errorf("%w: reply to request %d of port %d, want request %d of port %d",
					nlwire.ErrMalformed, h.Seq, h.PID, c.seq, c.t.PID())
			}
			c.interrupted = c.interrupted || h.Flags&nlwire.FlagDumpIntr != 0
			if h.Type == nlwire.TypeError || h.Type == nlwire.TypeDone {
				return h, nil, c.ended(h, c.msgs.Payload)
			}
			return h, c.msgs.Payload, nil
		}
		if err := c.msgs.Err(); err != nil {
			return h, nil, err
		}
		if err := c.receive(); err != nil {
			return h, nil, err
		}
	}
}

// receive waits for a datagram from the kernel. It drops datagrams from other
// senders.
func (c *conn) receive() error {
	in := c.in
	if c.spare != nil {
		if c.stage.spare == nil {
			c.stage.begin(c.spare) // most replies have only one datagram, and need no stage
		}
		in = c.stage.room()
	}
	for {
		n, sender, err := c.t.Recv(in)
		if err != nil {
			c.used = len(c.in) // a truncated datagram is in the buffer too
			return err
		}
		c.used = max(c.used, n)
		if sender == 0 {
			c.msgs = nlwire.NewMessages(in[:n])
			if c.spare != nil {
				c.stage.keep(n)
			}
			return nil
		}
	}
}

// ended returns the error for the message that ends a reply, io.EOF for success.
func (c *conn) ended(h nlwire.Header, payload []byte) error {
	ack, err := nlwire.DecodeAck(h, payload)
	if err != nil {
		return err
	}
	c.pending = false
	switch {
	case ack.Errno != 0:
		return &kernelError{ack.Errno, ack.Text}
	case c.interrupted:
		return wginternal.ErrInterrupted
	}
	return io.EOF
}

// acknowledged waits for the acknowledgement of a request that has no other reply.
func (c *conn) acknowledged() error {
	h, _, err := c.next()
	switch {
	case err == nil:
		return fmt.Errorf("%w: message of type %d, want an acknowledgement", nlwire.ErrMalformed, h.Type)
	case err == io.EOF:
		return nil
	}
	return err
}

// wipe clears the data of received messages, which may hold keys.
func (c *conn) wipe() {
	clear(c.in[:min(c.used, len(c.in))])
	c.stage.wipe()
	c.spare = nil
}

// kernelError is an errno in a reply of the kernel, with its optional text.
type kernelError struct {
	errno syscall.Errno
	text  string
}

func (e *kernelError) Error() string {
	if e.text == "" {
		return e.errno.Error()
	}
	return e.errno.Error() + ": " + e.text
}

func (e *kernelError) Unwrap() error { return e.errno }

// isErrno reports whether err is a *kernelError with one of these numbers. Errors
// of system calls do not count.
func isErrno(err error, numbers ...unix.Errno) bool {
	k, ok := errors.AsType[*kernelError](err)
	return ok && slices.Contains(numbers, k.errno)
}
