package wgcommand

import (
	"io"
	"math"
	"strings"
	"sync/atomic"
	"testing"
)

// TestOutput checks that wipe clears the buffer, and that the first error stays.
func TestOutput(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	o := newOutput(&text)
	buffer := &o.b[:1][0]
	for range 3 * flushSize {
		o.b = append(o.b, 'x')
		o.flushIfFull()
	}
	if err := o.flush(); err != nil || text.Len() != 3*flushSize {
		t.Errorf("flush = %v, %d bytes written, want nil, %d", err, text.Len(), 3*flushSize)
	}
	// Growing would leave copies of keys behind.
	if got := &o.b[:1][0]; got != buffer {
		t.Errorf("buffer after %d bytes is at %p, want it at %p as before", text.Len(), got, buffer)
	}
	o.wipe()
	if rest := strings.Trim(string(o.b[:cap(o.b)]), "\x00"); rest != "" {
		t.Errorf("memory after wipe = %q, want zeros", rest)
	}
	var fails atomic.Int32
	o.w = writer(func(b []byte) (int, error) {
		fails.Add(1)
		return 0, io.ErrShortWrite
	})
	for range 2 {
		o.b = append(o.b, 'x')
		if err := o.flush(); err != io.ErrShortWrite {
			t.Errorf("flush = %v, want %v", err, io.ErrShortWrite)
		}
	}
	if got := fails.Load(); got != 1 {
		t.Errorf("writes = %d, want 1", got)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// TestUnits checks durations and sizes at the limits of their units.
func TestUnits(t *testing.T) {
	t.Parallel()
	var p printer
	for in, want := range map[uint64]string{
		0: "", 1: "1 second", 59: "59 seconds", 60: "1 minute", 3600: "1 hour", 86399: "23 hours, 59 minutes, 59 seconds", 86400: "1 day",
		31535999: "364 days, 23 hours, 59 minutes, 59 seconds", 31536000: "1 year", 63072001: "2 years, 1 second",
	} {
		if got := string(p.appendTime(nil, in)); got != want {
			t.Errorf("appendTime(%d) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[uint64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.00 KiB", 1029: "1.00 KiB", 1030: "1.01 KiB", 1<<20 - 1: "1024.00 KiB", 1 << 20: "1.00 MiB",
		1<<30 - 1: "1024.00 MiB", 1 << 30: "1.00 GiB", 1<<40 - 1: "1024.00 GiB", 1 << 40: "1.00 TiB", math.MaxUint64: "16777216.00 TiB",
	} {
		if got := string(p.appendBytes(nil, in)); got != want {
			t.Errorf("appendBytes(%d) = %q, want %q", in, got, want)
		}
	}
}

// TestLargeOutput checks that the buffer does not grow however many peers a device
// has: growing would leave copies of keys behind.
func TestLargeOutput(t *testing.T) {
	t.Parallel()
	d := largeDevice(2000, 4)
	for name, show := range map[string]func(c *command){
		"dump":     func(c *command) { _ = c.writeField(d, "dump", false) },
		"pretty":   func(c *command) { c.pretty(d) },
		"showconf": func(c *command) { c.writeConf(d) },
	} {
		c := &command{env: &Env{}, out: newOutput(io.Discard)}
		buffer := &c.out.b[:1][0]
		show(c)
		if got := &c.out.b[:1][0]; got != buffer {
			t.Errorf("buffer after %s of 2000 peers is at %p, want it at %p as before", name, got, buffer)
		}
	}
}

// TestAgo checks the ages of handshakes around the present.
func TestAgo(t *testing.T) {
	t.Parallel()
	p := printer{now: 1000}
	const future = "(System clock wound backward; connection problems may ensue.)"
	for at, want := range map[int64]string{998: "2 seconds ago", 999: "1 second ago", 1000: "Now", 1001: future, 1002: future} {
		if got := string(p.appendAgo(nil, at)); got != want {
			t.Errorf("appendAgo(%d) at 1000 = %q, want %q", at, got, want)
		}
	}
}
