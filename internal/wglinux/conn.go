//go:build linux

package wglinux

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// receiveBuffer is the size of every receive. Kernels fit the messages of a
// dump to the largest receive that a socket has seen, up to 32 KiB; smaller
// ones after larger ones would cut.
const receiveBuffer = 32 << 10

// conn is a socket with the state of one exchange: a request, and the messages
// that answer it. It belongs to one goroutine.
type conn struct {
	t   transport
	seq uint32
	out []byte
	in  []byte
	// used is how much of in may hold keys.
	used int
	// stage is where datagrams are received instead that are to stay.
	stage stage

	msgs nlwire.Messages // of the datagram received last
	// pending says that messages of the answer may still come.
	pending bool
	// interrupted says that the kernel marked the dump as inconsistent. It
	// does so on a single message.
	interrupted bool
}

func newConn(t transport) *conn {
	return &conn{t: t, in: make([]byte, receiveBuffer)}
}

// request sends the message of at most size bytes that encode appends to b.
func (c *conn) request(size int, encode func(b []byte, h nlwire.Header) []byte) error {
	c.seq++
	// NB: growing by append would leave keys behind in the arrays before.
	b := encode(slices.Grow(c.out[:0], size), nlwire.Header{Seq: c.seq, PID: c.t.PID()})
	err := c.t.Send(b)
	clear(b)
	c.out = b[:0]
	c.msgs, c.interrupted = nlwire.Messages{}, false
	c.pending = err == nil
	return err
}

// next returns the next message of the answer; io.EOF when it ended well;
// ErrInterrupted when it ended, but is not a consistent state; a *kernelError
// when the kernel refused. The payload is valid until the next call, or
// until the exchange ends if it keeps what it receives.
func (c *conn) next() (h nlwire.Header, payload []byte, err error) {
	for {
		for c.msgs.Next() {
			h = c.msgs.Header
			if h.Seq != c.seq || h.PID != c.t.PID() {
				return h, nil, fmt.Errorf("%w: it answers request %d of port %d, not %d of %d",
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

// receive waits for a datagram from the kernel. Should others find a way to
// send to the socket's port, their datagrams are dropped.
func (c *conn) receive() error {
	in := c.in
	if c.stage.spare != nil {
		in = c.stage.room()
	}
	for {
		n, sender, err := c.t.Recv(in)
		if err != nil {
			c.used = len(c.in) // a datagram that was cut is there all the same
			return err
		}
		c.used = max(c.used, n)
		if sender == 0 {
			c.msgs = nlwire.NewMessages(in[:n])
			c.stage.keep(n)
			return nil
		}
	}
}

// ended turns the message that ends an answer into an error.
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

// acknowledged waits for the answer to a request that has no other.
func (c *conn) acknowledged() error {
	h, _, err := c.next()
	switch {
	case err == nil:
		return fmt.Errorf("%w: it has type %d in place of an acknowledgement", nlwire.ErrMalformed, h.Type)
	case err == io.EOF:
		return nil
	}
	return err
}

// wipe clears what messages left in the buffer.
func (c *conn) wipe() {
	clear(c.in[:min(c.used, len(c.in))])
	c.used = 0
	c.stage.wipe()
}

// kernelError is a number that the kernel answered, and the text that it may
// have added.
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

// isErrno reports whether the kernel answered one of these numbers, as
// distinct from a system call that failed.
func isErrno(err error, numbers ...unix.Errno) bool {
	var k *kernelError
	return errors.As(err, &k) && slices.Contains(numbers, k.errno)
}
