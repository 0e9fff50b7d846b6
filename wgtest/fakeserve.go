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

// serve holds conversations on one connection, until either side has enough.
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

// fakeOperations is a Fake as a device of this process.
type fakeOperations struct{ *Fake }

var _ uapi.Device = fakeOperations{}

// IpcGetOperation writes an answer without its errno.
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

// operate returns what stands before the errno of an answer, and what the answer
// comes to.
func (o fakeOperations) operate(request string) ([]byte, error) {
	answer := o.answer(request)
	if answer.hangs {
		return nil, errors.New("wgtest: a Fake hangs over its socket alone")
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

// ipcError is a number of the protocol, where wireguard-go's *IPCError has it.
type ipcError int64

func (e ipcError) Error() string    { return fmt.Sprintf("errno %d", int64(e)) }
func (e ipcError) ErrorCode() int64 { return int64(e) }
