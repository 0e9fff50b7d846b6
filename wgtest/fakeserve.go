package wgtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/wgctrl/wgctrl/uapi"
)

// serve answers the requests on one connection until it is closed.
func (f *Fake) serve(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		request, err := readRequest(r)
		if err != nil {
			return
		}
		answer := f.answer(request)
		if answer.hangs {
			<-f.ended
			return
		}
		if _, err := c.Write(answer.text); err != nil || answer.hangsUp {
			return
		}
	}
}

// readRequest reads up to the empty line.
func readRequest(r *bufio.Reader) (string, error) {
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

// fakeOperations is a Fake as an in-process device.
type fakeOperations struct{ *Fake }

var _ uapi.Device = fakeOperations{}

// IpcGetOperation writes the reply without its errno.
func (o fakeOperations) IpcGetOperation(w io.Writer) error {
	body, err := o.operate(getRequest)
	if _, werr := w.Write(body); err == nil {
		err = werr
	}
	return err
}

// IpcSetOperation reads a request without its first line.
func (o fakeOperations) IpcSetOperation(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err == nil {
		_, err = o.operate("set=1\n" + string(body))
	}
	return err
}

// operate returns the reply without its errno, and the errno as an error.
func (o fakeOperations) operate(request string) ([]byte, error) {
	answer := o.answer(request)
	if answer.hangs {
		return nil, errors.New("wgtest: Hang works only over the socket of a Fake")
	}
	if body, ok := bytes.CutSuffix(answer.text, success); ok {
		return body, nil
	}
	var code ipcError
	if _, err := fmt.Sscanf(string(answer.text), "errno=%d\n\n", &code); err == nil && code != 0 {
		return nil, code
	}
	return answer.text, io.ErrUnexpectedEOF
}

// ipcError is the errno of a reply, with the method of wireguard-go's *IPCError.
type ipcError int64

func (e ipcError) Error() string    { return fmt.Sprintf("errno %d", int64(e)) }
func (e ipcError) ErrorCode() int64 { return int64(e) }
