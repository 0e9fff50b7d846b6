//go:build unix

package wguser_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestSilenceAtEveryByte stops a daemon at every byte of its answer, without
// hanging up, and ends the context then: the call ends with it, and the next
// one over the same Backend works.
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
					t.Errorf("silent behind byte %d: %v", n, err)
				}
				if err := test.operate(t.Context(), b); err != nil {
					t.Errorf("after silence behind byte %d: %v", n, err)
				}
				close(ended)
				cancel()
				b.Close()
			}
		})
	}
}

// TestHangUpAtEveryByte hangs up behind so many bytes of a request: nothing
// that was not answered is taken for done.
func TestHangUpAtEveryByte(t *testing.T) {
	t.Parallel()
	c := wgtypes.Config{FirewallMark: new(uint32(7))}
	request := uapi.AppendSet(nil, c)
	for n := range len(request) {
		b := daemon(t, func(conn net.Conn) { io.CopyN(io.Discard, conn, int64(n)) })
		err := configure(t.Context(), b, "wg0", c)
		if err == nil || !isTyped(err) {
			t.Errorf("hanging up behind byte %d: %v", n, err)
		}
		var partial *wginternal.PartialError
		if n > 0 && (!errors.As(err, &partial) || partial.Unknown.FirewallMark == nil) {
			t.Errorf("hanging up behind byte %d: %v does not say that it may be done", n, err)
		}
	}
}

// TestEveryErrno: an errno is one of either sign within 31 bits, and anything
// else is a mistake of the daemon's, never a success.
func TestEveryErrno(t *testing.T) {
	t.Parallel()
	check := func(text string, want error) {
		b := daemon(t, saying("errno="+text+"\n\n"))
		err := configure(t.Context(), b, "wg0", wgtypes.Config{FirewallMark: new(uint32(7))})
		_, readErr := state(t.Context(), b, "wg0")
		for _, err := range []error{err, readErr} {
			if want == nil && err != nil || want != nil && !errors.Is(err, want) {
				t.Errorf("errno %.40q: %v, want %v", text, err, want)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("errno %.40q makes an error of %d bytes", text, len(err.Error()))
			}
		}
		b.Close()
	}
	for _, n := range []int64{1, 2, 5, 22, 98, 133, 4095, 4096, 65535, 65536, 1<<31 - 2, 1<<31 - 1} {
		check(fmt.Sprint(n), syscall.Errno(n))
		check(fmt.Sprint(-n), syscall.Errno(n))
		check(fmt.Sprintf("%020d", n), syscall.Errno(n))
	}
	for _, none := range []string{"0", "-0", "00000000000000000000000000"} {
		check(none, nil)
	}
	for _, bad := range []string{
		"", "-", "--1", "+1", " 1", "1 ", "1\r", "1.0", "1e3", "0x16", "022x", "EINVAL", "\x00", "-2147483648", "2147483648", "4294967296",
		"4294967295", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "18446744073709551616", strings.Repeat("9", 5000),
	} {
		check(bad, uapi.ErrProtocol)
	}
}
