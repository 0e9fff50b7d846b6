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

// endless repeats text without end and counts the bytes read.
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
		if !errors.Is(err, uapi.ErrProtocol) || !strings.Contains(err.Error(), " line 1: ") || in.read > uapi.MaxLine {
			t.Errorf("ParseDevice of %q and an endless line = %v after %d bytes, want %v in line 1 after at most %d", begin, err, in.read, uapi.ErrProtocol, uapi.MaxLine)
		}
		if len(err.Error()) > 200 {
			t.Errorf("error %q has %d bytes, want at most 200", err, len(err.Error()))
		}
	}
}

func TestLongestLine(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{uapi.MaxLine: true, uapi.MaxLine + 1: false} {
		line := "x=" + strings.Repeat("a", n-len("x=\n")) + "\n"
		_, err := uapi.ParseDevice(strings.NewReader("listen_port=1\n"+line+"errno=0\n\n"), time.Time{})
		if ok != (err == nil) {
			t.Errorf("ParseDevice with a line of %d bytes = %v, want success: %t", n, err, ok)
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
		t.Errorf("ParseDevice of an endless reply = %v after %d bytes, want %v after at most %d", err, in.read, uapi.ErrProtocol, uapi.MaxReply+uapi.MaxLine)
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
		// The decoder returns a peer when it has read the first line of the next.
		if !errors.Is(err, uapi.ErrProtocol) || peers != uapi.MaxPeers-1 {
			t.Errorf("Next = %v after %d peers, want %v after %d", err, peers, uapi.ErrProtocol, uapi.MaxPeers-1)
		}
		return
	}
}
