package uapinet

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/uapi"
)

// stallTimeout is how long a client may pause in the middle of a request or a
// reply.
const stallTimeout = 30 * time.Second

// conversation answers the requests of one connection.
type conversation struct {
	conn    net.Conn
	device  uapi.Device
	in, out buffer
	size    int // of the request at the beginning of in
	limit   int // largest size of a request
}

func newConversation(c net.Conn, d uapi.Device) *conversation {
	return &conversation{conn: c, device: d, limit: uapi.MaxReply}
}

// run answers requests until the connection or a request is invalid.
func (c *conversation) run() {
	defer func() {
		c.in.wipe()
		c.out.wipe()
	}()
	for {
		operation, body, err := c.next()
		if err != nil {
			return
		}
		c.out.wipe()
		if err := c.answer(operation, body); err != nil {
			return
		}
	}
}

// errUnknown is the error of a request that is neither a get nor a set request.
var errUnknown = errors.New("unknown operation")

var (
	getLine = []byte("get=1\n")
	setLine = []byte("set=1\n")
)

// next returns the next request: its first line and the lines up to the empty
// line. They are valid until next is called again.
func (c *conversation) next() (operation, body []byte, err error) {
	c.in.drop(c.size)
	c.size = 0
	searched := 0
	for {
		first := c.in[:min(len(c.in), len(getLine))]
		if !bytes.HasPrefix(getLine, first) && !bytes.HasPrefix(setLine, first) {
			return nil, nil, errUnknown
		}
		if i := bytes.Index(c.in[searched:], []byte("\n\n")); i >= 0 {
			c.size = searched + i + len("\n\n")
			return first, c.in[len(first):c.size], nil
		}
		searched = max(len(c.in)-1, 0)
		if len(c.in) >= c.limit {
			return nil, nil, fmt.Errorf("request is larger than %d bytes", c.limit)
		}
		if err := c.receive(); err != nil {
			return nil, nil, err
		}
	}
}

// receive reads once. A client may be idle between two requests, but not in the
// middle of one.
func (c *conversation) receive() error {
	deadline := time.Time{}
	if len(c.in) > 0 {
		deadline = time.Now().Add(stallTimeout)
	}
	if err := c.conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	c.in.reserve(4 << 10)
	n, err := c.conn.Read(c.in[len(c.in):cap(c.in)])
	c.in = c.in[:len(c.in)+n]
	if n > 0 {
		return nil // the next Read returns the error, too
	}
	return err
}

// answer performs an operation and sends the reply.
func (c *conversation) answer(operation, body []byte) error {
	var err error
	switch {
	case bytes.Equal(operation, setLine):
		err = c.device.IpcSetOperation(bytes.NewReader(body))
	case len(body) == len("\n"):
		err = c.device.IpcGetOperation(&c.out)
	default:
		return errUnknown // a get request has only one line
	}
	if err != nil {
		c.out.wipe()
	}
	c.out.reserve(32)
	c.out = appendError(c.out, err)
	return c.send()
}

// appendError appends the end of a reply: the errno of err and the empty line.
func appendError(b []byte, err error) []byte {
	if err == nil {
		return uapi.AppendErrno(b, 0)
	}
	var coded interface{ ErrorCode() int64 }
	if errors.As(err, &coded) && coded.ErrorCode() != 0 {
		return fmt.Appendf(b, "errno=%d\n\n", coded.ErrorCode())
	}
	var number uapi.Errno
	if errors.As(err, &number) && number != 0 {
		return uapi.AppendErrno(b, number)
	}
	return uapi.AppendErrno(b, errno.EIO)
}

// send writes the reply in pieces, each of which the client must read in time.
func (c *conversation) send() error {
	const piece = 64 << 10
	for rest := c.out; len(rest) > 0; {
		if err := c.conn.SetWriteDeadline(time.Now().Add(stallTimeout)); err != nil {
			return err
		}
		n, err := c.conn.Write(rest[:min(len(rest), piece)])
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// buffer holds requests and replies, which can contain keys. It clears memory that
// it no longer uses.
type buffer []byte

// Write appends p. It never fails.
func (b *buffer) Write(p []byte) (int, error) {
	b.reserve(len(p))
	*b = append(*b, p...)
	return len(p), nil
}

// reserve makes room for n more bytes.
func (b *buffer) reserve(n int) {
	old := *b
	if cap(old)-len(old) >= n {
		return
	}
	*b = append(make([]byte, 0, max(2*cap(old), len(old)+n)), old...)
	clear(old)
}

// drop removes n bytes from the front.
func (b *buffer) drop(n int) {
	left := copy(*b, (*b)[n:])
	clear((*b)[left:])
	*b = (*b)[:left]
}

// wipe removes everything.
func (b *buffer) wipe() { b.drop(len(*b)) }
