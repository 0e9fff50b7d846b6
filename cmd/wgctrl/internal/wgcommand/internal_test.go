package wgcommand

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestStrtoul has what glibc's strtoul(3) makes of numbers. NB: it sets errno
// for one too long, which wg does not look at.
func TestStrtoul(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]uint64{
		"0": 0, "007": 7, "+5": 5, " \t\n\v\f\r5": 5, "-0": 0, "-1": math.MaxUint64, " -18446744073709551611": 5,
		"18446744073709551615": math.MaxUint64, "18446744073709551616": math.MaxUint64, "99999999999999999999": math.MaxUint64,
		"-99999999999999999999": math.MaxUint64,
	} {
		if got, ok := strtoul(in); got != want || !ok {
			t.Errorf("strtoul(%q) = %d, %t, want %d, true", in, got, ok, want)
		}
	}
	for _, in := range []string{"", " ", "+", "-", "+-5", "- 5", "5 ", "5x", "0x5", "x", "99999999999999999999x"} {
		if got, ok := strtoul(in); ok {
			t.Errorf("strtoul(%q) = %d, %t, want false", in, got, ok)
		}
	}
}

// TestUnits are times and sizes where they change their form.
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

// TestReason: errors of the library, in wg's words.
func TestReason(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the texts are Linux's")
	}
	tag := func(sentinel error) error {
		return &wgctrl.OpError{Op: "read", Device: "wg0", Err: fmt.Errorf("odd: %w", sentinel)}
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{tag(fs.ErrNotExist), "No such device"},
		{tag(syscall.ENOENT), "No such device"},
		{tag(&wgtypes.FieldError{Index: -1, Field: "name", Reason: "is odd"}), "No such device"},
		{tag(&wgtypes.FieldError{Index: 0, Field: "Endpoint", Reason: "is odd"}), "Invalid argument"},
		{tag(wgctrl.ErrNotWireGuard), "Operation not supported"},
		{tag(errors.ErrUnsupported), "Protocol not supported"},
		{tag(fs.ErrPermission), "Operation not permitted"},
		{tag(syscall.EPERM), "Operation not permitted"},
		{tag(syscall.EACCES), "Permission denied"},
		{tag(syscall.EOPNOTSUPP), "Operation not supported"},
		{tag(&uapi.DeviceError{Errno: syscall.EADDRINUSE}), "Address already in use"},
		{tag(uapi.ErrProtocol), "Protocol error"},
		{tag(wgctrl.ErrInterrupted), "Interrupted system call"},
		{tag(errors.Join(fmt.Errorf("userspace: %w", syscall.EACCES), fmt.Errorf("kernel: %w", syscall.EPERM))), "Operation not permitted"},
		{errors.New("wgctrl: odd"), "odd"},
	} {
		if got := deviceReason(test.err); got != test.want {
			t.Errorf("deviceReason(%v) = %q, want %q", test.err, got, test.want)
		}
	}
}

// TestStrerror: glibc's texts, some of them.
func TestStrerror(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the numbers and the texts are Linux's")
	}
	for errno, want := range map[syscall.Errno]string{
		1: "Operation not permitted", 2: "No such file or directory", 12: "Cannot allocate memory", 19: "No such device", 36: "File name too long",
		41: "Unknown error 41", 73: "RFS specific error", 81: ".lib section in a.out corrupted", 93: "Protocol not supported",
		98: "Address already in use", 120: "Is a named type file", 5000: "Unknown error 5000",
	} {
		if got := strerror(errno); got != want {
			t.Errorf("strerror(%d) = %q, want %q", int(errno), got, want)
		}
	}
}

// TestNoData: a name server that knows a name tells an address of it or none.
func TestNoData(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"\x00\x01\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00": true,
		"\x00\x01\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00": false, // no such name
		"\x00\x01\x81\x82\x00\x01\x00\x00\x00\x00\x00\x00": false, // the server failed
		"\x00\x01\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00": false, // an answer
		"\x00\x01\x81\x80\x00\x01\x01\x00\x00\x00\x00\x00": false, // 256 answers
		"\x00\x01\x81\x80\x00\x01\x00\x00\x00\x00\x00":     false, // too short
	} {
		l := lookup{endpoint: "a:5"}
		hear(t, &l, message)
		text := l.fail(&net.DNSError{IsNotFound: true}).Error()
		if got := text == "No address associated with hostname: `a:5'"; got != want {
			t.Errorf("fail after the message %q = %q, want no address: %t", message, text, want)
		}
	}
}

// hear lets a name server send a message.
func hear(t *testing.T, l *lookup, message string) {
	t.Helper()
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn, err := l.dial(t.Context(), "udp", server.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, ok := conn.(net.PacketConn); !ok {
		t.Fatalf("dial = %T, want a net.PacketConn, since package net uses other connections as TCP", conn)
	}
	if _, err := server.WriteTo([]byte(message), conn.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 512)
	if n, err := conn.Read(b); err != nil || string(b[:n]) != message {
		t.Fatalf("Read = %q, %v, want %q, nil", b[:n], err, message)
	}
}

// TestZones: the zones of addresses as wg gives them to a device.
func TestZones(t *testing.T) {
	t.Parallel()
	links, err := net.Interfaces()
	if err != nil || len(links) == 0 {
		t.Skipf("no interfaces: %v", err)
	}
	link := links[0]
	number := fmt.Sprint(link.Index)
	for in, want := range map[string]string{
		"::1":                         "::1",
		"fe80::1":                     "fe80::1",
		"fe80::1%" + link.Name:        "fe80::1%" + link.Name,
		"fe80::1%" + number:           "fe80::1%" + link.Name,
		"ff02::1%" + number:           "ff02::1%" + link.Name,
		"fe80::1%0":                   "fe80::1",
		"fe80::1%4294967295":          "fe80::1%4294967295",
		"2001:db8::1%" + number:       "2001:db8::1%" + number,
		"2001:db8::1%007":             "2001:db8::1%7",
		"fe80::1%4294967296":          "",
		"fe80::1%no-such-interface":   "",
		"2001:db8::1%" + link.Name:    "",
		"fe80::1%" + link.Name + "\n": "",
	} {
		got, err := resolveZone(netip.MustParseAddr(in))
		if want == "" {
			if err == nil {
				t.Errorf("resolveZone(%q) = %v, want an error", in, got)
			}
			continue
		}
		if err != nil || got.String() != want {
			t.Errorf("resolveZone(%q) = %v, %v, want %s, nil", in, got, err, want)
		}
	}
}

// TestOutput: what is written is cleared, and the first error stays.
func TestOutput(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	o := newOutput(&text)
	for range 3 * flushSize {
		o.b = append(o.b, 'x')
		o.flushIfFull()
	}
	if err := o.flush(); err != nil || text.Len() != 3*flushSize {
		t.Errorf("flush = %v, %d bytes written, want nil, %d", err, text.Len(), 3*flushSize)
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
