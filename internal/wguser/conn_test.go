package wguser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/uapi"
)

// testConn runs daemon on one end of a connection in memory and test on the
// other end, on a fake clock.
func testConn(t *testing.T, timeout time.Duration, daemon func(net.Conn), test func(t *testing.T, c *conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer server.Close()
			daemon(server)
		}()
		c, err := newLifetime().adopt(client, "/dir/wg0.sock", timeout)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			c.Close()
			<-done
		}()
		test(t, c)
	})
}

// readSlowly reads n bytes of a request, 1 KiB at a time with a pause between
// them.
func readSlowly(c net.Conn, n int, pause time.Duration) {
	for b := make([]byte, 1<<10); n > 0; {
		m, err := c.Read(b)
		if err != nil {
			return
		}
		n -= m
		time.Sleep(pause)
	}
}

// writeSlowly writes a text byte by byte with a pause before each.
func writeSlowly(c net.Conn, text string, pause time.Duration) {
	for i := range len(text) {
		time.Sleep(pause)
		if _, err := io.WriteString(c, text[i:i+1]); err != nil {
			return
		}
	}
}

func TestReplyTimeoutIsResetByProgress(t *testing.T) {
	t.Parallel()
	request := bytes.Repeat([]byte("a"), 200<<10)
	const timeout, pause = 5 * time.Second, 2 * time.Second
	daemon := func(c net.Conn) {
		readSlowly(c, len(request), pause)
		writeSlowly(c, "errno=0\n\n", pause)
	}
	testConn(t, timeout, daemon, func(t *testing.T, c *conn) {
		if sent, err := c.exchange(t.Context(), slices.Values([][]byte{request})); err != nil || !sent {
			t.Errorf("exchange with a slow daemon = %t, %v, want true, nil", sent, err)
		}
	})
	testConn(t, timeout, func(c net.Conn) { writeSlowly(c, "errno=0\n\n", pause) }, func(t *testing.T, c *conn) {
		s := newStream(t.Context(), c)
		defer s.Close()
		if text, err := io.ReadAll(s); err != nil || string(text) != "errno=0\n\n" {
			t.Errorf("reading from a slow daemon = %q, %v, want errno=0", text, err)
		}
	})
}

func TestReplyTimeout(t *testing.T) {
	t.Parallel()
	request := bytes.Repeat([]byte("a"), 200<<10)
	const replyTimeout, timeout = 5 * time.Second, 55 * time.Second // of a change of this size
	for name, test := range map[string]struct {
		daemon  func(net.Conn)
		written int // bytes of the request that the daemon reads
		want    time.Duration
	}{
		"reads nothing":     {func(c net.Conn) { time.Sleep(time.Hour) }, 0, timeout},
		"reads some":        {func(c net.Conn) { readSlowly(c, 1<<10, time.Hour) }, 1 << 10, 2 * timeout},
		"replies nothing":   {func(c net.Conn) { readSlowly(c, len(request), 0); time.Sleep(time.Hour) }, len(request), timeout},
		"replies with half": {func(c net.Conn) { readSlowly(c, len(request), 0); writeSlowly(c, "errno=0", 0); time.Sleep(time.Hour) }, len(request), timeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testConn(t, replyTimeout, test.daemon, func(t *testing.T, c *conn) {
				begin := time.Now()
				sent, err := c.exchange(t.Context(), slices.Values([][]byte{request}))
				if !errors.Is(err, os.ErrDeadlineExceeded) || sent != (test.written > 0) {
					t.Errorf("exchange = %t, %v, want %t, %v", sent, err, test.written > 0, os.ErrDeadlineExceeded)
				}
				if want := "no reply from /dir/wg0.sock for 55s"; err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("exchange = %v, want an error with %q", err, want)
				}
				if got := time.Since(begin); got != test.want {
					t.Errorf("exchange took %v, want %v", got, test.want)
				}
			})
		})
	}
}

// TestZeroReplyTimeout checks that a timeout of 0 waits for nothing.
func TestZeroReplyTimeout(t *testing.T) {
	t.Parallel()
	daemon := func(c net.Conn) { writeSlowly(c, "a", time.Hour) }
	testConn(t, 0, daemon, func(t *testing.T, c *conn) {
		if n, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read without time = %d, %v, want %v", n, err, os.ErrDeadlineExceeded)
		}
	})
}

// TestReplyTimeoutOfSlowCaller: the time between two reads does not count.
func TestReplyTimeoutOfSlowCaller(t *testing.T) {
	t.Parallel()
	daemon := func(c net.Conn) { writeSlowly(c, "errno=0\n\n", 0) }
	testConn(t, time.Second, daemon, func(t *testing.T, c *conn) {
		s := newStream(t.Context(), c)
		defer s.Close()
		for b := make([]byte, 1); ; time.Sleep(time.Hour) {
			if _, err := s.Read(b); err != nil {
				if err != io.EOF {
					t.Errorf("Read = %v, want %v", err, io.EOF)
				}
				return
			}
		}
	})
}

func TestNoReplyTimeout(t *testing.T) {
	t.Parallel()
	daemon := func(c net.Conn) {
		time.Sleep(24 * time.Hour)
		readSlowly(c, 1, 0)
		writeSlowly(c, "errno=0\n\n", 24*time.Hour)
	}
	testConn(t, -1, daemon, func(t *testing.T, c *conn) {
		if _, err := c.exchange(t.Context(), slices.Values([][]byte{[]byte("a")})); err != nil {
			t.Errorf("exchange without a timeout = %v, want nil", err)
		}
	})
}

// TestReplyTimeoutAndContext: a context that ends first decides the error, and a
// connection that was resumed has its timeout again.
func TestReplyTimeoutAndContext(t *testing.T) {
	t.Parallel()
	hang := func(net.Conn) { time.Sleep(time.Hour) }
	testConn(t, 5*time.Second, hang, func(t *testing.T, c *conn) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.exchange(ctx, slices.Values([][]byte{[]byte("a")}))
		if err := contextError(ctx, err); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("exchange with a context = %v, want %v", err, context.DeadlineExceeded)
		}
		c.resume(t.Context())
		begin := time.Now()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read after resume = %v, want %v", err, os.ErrDeadlineExceeded)
		}
		if got, want := time.Since(begin), 5*time.Second; got != want {
			t.Errorf("Read after resume took %v, want %v", got, want)
		}
	})
}

func TestChangeTimeout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		timeout time.Duration
		size    int
		want    time.Duration
	}{
		{5 * time.Second, 0, 5 * time.Second},
		{5 * time.Second, 4 << 10, 5 * time.Second},
		{5 * time.Second, 20 << 10, 10 * time.Second},
		{5 * time.Second, 256 << 10, 65 * time.Second},
		{5 * time.Second, 1 << 30, 65 * time.Second},
		{-1, 1 << 20, -1},
	} {
		if got := changeTimeout(test.timeout, test.size); got != test.want {
			t.Errorf("changeTimeout(%v, %d) = %v, want %v", test.timeout, test.size, got, test.want)
		}
	}
}

// trickle writes a byte of a line from time to time, forever.
func trickle(c net.Conn, pause time.Duration) {
	for {
		time.Sleep(pause)
		if _, err := io.WriteString(c, "a"); err != nil {
			return
		}
	}
}

// TestReplyTimeoutOfTrickle has daemons that make progress before each reply timeout
// ends, but too little.
func TestReplyTimeoutOfTrickle(t *testing.T) {
	t.Parallel()
	const timeout, pause = 5 * time.Second, 4 * time.Second
	check := func(t *testing.T, begin time.Time, err error) {
		t.Helper()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("error = %v, want %v", err, os.ErrDeadlineExceeded)
		}
		if want := "no complete reply from /dir/wg0.sock within 20s: i/o timeout"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q", err, want)
		}
		if got, want := time.Since(begin), 20*time.Second; got != want {
			t.Errorf("the operation took %v, want %v", got, want)
		}
	}
	testConn(t, timeout, func(c net.Conn) { trickle(c, pause) }, func(t *testing.T, c *conn) {
		s := newStream(t.Context(), c)
		defer s.Close()
		begin := time.Now()
		_, err := io.ReadAll(s)
		check(t, begin, err)
	})
	testConn(t, timeout, func(c net.Conn) { trickle(c, pause) }, func(t *testing.T, c *conn) {
		s := newStream(t.Context(), c)
		defer s.Close()
		begin := time.Now()
		if err := s.take(t.Context()); err != nil {
			t.Errorf("take = %v, want nil", err)
		}
		_, err := s.Read(make([]byte, 1<<10))
		for err == nil {
			_, err = s.Read(make([]byte, 1<<10))
		}
		check(t, begin, err)
	})
	readByByte := func(c net.Conn) {
		for {
			time.Sleep(pause)
			if _, err := c.Read(make([]byte, 1)); err != nil {
				return
			}
		}
	}
	testConn(t, timeout, readByByte, func(t *testing.T, c *conn) {
		begin := time.Now()
		_, err := c.exchange(t.Context(), slices.Values([][]byte{[]byte(strings.Repeat("a", 1<<10))}))
		check(t, begin, err)
	})
}

// TestReplyTimeoutOfLongReply checks that a reply may take another reply timeout
// for each 20 KiB, and that the time between two reads does not count.
func TestReplyTimeoutOfLongReply(t *testing.T) {
	t.Parallel()
	const pieces = 30
	daemon := func(c net.Conn) {
		for range pieces {
			time.Sleep(4 * time.Second)
			if _, err := c.Write(bytes.Repeat([]byte("a"), progressUnit)); err != nil {
				return
			}
		}
		io.WriteString(c, "\n\n")
	}
	testConn(t, 5*time.Second, daemon, func(t *testing.T, c *conn) {
		s := newStream(t.Context(), c)
		defer s.Close()
		text, err := io.ReadAll(s)
		if want := pieces*progressUnit + 2; err != nil || len(text) != want {
			t.Errorf("reading a long reply = %d bytes, %v, want %d bytes", len(text), err, want)
		}
	})
}

// TestErrorsOfConnections checks that errors name the socket and the cause once.
func TestErrorsOfConnections(t *testing.T) {
	t.Parallel()
	reset := &net.OpError{Op: "read", Net: "unix", Err: os.NewSyscallError("read", errno.ECONNRESET)}
	for _, test := range []struct {
		err  error
		want string
		is   error
	}{
		{reset, "read from /dir/wg0.sock: " + errno.ECONNRESET.Error(), errno.ECONNRESET},
		{&net.OpError{Op: "read", Net: "unix", Err: net.ErrClosed}, "read from /dir/wg0.sock: " + net.ErrClosed.Error(), net.ErrClosed},
		{errors.New("other"), "read from /dir/wg0.sock: other", nil},
	} {
		err := ioError("read from", "/dir/wg0.sock", test.err)
		if err.Error() != test.want {
			t.Errorf("ioError(%v) = %v, want %s", test.err, err, test.want)
		}
		if test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("ioError(%v) = %v, want an error that wraps %v", test.err, err, test.is)
		}
	}
}

// TestNoReply has a daemon that closes the connection instead of replying.
func TestNoReply(t *testing.T) {
	t.Parallel()
	const want = "/dir/wg0.sock: the daemon closed the connection without a reply"
	hangUp := func(c net.Conn) { readSlowly(c, 6, 0) }
	testConn(t, time.Second, hangUp, func(t *testing.T, c *conn) {
		sent, err := c.exchange(t.Context(), slices.Values([][]byte{[]byte("get=1\n")}))
		if !sent || err == nil || err.Error() != want || !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("exchange = %t, %v, want true and %q", sent, err, want)
		}
	})
	testConn(t, time.Second, hangUp, func(t *testing.T, c *conn) {
		s := newStream(t.Context(), c)
		defer s.Close()
		c.Write([]byte("get=1\n"))
		_, err := uapi.ParseDevice(s, time.Now())
		if err := contextError(t.Context(), err); err == nil || err.Error() != want || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("reading = %v, want %q", err, want)
		}
	})
	partial := func(c net.Conn) {
		readSlowly(c, 6, 0)
		io.WriteString(c, "errno=0\n")
	}
	testConn(t, time.Second, partial, func(t *testing.T, c *conn) {
		_, err := c.exchange(t.Context(), slices.Values([][]byte{[]byte("get=1\n")}))
		if _, ok := errors.AsType[*noReplyError](err); ok || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("exchange with a part of a reply = %v, want %v and no noReplyError", err, io.ErrUnexpectedEOF)
		}
	})
}

func TestConnectionEnded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want bool
	}{
		{errNoReply, true},
		{ioError("read from", "/p", errno.ECONNRESET), true},
		{ioError("write to", "/p", errno.EPIPE), true},
		{io.EOF, false},
		{uapi.ErrProtocol, false},
		{ioError("read from", "/p", errno.EINVAL), false},
		{os.ErrDeadlineExceeded, false},
	} {
		if got := connectionEnded(test.err); got != test.want {
			t.Errorf("connectionEnded(%v) = %t, want %t", test.err, got, test.want)
		}
	}
}

// TestNoReplyToUnreadRequest checks that the error is that of writing, which came
// first, and that nothing was sent.
func TestNoReplyToUnreadRequest(t *testing.T) {
	t.Parallel()
	testConn(t, time.Second, func(net.Conn) {}, func(t *testing.T, c *conn) {
		sent, err := c.exchange(t.Context(), slices.Values([][]byte{[]byte("set=1\n\n")}))
		if sent || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("exchange with a closed connection = %t, %v, want false, %v", sent, err, io.ErrClosedPipe)
		}
	})
}

// blockingConn blocks in SetDeadline.
type blockingConn struct {
	net.Conn
	release chan struct{}
}

func (c blockingConn) SetDeadline(time.Time) error {
	<-c.release
	return nil
}

// TestUntilStops checks that stop returns only after the connection was interrupted,
// if the context has ended.
func TestUntilStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release, stopped := make(chan struct{}), make(chan struct{})
		c, err := newLifetime().adopt(blockingConn{release: release}, "/p", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		stop := c.until(ctx)
		cancel()
		synctest.Wait()
		go func() {
			stop()
			close(stopped)
		}()
		synctest.Wait()
		select {
		case <-stopped:
			t.Error("stop has returned during the interruption, want it to wait")
		default:
		}
		close(release)
		<-stopped
	})
}

// TestContextError checks which errors the end of a context replaces.
func TestContextError(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	timeout := &timeoutError{"no reply from /dir/wg0.sock for", time.Second}
	noReply := &noReplyError{path: "/dir/wg0.sock", err: errNoReply}
	for _, test := range []struct {
		ctx  context.Context
		err  error
		want error
	}{
		{ended, nil, nil},
		{ended, io.EOF, io.EOF},
		{ended, io.ErrUnexpectedEOF, context.Canceled},
		{ended, noReply, context.Canceled},
		{ended, fmt.Errorf("line 7: %w", timeout), timeout},
		{t.Context(), io.ErrUnexpectedEOF, io.ErrUnexpectedEOF},
		{t.Context(), fmt.Errorf("line 7: %w", timeout), timeout},
		{t.Context(), fmt.Errorf("line 7: %w", noReply), noReply},
	} {
		got := contextError(test.ctx, test.err)
		if test.want == context.Canceled && errors.Is(got, test.want) {
			continue
		}
		if got != test.want {
			t.Errorf("contextError(%v, %v) = %v, want %v", test.ctx.Err(), test.err, got, test.want)
		}
	}
}

// TestResumeAfterContext checks that a connection stays interrupted if the context of
// its reader has ended, too.
func TestResumeAfterContext(t *testing.T) {
	t.Parallel()
	testConn(t, time.Second, func(net.Conn) { time.Sleep(time.Hour) }, func(t *testing.T, c *conn) {
		ctx, cancel := context.WithCancel(t.Context())
		defer c.until(ctx)()
		cancel()
		synctest.Wait()
		c.resume(ctx)
		begin := time.Now()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read = %v, want %v", err, os.ErrDeadlineExceeded)
		}
		if got := time.Since(begin); got != 0 {
			t.Errorf("Read took %v, want 0", got)
		}
	})
}
