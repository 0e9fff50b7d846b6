package testutil

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/wgctrl/wgctrl/uapi"
)

// ReadRequest reads a request of the text protocol up to its empty line.
func ReadRequest(r *bufio.Reader) (string, error) {
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		text.WriteString(line)
		if line == "\n" {
			return text.String(), nil
		}
	}
}

// ServeRequests answers the requests that arrive on c with reply, which returns
// the text to send and whether more requests are served. It returns when the
// client has closed the connection, or after the last reply; it does not close c.
func ServeRequests(c net.Conn, reply func(request string) (text []byte, more bool)) {
	r := bufio.NewReader(c)
	for {
		request, err := ReadRequest(r)
		if err != nil {
			return
		}
		text, more := reply(request)
		if _, err := c.Write(text); err != nil || !more {
			return
		}
	}
}

// Operations is a uapi.Device whose requests are answered by a function. An errno
// in a reply becomes an error with the method ErrorCode, as in wireguard-go.
type Operations struct {
	// Reply returns the complete reply to a request, or an error that the
	// operation returns.
	Reply func(request string) ([]byte, error)
}

var _ uapi.Device = Operations{}

// IpcGetOperation writes the reply without its errno.
func (o Operations) IpcGetOperation(w io.Writer) error {
	body, err := o.operate(GetRequest)
	if _, werr := w.Write(body); err == nil {
		err = werr
	}
	return err
}

// IpcSetOperation reads a request without its first line.
func (o Operations) IpcSetOperation(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err == nil {
		_, err = o.operate("set=1\n" + string(body))
	}
	return err
}

// operate returns the reply without its errno. Of an incomplete reply it returns
// everything and io.ErrUnexpectedEOF.
func (o Operations) operate(request string) ([]byte, error) {
	text, err := o.Reply(request)
	if err != nil {
		return nil, err
	}
	if body, ok := bytes.CutSuffix(text, uapi.AppendErrno(nil, 0)); ok {
		return body, nil
	}
	var code errnoError
	if _, err := fmt.Sscanf(string(text), "errno=%d\n\n", &code); err == nil && code != 0 {
		return nil, code
	}
	return text, io.ErrUnexpectedEOF
}

// errnoError is the errno of a reply.
type errnoError int64

func (e errnoError) Error() string    { return fmt.Sprintf("errno %d", int64(e)) }
func (e errnoError) ErrorCode() int64 { return int64(e) }
