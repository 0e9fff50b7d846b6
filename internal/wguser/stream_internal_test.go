package wguser

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/uapi"
)

// TestRoomClears checks that memory with keys is cleared before it is replaced.
func TestRoomClears(t *testing.T) {
	t.Parallel()
	old := append(make([]byte, 0, 8), "secret"...)
	if got := room(old, 2); &got[0] != &old[0] || string(got) != "secret" {
		t.Errorf("room(old, 2) = %q in new memory, want the old memory", got)
	}
	got := room(old, 3)
	if string(got) != "secret" || cap(got)-len(got) < 3 {
		t.Errorf("room(old, 3) = %q with room for %d, want secret with room for 3", got, cap(got)-len(got))
	}
	if !bytes.Equal(old, make([]byte, len(old))) {
		t.Errorf("old memory = %q, want zeros", old)
	}
}

// TestTakenIsBounded fills the memory for a reply to its limit.
func TestTakenIsBounded(t *testing.T) {
	t.Parallel()
	const chunk = 64 << 10
	daemon := func(c net.Conn) { io.WriteString(c, "errno=0\n\n") }
	for _, test := range []struct {
		taken int
		want  error
	}{{uapi.MaxReply, io.EOF}, {uapi.MaxReply + 1, uapi.ErrProtocol}} {
		testConn(t, time.Second, daemon, func(t *testing.T, c *conn) {
			s := newStream(t.Context(), c)
			defer s.Close()
			s.taken = make([]byte, test.taken, test.taken+chunk)
			s.takeMore(t.Context())
			s.taken = nil // Close would clear all of it
			if !s.ended || !errors.Is(s.err, test.want) {
				t.Errorf("takeMore after %d bytes = %t, %v, want true, %v", test.taken, s.ended, s.err, test.want)
			}
		})
	}
}

// TestStreamCloseClears checks that the memory of a reply is cleared.
func TestStreamCloseClears(t *testing.T) {
	t.Parallel()
	daemon := func(c net.Conn) { io.WriteString(c, "private_key=1\nerrno=0\n\n") }
	testConn(t, time.Second, daemon, func(t *testing.T, c *conn) {
		s := newStream(t.Context(), c)
		if err := s.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		text := s.taken[:cap(s.taken)]
		if !bytes.HasPrefix(text, []byte("private_key=1\n")) {
			t.Errorf("taken = %.20q, want the reply", text)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v, want nil", err)
		}
		if !bytes.Equal(text, make([]byte, len(text))) {
			t.Errorf("memory after Close = %.40q, want zeros", text)
		}
		if n, err := s.Read(make([]byte, 9)); n != 0 || err == nil {
			t.Errorf("Read after Close = %d, %v, want 0 and an error", n, err)
		}
	})
}

// TestStreamEnds has daemons that send a reply in pieces and keep the connection
// open. The stream must close it when the reply is complete.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	for _, pieces := range [][]string{
		{"errno=0\n\n"},
		{"errno=0\n", "\n"},
		{"errno=0", "\n", "\n"},
		{"errno=0", "\n\n"},
		{"a=b\n", "errno=0\n\n"},
		{"a=b\nerrno=0\n\nmore"},
		{"\n"},
		{"\n", "errno=0\n\n"},
	} {
		for _, take := range []bool{false, true} {
			daemon := func(c net.Conn) {
				for _, piece := range pieces {
					io.WriteString(c, piece)
				}
				time.Sleep(time.Hour)
			}
			testConn(t, time.Second, daemon, func(t *testing.T, c *conn) {
				s := newStream(t.Context(), c)
				defer s.Close()
				if take {
					if err := s.take(t.Context()); err != nil {
						t.Errorf("take of %q = %v, want nil", pieces, err)
					}
				}
				if !take && strings.HasSuffix(pieces[0], "more") {
					return // the decoder ignores what follows
				}
				if text, err := io.ReadAll(s); err != nil || !strings.HasPrefix(strings.Join(pieces, ""), string(text)) {
					t.Errorf("reading %q, taken %t = %q, %v, want nil", pieces, take, text, err)
				}
				if n := len(c.life.open); n != 0 {
					t.Errorf("connections after %q, taken %t = %d, want 0", pieces, take, n)
				}
			})
		}
	}
}

// TestStreamsTakeWhileConfiguring checks that a reply that begins while the device
// is being configured is read into memory, and that finished devices are forgotten.
func TestStreamsTakeWhileConfiguring(t *testing.T) {
	t.Parallel()
	s := newStreams()
	join := func(path string) (take bool, leave func()) {
		r := &stream{turn: make(chan struct{}, 1), ended: true}
		r.turn <- struct{}{}
		take = s.join(path, r)
		return take, func() { r.leave() }
	}
	take, leaveFirst := join("a")
	if take {
		t.Error("join before configure = true, want false")
	}
	endOne, err := s.configure(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	endTwo, err := s.configure(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	endOne()
	take, leaveSecond := join("a")
	if !take {
		t.Error("join while configuring = false, want true")
	}
	if take, leave := join("b"); take {
		t.Error("join of another device = true, want false")
	} else {
		leave()
	}
	endTwo()
	take, leaveThird := join("a")
	if take {
		t.Error("join after configure = true, want false")
	}
	leaveFirst()
	leaveSecond()
	leaveThird()
	if len(s.paths) != 0 {
		t.Errorf("paths = %d, want 0", len(s.paths))
	}
}

// TestStreamCloseStops checks that the end of the context has no effect after Close.
func TestStreamCloseStops(t *testing.T) {
	t.Parallel()
	testConn(t, time.Second, func(net.Conn) {}, func(t *testing.T, c *conn) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newStream(ctx, c)
		s.Close()
		cancel()
		synctest.Wait()
		if c.interrupted {
			t.Error("the connection was interrupted after Close, want no effect")
		}
	})
}

// TestStreamsConfigureFails checks that a canceled configure leaves no trace.
func TestStreamsConfigureFails(t *testing.T) {
	t.Parallel()
	s := newStreams()
	if err := s.free(t.Context(), "a"); err != nil || len(s.paths) != 0 {
		t.Errorf("free without streams = %v with %d paths, want nil and 0", err, len(s.paths))
	}
	r := &stream{turn: make(chan struct{}, 1)} // whose turn another caller has
	s.join("a", r)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.configure(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("configure = %v, want %v", err, context.Canceled)
	}
	r.leave()
	if len(s.paths) != 0 {
		t.Errorf("paths = %d, want 0", len(s.paths))
	}
}
