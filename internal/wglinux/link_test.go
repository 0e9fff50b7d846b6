//go:build linux

package wglinux

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

func TestLinks(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := fakeBackend(t, k)
	ctx := t.Context()
	if err := b.Create(ctx, "wg1", 1280, true, -1); err != nil {
		t.Fatal(err)
	}
	link, err := b.find(ctx, "wg1")
	if err != nil || link.MTU != 1280 || !link.Up {
		t.Errorf("find(wg1) = %+v, %v, want MTU 1280 and up", link, err)
	}
	if err := b.Create(ctx, "wg1", 0, false, -1); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second Create() = %v, want fs.ErrExist", err)
	}
	if err := b.SetLink(ctx, "wg1", 0, new(0), new(false)); err != nil {
		t.Errorf("SetLink() = %v, want nil", err)
	}
	if link, _ = b.find(ctx, "wg1"); link.MTU != 0 || link.Up {
		t.Errorf("link after SetLink() = %+v, want MTU 0 and down", link)
	}
	if err := b.Delete(ctx, "eth0", 0); !errors.Is(err, wginternal.ErrNotWireGuard) {
		t.Errorf("Delete(eth0) = %v, want ErrNotWireGuard", err)
	}
	if err := b.SetLink(ctx, "eth0", 0, nil, new(true)); !errors.Is(err, wginternal.ErrNotWireGuard) {
		t.Errorf("SetLink(eth0) = %v, want ErrNotWireGuard", err)
	}
	if err := b.Delete(ctx, "wg1", 0); err != nil {
		t.Errorf("Delete(wg1) = %v, want nil", err)
	}
	if err := b.Delete(ctx, "wg1", 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("second Delete(wg1) = %v, want fs.ErrNotExist", err)
	}
}

// TestLinkIndex checks that a link with the right name and another index is not read,
// changed or removed.
func TestLinkIndex(t *testing.T) {
	t.Parallel()
	b := fakeBackend(t, nltest.NewKernel())
	ctx := t.Context()
	if err := b.Create(ctx, "wg1", 1280, true, -1); err != nil {
		t.Fatal(err)
	}
	link, err := b.Link(ctx, "wg1", 0)
	if err != nil || link.Index == 0 || link.MTU != 1280 || !link.Up {
		t.Fatalf("Link(wg1) = %+v, %v, want an index, MTU 1280, up", link, err)
	}
	_, linkErr := b.Link(ctx, "wg1", link.Index+1)
	for op, err := range map[string]error{
		"Link": linkErr, "SetLink": b.SetLink(ctx, "wg1", link.Index+1, new(1400), nil), "Delete": b.Delete(ctx, "wg1", link.Index+1),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s(wg1) with another index = %v, want fs.ErrNotExist", op, err)
		}
	}
	if got, err := b.Link(ctx, "wg1", link.Index); err != nil || got != link {
		t.Errorf("Link(wg1, %d) = %+v, %v, want %+v", link.Index, got, err, link)
	}
	if err := b.Delete(ctx, "wg1", link.Index); err != nil {
		t.Errorf("Delete(wg1, %d) = %v, want nil", link.Index, err)
	}
}

// TestCreatePattern checks that names with % are refused: the kernel would replace a %d
// by a number.
func TestCreatePattern(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := fakeBackend(t, k)
	before := len(k.Links())
	for _, name := range []string{"wg%d", "100%"} {
		if err := b.Create(t.Context(), name, 0, false, -1); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Create(%q) = %v, want fs.ErrInvalid", name, err)
		}
	}
	if len(k.Links()) != before {
		t.Errorf("%d links, want %d", len(k.Links()), before)
	}
}

// TestUnusualNames checks that devices with every name that Linux allows can be opened,
// changed and removed, although Create does not create them.
func TestUnusualNames(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := fakeBackend(t, k)
	ctx := t.Context()
	for _, name := range []string{`a\b`, "\x1b[31m", "\x7f", "\xff\xfe", "123456789012345"} {
		k.Replace(name, "")
		if d, err := b.Open(ctx, name); err != nil || d.Ref().Name != name {
			t.Errorf("Open(%q) = %v, %v, want the device", name, d, err)
		}
		link, err := b.Link(ctx, name, 0)
		if err != nil || link.Index < 90000 || link.Up || link.MTU != 0 {
			t.Errorf("Link(%q) = %+v, %v, want its index, down and without MTU", name, link, err)
		}
		if err := b.SetLink(ctx, name, link.Index, new(1300), nil); err != nil {
			t.Errorf("SetLink(%q) = %v, want nil", name, err)
		}
		if err := b.Delete(ctx, name, 0); err != nil {
			t.Errorf("Delete(%q) = %v, want nil", name, err)
		}
	}
	for _, name := range []string{`a\b`, "\x1b[31m", "a/b", ""} {
		if err := b.Create(ctx, name, 0, false, -1); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Create(%q) = %v, want fs.ErrInvalid", name, err)
		}
	}
	if n := len(k.Links()); n != 3 {
		t.Errorf("%d links are left, want 3", n)
	}
}

// sending is a transport that calls sent after each message.
type sending struct {
	transport
	sent func()
}

func (s sending) Send(b []byte) error {
	err := s.transport.Send(b)
	s.sent()
	return err
}

// TestCreateCancelled ends the context after the request was sent. The link exists, so
// Create must return nil.
func TestCreateCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := nltest.NewKernel()
		ctx, cancel := context.WithCancel(t.Context())
		b := newBackend(Config{}, nil, func() (transport, error) {
			return sending{k.Dial(true), func() { cancel(); synctest.Wait() }}, nil
		})
		defer b.Close()
		if err := b.Create(ctx, "wg1", 0, false, -1); err != nil {
			t.Errorf("Create(wg1) = %v, want nil", err)
		}
		if got := names(t, b); got != "wg0 wg1 " {
			t.Errorf("links = %q, want %q", got, "wg0 wg1 ")
		}
		if err := b.Create(ctx, "wg2", 0, false, -1); !errors.Is(err, context.Canceled) {
			t.Errorf("Create() with an ended context = %v, want context.Canceled", err)
		}
	})
}

// ownNetNS returns a file descriptor of this thread's network namespace.
func ownNetNS(t *testing.T) int {
	t.Helper()
	file, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Skipf("this system has no network namespaces: %v", err)
	}
	t.Cleanup(func() { file.Close() })
	return int(file.Fd())
}

// TestCreateInNamespace creates a link in another namespace, while another process
// replaces links with its name in both namespaces after each request. The link is
// created there with all its properties, and the other process's links stay as they
// are.
func TestCreateInNamespace(t *testing.T) {
	t.Parallel()
	here, there := nltest.NewKernel(), nltest.NewKernel()
	here.Other = there
	requests := 0
	b := between(t, here, func(inner transport) transport {
		return sending{inner, func() {
			requests++
			here.Replace("wg1", "mine")
			there.Replace("wg1", "mine")
		}}
	})
	if err := b.Create(t.Context(), "wg1", 1280, true, ownNetNS(t)); err != nil {
		t.Fatalf("Create(wg1) = %v, want nil", err)
	}
	if requests != 1 {
		t.Errorf("Create sent %d requests, want 1", requests)
	}
	stranger := nlwire.Link{Name: "wg1", Kind: nlwire.Family}
	for where, k := range map[string]*nltest.Kernel{"here": here, "there": there} {
		var got []nlwire.Link
		for _, link := range k.Links() {
			if link.Name == "wg1" || link.Name == "mine" {
				link.Index = 0
				got = append(got, link)
			}
		}
		want := []nlwire.Link{stranger}
		if k == there {
			want = []nlwire.Link{{Name: "mine", Kind: nlwire.Family, MTU: 1280, Up: true}, stranger}
		}
		if !slices.Equal(got, want) {
			t.Errorf("links %s = %+v, want %+v", where, got, want)
		}
	}
}

// TestCreateInNamespaceFails checks that a failed Create leaves no link in either
// namespace, and does not touch a link with the name that another process created.
func TestCreateInNamespaceFails(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := between(t, k, func(inner transport) transport {
		return sending{inner, func() { k.Replace("wg1", "wg2") }}
	})
	err := b.Create(t.Context(), "wg1", 0, true, ownNetNS(t))
	if !errors.Is(err, unix.EBADF) {
		t.Errorf("Create(wg1) = %v, want %v", err, unix.EBADF)
	}
	if link := k.Links()[len(k.Links())-1]; len(k.Links()) != 4 || link.Name != "wg1" || link.Index < 90000 {
		t.Errorf("links = %+v, want the three of a new kernel and the other process's wg1", k.Links())
	}
}

// TestCreateInNoNamespace checks that the file descriptor 0, standard input, is not the
// Backend's namespace.
func TestCreateInNoNamespace(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	links := len(k.Links())
	if err := fakeBackend(t, k).Create(t.Context(), "wg1", 0, true, 0); err == nil || len(k.Links()) != links {
		t.Errorf("Create(wg1) in the namespace of standard input = %v with %d links, want an error and %d", err, len(k.Links()), links)
	}
}

// TestCreateErrors checks what Create makes of the kernel's errors.
func TestCreateErrors(t *testing.T) {
	t.Parallel()
	own := ownNetNS(t)
	const module, elsewhere = "is the kernel module", "in the network namespace of the new link"
	for _, test := range []struct {
		errno unix.Errno
		netNS int
		want  error
		text  string // in the error
		not   string // not in the error
	}{
		{unix.EOPNOTSUPP, -1, errors.ErrUnsupported, module, elsewhere},
		{unix.EPERM, -1, fs.ErrPermission, "CAP_NET_ADMIN", elsewhere},
		{unix.EPERM, own, fs.ErrPermission, elsewhere, module},
		{unix.EINVAL, -1, fs.ErrInvalid, "", "CAP_NET_ADMIN"},
		{unix.EEXIST, own, fs.ErrExist, "", "CAP_NET_ADMIN"},
		{unix.EADDRINUSE, -1, unix.EADDRINUSE, "", module},
	} {
		dial := func() (transport, error) {
			return newScripted(func() {}, nltest.Ack(nlwire.Header{Seq: scriptedSeq, PID: scriptedPID}, test.errno)), nil
		}
		b := newBackend(Config{}, dial, dial)
		err := b.Create(t.Context(), "wg1", 0, true, test.netNS)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), test.not) {
			t.Errorf("errno %v, NetNS %d: Create() = %v, want %v with %q and without %q", test.errno, test.netNS, err, test.want, test.text, test.not)
		}
		if err := b.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	}
}

// TestCreateInvalidNamespace checks that Create refuses a file descriptor that is not a
// network namespace before it sends anything.
func TestCreateInvalidNamespace(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	k := nltest.NewKernel()
	k.Other = nltest.NewKernel()
	b := fakeBackend(t, k)
	for _, fd := range []int{int(null.Fd()), 1 << 20} {
		if err := b.Create(t.Context(), "wg1", 0, false, fd); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Create() with the file descriptor %d = %v, want fs.ErrInvalid", fd, err)
		}
	}
	if n := len(k.Other.Links()); n != 3 {
		t.Errorf("the other namespace has %d links, want 3", n)
	}
}
