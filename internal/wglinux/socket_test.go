//go:build linux

package wglinux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// TestRealSockets uses this machine's kernel, with or without the module.
func TestRealSockets(t *testing.T) {
	t.Parallel()
	b, err := New(Config{NetNS: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.List(t.Context()); err != nil {
		t.Errorf("List() = %v, want nil", err)
	}
	if _, err := b.Open(t.Context(), "lo"); !errors.Is(err, wginternal.ErrNotWireGuard) {
		t.Errorf("Open(lo) = %v, want ErrNotWireGuard", err)
	}
	if _, err := b.Open(t.Context(), "absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open(absent) = %v, want fs.ErrNotExist", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Open(ctx, "lo"); !errors.Is(err, context.Canceled) {
		t.Errorf("Open() with an ended context = %v, want context.Canceled", err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

// TestRealZones checks zones that no interface of this machine has.
func TestRealZones(t *testing.T) {
	t.Parallel()
	b, err := New(Config{NetNS: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, number := range []string{"4294967295", "2147483647", "0", "x"} {
		if name, err := b.zoneName(t.Context(), number); err != nil || name != number {
			t.Errorf("zoneName(%q) = %q, %v, want the number", number, name, err)
		}
	}
	for _, zone := range []string{"absent", "0", strings.Repeat("x", 15), strings.Repeat("x", 16), strings.Repeat("x", 200), "4294967296"} {
		var invalid wginternal.InvalidZone
		if number, err := b.zoneNumber(t.Context(), zone); !errors.As(err, &invalid) {
			t.Errorf("zoneNumber(%q) = %q, %v, want an InvalidZone", zone, number, err)
		}
	}
	for zone, want := range map[string]string{"lo": "1", "1": "1", "4294967295": "4294967295"} {
		if number, err := b.zoneNumber(t.Context(), zone); err != nil || number != want {
			t.Errorf("zoneNumber(%q) = %q, %v, want %q", zone, number, err, want)
		}
	}
}

// TestRealSocketsAreConnected checks that datagrams of another process do not reach a
// connection, not even before the kernel's reply to a family lookup.
func TestRealSocketsAreConnected(t *testing.T) {
	t.Parallel()
	b, err := New(Config{NetNS: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	x, err := b.genl.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer x.end()
	other, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_GENERIC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(other)
	for _, datagram := range [][]byte{[]byte("short"), make([]byte, 20)} {
		err := unix.Sendto(other, datagram, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: x.t.PID()})
		if err != unix.ECONNREFUSED && err != unix.EPERM { // an unprivileged user may not send at all
			t.Errorf("Sendto() to the connection = %v, want ECONNREFUSED or EPERM", err)
		}
	}
	if id, err := x.t.Family("nlctrl"); err != nil || id != unix.GENL_ID_CTRL {
		t.Errorf("Family(nlctrl) = %d, %v, want %d, nil", id, err, unix.GENL_ID_CTRL)
	}
}

// TestIgnoringEINTR checks that an interrupted system call is repeated, and no other.
func TestIgnoringEINTR(t *testing.T) {
	t.Parallel()
	for _, want := range []error{nil, unix.EAGAIN, unix.ENOBUFS} {
		calls := 0
		err := ignoringEINTR(func() error {
			if calls++; calls < 3 {
				return unix.EINTR
			}
			return want
		})
		if err != want || calls != 3 {
			t.Errorf("ignoringEINTR() = %v after %d calls, want %v after 3", err, calls, want)
		}
	}
}

// TestRealSocketsOptions checks that errors do not repeat the request, which may hold
// keys, that they have texts, and that invalid requests are refused.
func TestRealSocketsOptions(t *testing.T) {
	t.Parallel()
	b, err := New(Config{NetNS: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	x, err := b.route.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer x.end()
	const secret = "not-repeated"
	for name, test := range map[string]struct {
		encode func(buf []byte, h nlwire.Header) []byte
		want   unix.Errno
		text   bool
	}{
		"absent link": {func(buf []byte, h nlwire.Header) []byte { return nlwire.AppendGetLink(buf, h, 0, secret) }, unix.ENODEV, false},
		// Only the strict check notices an index in a dump.
		"dump of one link": {func(buf []byte, h nlwire.Header) []byte {
			buf = nlwire.AppendListLinks(buf, h, secret)
			binary.NativeEndian.PutUint32(buf[20:], 7)
			return buf
		}, unix.EINVAL, true},
	} {
		if err := x.request(smallRequest, test.encode); err != nil {
			t.Fatal(err)
		}
		reply := make([]byte, 4096)
		n, _, err := x.t.Recv(reply)
		if err != nil {
			t.Fatal(err)
		}
		msgs := nlwire.NewMessages(reply[:n])
		if !msgs.Next() {
			t.Fatalf("%s: the reply %x has no message", name, reply[:n])
		}
		ack, err := nlwire.DecodeAck(msgs.Header, msgs.Payload)
		if err != nil || ack.Errno != test.want || test.text && ack.Text == "" {
			t.Errorf("%s: the reply is %+v, %v, want errno %d and a text: %t", name, ack, err, test.want, test.text)
		}
		if bytes.Contains(reply[:n], []byte(secret)) {
			t.Errorf("%s: the reply %q repeats the request", name, reply[:n])
		}
	}
}

// TestRealSocketsWipeBuffers checks that a truncated datagram is wiped too.
func TestRealSocketsWipeBuffers(t *testing.T) {
	t.Parallel()
	b, err := New(Config{NetNS: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	x, err := b.route.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := x.conn
	c.in = make([]byte, 64)
	err = x.request(smallRequest, func(buf []byte, h nlwire.Header) []byte { return nlwire.AppendGetLink(buf, h, 1, "") })
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := x.next(); err == nil {
		t.Errorf("next() with a buffer of 64 bytes = %v, want an error", err)
	}
	x.end()
	if !bytes.Equal(c.in, make([]byte, 64)) {
		t.Errorf("buffer = %x, want only zeros", c.in)
	}
}

// linkKind returns a kind of link that this machine can create in a new namespace:
// wireguard if the module is available. movable reports whether such links can be
// moved to another namespace.
func linkKind(t *testing.T, ns *os.File) (kind string, movable bool) {
	t.Helper()
	for _, kind := range []string{"wireguard", "dummy", "bridge"} {
		b := backendIn(t, ns, kind)
		err := b.Create(t.Context(), "probe", 0, false, -1)
		if err == nil {
			if err := b.Delete(t.Context(), "probe", 0); err != nil {
				t.Fatal(err)
			}
			return kind, kind != "bridge"
		}
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Fatal(err)
		}
	}
	skip(t, "this kernel has no link kind wireguard, dummy or bridge")
	return "", false
}

func backendIn(t *testing.T, ns *os.File, kind string) *Backend {
	t.Helper()
	b, err := New(Config{NetNS: int(ns.Fd()), Family: kind})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// names returns the names of the links that b lists.
func names(t *testing.T, b *Backend) (s string) {
	t.Helper()
	refs, err := b.List(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, ref := range refs {
		s += ref.Name + " "
	}
	return s
}

// TestRealLinks creates, changes and removes links of a real kernel.
func TestRealLinks(t *testing.T) {
	t.Parallel()
	ns := newNetNS(t)
	kind, _ := linkKind(t, ns)
	b, other := backendIn(t, newNetNS(t), kind), backendIn(t, ns, kind)
	ctx := t.Context()
	if err := b.Create(ctx, "wg0", 1280, true, -1); err != nil {
		t.Fatal(err)
	}
	if got := names(t, b); got != "wg0 " {
		t.Errorf("links = %q, want %q", got, "wg0 ")
	}
	if _, err := other.Open(ctx, "wg0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open(wg0) in another namespace = %v, want fs.ErrNotExist", err)
	}
	link, err := b.find(ctx, "wg0")
	if err != nil || !link.Up || link.MTU != 1280 {
		t.Errorf("find(wg0) = %+v, %v, want MTU 1280 and up", link, err)
	}
	if err := b.Create(ctx, "wg0", 0, false, -1); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second Create(wg0) = %v, want fs.ErrExist", err)
	}
	if err := b.SetLink(ctx, "wg0", 0, new(1300), new(false)); err != nil {
		t.Errorf("SetLink(wg0) = %v, want nil", err)
	}
	if link, err = b.find(ctx, "wg0"); err != nil || link.Up || link.MTU != 1300 {
		t.Errorf("link after SetLink() = %+v, %v, want MTU 1300 and down", link, err)
	}
	if err := b.Delete(ctx, "lo", 0); !errors.Is(err, wginternal.ErrNotWireGuard) {
		t.Errorf("Delete(lo) = %v, want ErrNotWireGuard", err)
	}
	for _, err := range []error{
		b.Create(ctx, "a:b", 0, false, -1), b.Create(ctx, "a b", 0, false, -1), b.Create(ctx, "wg1", math.MaxInt32, false, -1),
		b.SetLink(ctx, "wg0", 0, new(math.MaxInt32), nil),
	} {
		if !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Create() or SetLink() with an invalid name or MTU = %v, want fs.ErrInvalid", err)
		}
	}
	if err := b.Delete(ctx, "wg0", 0); err != nil {
		t.Errorf("Delete(wg0) = %v, want nil", err)
	}
	if got := names(t, b); got != "" {
		t.Errorf("links after Delete() = %q, want none", got)
	}
}

// TestMoveLink creates links in another namespace, and checks that none remains after a
// failure.
func TestMoveLink(t *testing.T) {
	t.Parallel()
	from, to := newNetNS(t), newNetNS(t)
	kind, movable := linkKind(t, from)
	here, there := backendIn(t, from, kind), backendIn(t, to, kind)
	ctx := t.Context()
	if movable {
		if err := here.Create(ctx, "wg1", 1280, true, int(to.Fd())); err != nil {
			t.Fatal(err)
		}
		link, err := there.find(ctx, "wg1")
		if err != nil || !link.Up || link.MTU != 1280 {
			t.Errorf("find(wg1) = %+v, %v, want MTU 1280 and up", link, err)
		}
	} else if err := there.Create(ctx, "wg1", 0, false, -1); err != nil {
		t.Fatal(err)
	}
	// The name is in use there, or the link cannot be moved. It must not remain here.
	before := names(t, here)
	if err := here.Create(ctx, "wg1", 0, false, int(to.Fd())); err == nil || movable && !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create() of a name that the other namespace has = %v, want fs.ErrExist", err)
	}
	if after := names(t, here); after != before {
		t.Errorf("links after a failed move = %q, want %q", after, before)
	}
}

// TestThreadNamespace checks that a Backend without a given namespace stays in the one
// of the thread that created it, no matter which thread uses it.
func TestThreadNamespace(t *testing.T) {
	t.Parallel()
	made := make(chan *Backend)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			made <- nil
			return
		}
		b, err := New(Config{NetNS: -1, Family: "bridge"})
		if err != nil {
			t.Errorf("New() = %v, want nil", err)
		}
		made <- b
	}()
	b := <-made
	if b == nil {
		skip(t, "a network namespace needs CAP_SYS_ADMIN")
	}
	defer b.Close()
	if here := threadNamespace(); b.ns.id == here.id {
		t.Fatalf("namespace of the Backend = %v, want one that differs from this thread's", b.ns.id)
	} else {
		_ = here.close()
	}
	// A new namespace has only lo, which is down.
	link, err := b.getLink(t.Context(), 0, "lo")
	if err != nil || link.Up {
		t.Errorf("getLink(lo) in a new namespace = %+v, %v, want it down", link, err)
	}
}

func TestBadNamespace(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	uts, err := os.Open("/proc/self/ns/uts") // a namespace of another type
	if err != nil {
		t.Skip(err)
	}
	defer uts.Close()
	for _, fd := range []int{int(null.Fd()), int(uts.Fd()), 1 << 20} {
		if b, err := New(Config{NetNS: fd}); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("New() with the descriptor %d = %v, %v, want fs.ErrInvalid", fd, b, err)
		}
	}
}

// newNetNS returns a new network namespace, which is closed at the end of the test.
func newNetNS(t *testing.T) *os.File {
	t.Helper()
	type result struct {
		file *os.File
		err  error
	}
	made := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err != nil {
			made <- result{err: err}
			return
		}
		file, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
		made <- result{file, err}
	}()
	r := <-made
	if errors.Is(r.err, unix.EPERM) {
		skip(t, "a network namespace needs CAP_SYS_ADMIN: %v", r.err)
	} else if r.err != nil {
		t.Fatal(r.err)
	}
	t.Cleanup(func() { _ = r.file.Close() })
	return r.file
}
