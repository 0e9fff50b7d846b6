package uapi_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// endless repeats a text for ever, and counts what was read.
type endless struct {
	text string
	read int
}

func (e *endless) Read(b []byte) (int, error) {
	for n := 0; ; {
		m := copy(b[n:], e.text[(e.read+n)%len(e.text):])
		n += m
		if n == len(b) || m == 0 {
			e.read += n
			return n, nil
		}
	}
}

func TestEndlessLine(t *testing.T) {
	t.Parallel()
	for _, begin := range []string{"", "x=", "private_key="} {
		in := &endless{text: "a"}
		_, err := uapi.ParseDevice(io.MultiReader(strings.NewReader(begin), in), time.Time{})
		if !errors.Is(err, uapi.ErrProtocol) || in.read > uapi.MaxLine {
			t.Errorf("%q and an endless line: %v after %d bytes", begin, err, in.read)
		}
		if len(err.Error()) > 200 {
			t.Errorf("the error has %d bytes", len(err.Error()))
		}
	}
}

func TestLongestLine(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{uapi.MaxLine: true, uapi.MaxLine + 1: false} {
		line := "x=" + strings.Repeat("a", n-len("x=\n")) + "\n"
		_, err := uapi.ParseDevice(strings.NewReader("listen_port=1\n"+line+"errno=0\n\n"), time.Time{})
		if ok != (err == nil) {
			t.Errorf("a line of %d bytes: %v", n, err)
		}
	}
}

func TestEndlessReply(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads 256 MiB")
	}
	in := &endless{text: "unknown=" + strings.Repeat("a", 1<<14) + "\n"}
	_, err := uapi.ParseDevice(in, time.Time{})
	if !errors.Is(err, uapi.ErrProtocol) || in.read > uapi.MaxReply+uapi.MaxLine {
		t.Errorf("an endless reply: %v after %d bytes", err, in.read)
	}
}

func TestEndlessPeers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads 76 MiB")
	}
	d := uapi.NewDecoder(&endless{text: "public_key=" + zeros + "\n"}, time.Time{})
	peers := 0
	for {
		err := d.Next(new(wgtypes.Peer))
		if err == nil {
			peers++
			continue
		}
		// The last one is known to be whole when the next one begins.
		if !errors.Is(err, uapi.ErrProtocol) || peers != uapi.MaxPeers-1 {
			t.Errorf("endless peers: %v after %d", err, peers)
		}
		return
	}
}
