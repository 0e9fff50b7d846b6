package wguser

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// keepingDevice keeps the memory that it is given.
type keepingDevice struct {
	reply   *bufferedReply
	text    []byte // of the reply, after writing
	request []byte
	fail    error
}

func (d *keepingDevice) IpcGetOperation(w io.Writer) error {
	d.reply = w.(*bufferedReply)
	_, err := io.WriteString(w, "private_key=1111111111111111111111111111111111111111111111111111111111111111\n")
	d.text = d.reply.text
	return errors.Join(err, d.fail)
}

func (d *keepingDevice) IpcSetOperation(r io.Reader) error {
	_, err := r.(io.WriterTo).WriteTo(keeper{d})
	return errors.Join(err, d.fail)
}

// keeper keeps what is written to it without copying.
type keeper struct{ d *keepingDevice }

func (k keeper) Write(b []byte) (int, error) {
	k.d.request = b
	if !bytes.HasPrefix(b, []byte("private_key=")) {
		return 0, errors.New("the request does not begin with a private key")
	}
	return len(b), nil
}

func mustBeZero(t *testing.T, what string, b []byte) {
	t.Helper()
	if len(b) == 0 || !bytes.Equal(b, make([]byte, len(b))) {
		t.Errorf("%s = %.40q, want zeros", what, b)
	}
}

// TestInProcessClears checks that requests and replies are cleared, also after an
// error.
func TestInProcessClears(t *testing.T) {
	t.Parallel()
	for _, fail := range []error{nil, io.ErrClosedPipe} {
		d := &keepingDevice{fail: fail}
		b := NewInProcess(InProcess{Name: "wg0", Device: d})
		defer b.Close()
		opened, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		key := wgtypes.PrivateKey{}.Clamped()
		if err := opened.Configure(t.Context(), wgtypes.Config{PrivateKey: &key}, nil); !errors.Is(err, fail) {
			t.Errorf("Configure = %v, want %v", err, fail)
		}
		mustBeZero(t, "request", d.request)
		r, err := opened.Read(t.Context())
		if !errors.Is(err, fail) {
			t.Errorf("Read = %v, want %v", err, fail)
		}
		if fail != nil {
			mustBeZero(t, "reply after an error", d.text)
			continue
		}
		text := d.reply.text
		if err := r.Close(); err != nil {
			t.Errorf("Close = %v, want nil", err)
		}
		mustBeZero(t, "reply", text)
		if n, err := d.reply.Read(make([]byte, 9)); n != 0 || err != io.EOF {
			t.Errorf("Read after Close = %d, %v, want 0, %v", n, err, io.EOF)
		}
	}
}

// TestBufferedReplyReadsNothing reads into no memory: only a Read that could have
// returned something says that the reply has ended.
func TestBufferedReplyReadsNothing(t *testing.T) {
	t.Parallel()
	r := &bufferedReply{text: []byte("a")}
	if n, err := r.Read(nil); n != 0 || err != nil {
		t.Errorf("Read(nil) before the end = %d, %v, want 0, nil", n, err)
	}
	if n, err := r.Read(make([]byte, 2)); n != 1 || err != nil {
		t.Errorf("Read = %d, %v, want 1, nil", n, err)
	}
	if n, err := r.Read(nil); n != 0 || err != nil {
		t.Errorf("Read(nil) at the end = %d, %v, want 0, nil", n, err)
	}
	if n, err := r.Read(make([]byte, 2)); n != 0 || err != io.EOF {
		t.Errorf("Read at the end = %d, %v, want 0, %v", n, err, io.EOF)
	}
}

// TestBufferedReplyIsBounded fills a reply to its limit.
func TestBufferedReplyIsBounded(t *testing.T) {
	t.Parallel()
	r := &bufferedReply{text: make([]byte, uapi.MaxReply-1, uapi.MaxReply+1)}
	if n, err := r.Write([]byte("ab")); n != 0 || !errors.Is(err, uapi.ErrProtocol) {
		t.Errorf("Write over the limit = %d, %v, want 0, %v", n, err, uapi.ErrProtocol)
	}
	if n, err := r.Write([]byte("a")); n != 1 || err != nil {
		t.Errorf("Write to the limit = %d, %v, want 1, nil", n, err)
	}
	if n, err := r.Write([]byte("b")); n != 0 || !errors.Is(err, uapi.ErrProtocol) {
		t.Errorf("Write after the limit = %d, %v, want 0, %v", n, err, uapi.ErrProtocol)
	}
}
