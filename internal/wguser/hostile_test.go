//go:build unix

package wguser_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// saying is a daemon that answers any request with a text.
func saying(text string) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := readRequest(bufio.NewReader(c)); err == nil {
			io.WriteString(c, text)
		}
	}
}

// daemon returns a Backend with the one device wg0.
func daemon(t testing.TB, answer func(net.Conn)) *wguser.Backend {
	t.Helper()
	dir := tempDir(t)
	listen(t, dir, "wg0", answer)
	return backend(t, dir)
}

const reply = "listen_port=7\npublic_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c\nallowed_ip=10.0.0.0/8\nerrno=0\n\n"

// TestCut: no reply that is cut is taken for one, to reading or writing.
func TestCut(t *testing.T) {
	t.Parallel()
	for n := range len(reply) {
		b := daemon(t, saying(reply[:n]))
		if d, err := state(t.Context(), b, "wg0"); d != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut at %d: %v, %v", n, d, err)
		}
	}
	whole := "errno=0\n\n"
	for n := range len(whole) {
		b := daemon(t, saying(whole[:n]))
		err := configure(t.Context(), b, "wg0", wgtypes.Config{})
		var partial *wginternal.PartialError
		if !errors.As(err, &partial) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut at %d: %v, want a *PartialError", n, err)
		}
	}
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\n\n", "hello\n\n", "=\n\n", "a=b\n\n", "errno=\n\n", "errno=0\nx=y\n\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "\x00\n\n"} {
		b := daemon(t, saying(text))
		if _, err := state(t.Context(), b, "wg0"); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("%q: reading: %v", text, err)
		}
		if err := configure(t.Context(), b, "wg0", wgtypes.Config{}); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("%q: configuring: %v", text, err)
		}
	}
}

// TestEndless: what a daemon says without end costs bounded memory and time.
func TestEndless(t *testing.T) {
	t.Parallel()
	texts := []string{"a"}
	if !testing.Short() {
		texts = append(texts, "a="+strings.Repeat("b", 1<<15)+"\n")
	}
	for _, text := range texts {
		b := daemon(t, func(c net.Conn) {
			block := []byte(strings.Repeat(text, max(1, 1<<16/len(text))))
			for {
				if _, err := c.Write(block); err != nil {
					return
				}
			}
		})
		if _, err := state(t.Context(), b, "wg0"); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("%.10q: reading: %v", text, err)
		}
		if err := configure(t.Context(), b, "wg0", wgtypes.Config{}); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("%.10q: configuring: %v", text, err)
		}
	}
}

func TestErrno(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"errno=-22\n\n", "errno=22\n\n", "x=y\nerrno=22\n\n"} {
		b := daemon(t, saying(text))
		if _, err := state(t.Context(), b, "wg0"); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%q: reading: %v", text, err)
		}
		err := configure(t.Context(), b, "wg0", wgtypes.Config{FirewallMark: new(uint32(7))})
		var partial *wginternal.PartialError
		if !errors.Is(err, syscall.EINVAL) || !errors.As(err, &partial) || partial.Unknown.FirewallMark == nil {
			t.Errorf("%q: configuring: %v", text, err)
		}
	}
}

// TestPieces: a reply comes byte by byte, and more follows it.
func TestPieces(t *testing.T) {
	t.Parallel()
	b := daemon(t, func(c net.Conn) {
		request, err := readRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		text := "errno=0\n\n"
		if strings.HasPrefix(request, "get") {
			text = reply
		}
		io.Copy(c, iotest.OneByteReader(strings.NewReader(text+"errno=-1\n\nand more\n")))
	})
	got, err := state(t.Context(), b, "wg0")
	if err != nil || got.ListenPort != 7 || len(got.Peers) != 1 {
		t.Errorf("reading: %v, %v", got, err)
	}
	if err := configure(t.Context(), b, "wg0", wgtypes.Config{}); err != nil {
		t.Errorf("configuring: %v", err)
	}
}

// TestEarlyRefusal has a daemon that refuses a large request before it is
// written whole: what counts is its errno, not the broken pipe.
func TestEarlyRefusal(t *testing.T) {
	t.Parallel()
	b := daemon(t, func(c net.Conn) {
		if request := firstLine(c); request == "get=1\n" {
			io.WriteString(c, "private_key="+strings.Repeat("11", 32)+"\nerrno=0\n\n")
			return
		}
		io.WriteString(c, "errno=-22\n\n")
	})
	err := configure(t.Context(), b, "wg0", manyPeers(20000))
	if !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v, want EINVAL", err)
	}
	b = daemon(t, func(c net.Conn) {
		if request := firstLine(c); request == "get=1\n" {
			io.WriteString(c, "private_key="+strings.Repeat("11", 32)+"\nerrno=0\n\n")
		}
	})
	err = configure(t.Context(), b, "wg0", manyPeers(20000))
	if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v, want EPIPE", err)
	}
}

// firstLine reads no more than one line.
func firstLine(c net.Conn) string {
	var line []byte
	for b := make([]byte, 1); !bytes.HasSuffix(line, []byte{'\n'}); {
		if _, err := c.Read(b); err != nil {
			return ""
		}
		line = append(line, b...)
	}
	return string(line)
}

// stages are where a daemon can hang. Each says when it does.
var stages = map[string]func(c net.Conn, hung chan<- struct{}){
	"before reading": func(_ net.Conn, hung chan<- struct{}) { close(hung) },
	"before replying": func(c net.Conn, hung chan<- struct{}) {
		_, _ = readRequest(bufio.NewReader(c))
		close(hung)
	},
	"in a line": func(c net.Conn, hung chan<- struct{}) {
		_, _ = readRequest(bufio.NewReader(c))
		io.WriteString(c, "private_key=00")
		close(hung)
	},
	"in a peer": func(c net.Conn, hung chan<- struct{}) {
		_, _ = readRequest(bufio.NewReader(c))
		io.WriteString(c, "public_key="+strings.Repeat("00", 32)+"\n")
		close(hung)
	},
	"before the empty line": func(c net.Conn, hung chan<- struct{}) {
		_, _ = readRequest(bufio.NewReader(c))
		io.WriteString(c, "errno=0\n")
		close(hung)
	},
}

// hangingOperations are what a caller does with a device that hangs.
var hangingOperations = map[string]func(context.Context, *wguser.Backend) error{
	"read": func(ctx context.Context, b *wguser.Backend) error {
		_, err := state(ctx, b, "wg0")
		return err
	},
	"configure": func(ctx context.Context, b *wguser.Backend) error {
		return configure(ctx, b, "wg0", wgtypes.Config{FirewallMark: new(uint32)})
	},
	"configure much": func(ctx context.Context, b *wguser.Backend) error {
		large := manyPeers(20000)
		large.ReplacePeers = true
		return configure(ctx, b, "wg0", large)
	},
}

// TestCancel cancels an operation at each place where a daemon can hang, and
// then repeats the operation.
func TestCancel(t *testing.T) {
	t.Parallel()
	for stage, hang := range stages {
		for name, operate := range hangingOperations {
			t.Run(name+" hangs "+stage, func(t *testing.T) {
				t.Parallel()
				testCancel(t, hang, operate)
			})
		}
	}
}

// TestReplyTimeoutOfDaemon has no deadline in the context.
func TestReplyTimeoutOfDaemon(t *testing.T) {
	t.Parallel()
	for stage, hang := range stages {
		for name, operate := range hangingOperations {
			t.Run(name+" hangs "+stage, func(t *testing.T) {
				t.Parallel()
				ended := make(chan struct{})
				dir := tempDir(t)
				listen(t, dir, "wg0", func(c net.Conn) {
					hang(c, make(chan struct{}))
					<-ended
				})
				b := wguser.New(wguser.Config{Dirs: []string{dir}, ReplyTimeout: 20 * time.Millisecond})
				defer b.Close()
				err := operate(t.Context(), b)
				close(ended)
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%s = %v, want %v", name, err, os.ErrDeadlineExceeded)
				}
				if want := "no reply from " + filepath.Join(dir, "wg0.sock") + " for 20ms"; err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s = %v, want an error with %q", name, err, want)
				}
			})
		}
	}
}

func testCancel(t *testing.T, hang func(net.Conn, chan<- struct{}), operate func(context.Context, *wguser.Backend) error) {
	var healthy atomic.Bool
	hung, ended := make(chan struct{}), make(chan struct{})
	fake := newFake()
	b := daemon(t, func(c net.Conn) {
		if healthy.Load() {
			fake.answer(c)
			return
		}
		hang(c, hung)
		<-ended
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-hung
		cancel()
	}()
	if err := operate(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	close(ended)
	healthy.Store(true)
	if err := operate(t.Context(), b); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if err := operate(expired, b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("expired: %v", err)
	}
}

// TestCancelWrite ends a request that the daemon has stopped reading.
func TestCancelWrite(t *testing.T) {
	t.Parallel()
	hung, ended := make(chan struct{}), make(chan struct{})
	b := daemon(t, func(c net.Conn) {
		if firstLine(c) == "get=1\n" {
			io.WriteString(c, "private_key="+strings.Repeat("11", 32)+"\nerrno=0\n\n")
			return
		}
		close(hung)
		<-ended
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-hung
		cancel()
	}()
	err := configure(ctx, b, "wg0", manyPeers(20000))
	close(ended)
	var partial *wginternal.PartialError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &partial) || len(partial.Unknown.Peers) != 20000 {
		t.Errorf("%v, want context.Canceled and all of it unknown", err)
	}
}

// TestDeadline ends a Reader whose context ends between two peers.
func TestDeadline(t *testing.T) {
	t.Parallel()
	b := daemon(t, saying(strings.Replace(reply, "errno", "public_key="+strings.Repeat("00", 32)+"\nerrno", 1)))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := open(t, b, "wg0").Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Next(new(wgtypes.Peer)); err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 2 {
		if err := r.Next(new(wgtypes.Peer)); !errors.Is(err, context.Canceled) {
			t.Errorf("Next is %v, want context.Canceled", err)
		}
	}
}
