//go:build unix

package wguser_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// saying returns a daemon that answers every request with a text.
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

// TestCut cuts replies at every byte. Reading and configuring must fail.
func TestCut(t *testing.T) {
	t.Parallel()
	for n := range len(reply) {
		b := daemon(t, saying(reply[:n]))
		if d, err := state(t.Context(), b, "wg0"); d != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("reading a reply cut at %d = %v, %v, want nil, %v", n, d, err, io.ErrUnexpectedEOF)
		}
	}
	whole := "errno=0\n\n"
	for n := range len(whole) {
		b := daemon(t, saying(whole[:n]))
		err := configure(t.Context(), b, "wg0", wgtypes.Config{})
		var partial *wginternal.PartialError
		if !errors.As(err, &partial) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Configure with a reply cut at %d = %v, want a *PartialError with %v", n, err, io.ErrUnexpectedEOF)
		}
	}
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\n\n", "hello\n\n", "=\n\n", "a=b\n\n", "errno=\n\n", "errno=0\nx=y\n\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "\x00\n\n"} {
		b := daemon(t, saying(text))
		if _, err := state(t.Context(), b, "wg0"); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("reading %q = %v, want %v", text, err, uapi.ErrProtocol)
		}
		if err := configure(t.Context(), b, "wg0", wgtypes.Config{}); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("Configure with the reply %q = %v, want %v", text, err, uapi.ErrProtocol)
		}
	}
}

// TestEndless has a daemon whose reply never ends. Operations must fail when the
// reply is longer than a limit.
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
			t.Errorf("reading %.10q = %v, want %v", text, err, uapi.ErrProtocol)
		}
		if err := configure(t.Context(), b, "wg0", wgtypes.Config{}); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("Configure with the reply %.10q = %v, want %v", text, err, uapi.ErrProtocol)
		}
	}
}

func TestErrno(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"errno=-22\n\n", "errno=22\n\n", "x=y\nerrno=22\n\n"} {
		b := daemon(t, saying(text))
		if _, err := state(t.Context(), b, "wg0"); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("reading %q = %v, want %v", text, err, syscall.EINVAL)
		}
		err := configure(t.Context(), b, "wg0", wgtypes.Config{FirewallMark: new(uint32(7))})
		var partial *wginternal.PartialError
		if !errors.Is(err, syscall.EINVAL) || !errors.As(err, &partial) || partial.Unknown.FirewallMark == nil {
			t.Errorf("Configure with the reply %q = %v, want %v", text, err, syscall.EINVAL)
		}
	}
}

// TestPieces has a daemon that sends its reply byte by byte and another one after
// it.
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
		t.Errorf("reading = %v, %v, want port 7 and 1 peer", got, err)
	}
	if err := configure(t.Context(), b, "wg0", wgtypes.Config{}); err != nil {
		t.Errorf("Configure = %v, want nil", err)
	}
}

// TestEarlyRefusal has a daemon that refuses a large request before it has read all
// of it. The error must be its errno, not the broken pipe.
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
		t.Errorf("Configure with an early refusal = %v, want %v", err, syscall.EINVAL)
	}
	b = daemon(t, func(c net.Conn) {
		if request := firstLine(c); request == "get=1\n" {
			io.WriteString(c, "private_key="+strings.Repeat("11", 32)+"\nerrno=0\n\n")
		}
	})
	err = configure(t.Context(), b, "wg0", manyPeers(20000))
	if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("Configure with a closed connection = %v, want %v or %v", err, syscall.EPIPE, syscall.ECONNRESET)
	}
}

// firstLine reads one line and not a byte more.
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

// TestSilenceAtEveryByte has a daemon that stops after every byte of its answer
// without closing the connection, and cancels the context then. The next call over
// the same Backend must succeed.
func TestSilenceAtEveryByte(t *testing.T) {
	t.Parallel()
	set := "errno=0\n\n"
	for name, test := range map[string]struct {
		answer  string
		operate func(ctx context.Context, b *wguser.Backend) error
	}{
		"read": {reply, func(ctx context.Context, b *wguser.Backend) error {
			_, err := state(ctx, b, "wg0")
			return err
		}},
		"configure": {set, func(ctx context.Context, b *wguser.Backend) error {
			return configure(ctx, b, "wg0", wgtypes.Config{FirewallMark: new(uint32(1))})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := range len(test.answer) {
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				var asked atomic.Bool
				b := daemon(t, func(c net.Conn) {
					if _, err := readRequest(bufio.NewReader(c)); err != nil {
						return
					}
					if asked.Swap(true) {
						io.WriteString(c, test.answer)
						return
					}
					io.WriteString(c, test.answer[:n])
					cancel()
					<-ended
				})
				if err := test.operate(ctx, b); !errors.Is(err, context.Canceled) {
					t.Errorf("silence after byte %d = %v, want %v", n, err, context.Canceled)
				}
				if err := test.operate(t.Context(), b); err != nil {
					t.Errorf("repeated after silence after byte %d = %v, want nil", n, err)
				}
				close(ended)
				cancel()
				b.Close()
			}
		})
	}
}

// TestHangUpAtEveryByte has a daemon that closes the connection after every byte of
// a request. The whole change must be Unknown.
func TestHangUpAtEveryByte(t *testing.T) {
	t.Parallel()
	c := wgtypes.Config{FirewallMark: new(uint32(7))}
	request := uapi.AppendSet(nil, c)
	for n := range len(request) {
		b := daemon(t, func(conn net.Conn) { io.CopyN(io.Discard, conn, int64(n)) })
		err := configure(t.Context(), b, "wg0", c)
		if err == nil || !isTyped(err) {
			t.Errorf("hanging up after byte %d = %v, want a typed error", n, err)
		}
		var partial *wginternal.PartialError
		if n > 0 && (!errors.As(err, &partial) || partial.Unknown.FirewallMark == nil) {
			t.Errorf("hanging up after byte %d = %v, want all of the change as Unknown", n, err)
		}
	}
}

// TestEveryErrno checks that an errno of either sign with at most 31 bits is
// accepted, and that everything else is a malformed reply.
func TestEveryErrno(t *testing.T) {
	t.Parallel()
	check := func(text string, want error) {
		b := daemon(t, saying("errno="+text+"\n\n"))
		err := configure(t.Context(), b, "wg0", wgtypes.Config{FirewallMark: new(uint32(7))})
		_, readErr := state(t.Context(), b, "wg0")
		for _, err := range []error{err, readErr} {
			if want == nil && err != nil || want != nil && !errors.Is(err, want) {
				t.Errorf("operation with errno %.40q = %v, want %v", text, err, want)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("error for errno %.40q has %d bytes, want at most 300", text, len(err.Error()))
			}
		}
		b.Close()
	}
	for _, n := range []int64{1, 2, 5, 22, 98, 133, 4095, 4096, 65535, 65536, 1<<31 - 2, 1<<31 - 1} {
		check(fmt.Sprint(n), syscall.Errno(n))
		check(fmt.Sprint(-n), syscall.Errno(n))
		check(fmt.Sprintf("%020d", n), syscall.Errno(n))
	}
	for _, success := range []string{"0", "-0", "00000000000000000000000000"} {
		check(success, nil)
	}
	for _, bad := range []string{
		"", "-", "--1", "+1", " 1", "1 ", "1\r", "1.0", "1e3", "0x16", "022x", "EINVAL", "\x00", "-2147483648", "2147483648", "4294967296",
		"4294967295", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "18446744073709551616", strings.Repeat("9", 5000),
	} {
		check(bad, uapi.ErrProtocol)
	}
}
