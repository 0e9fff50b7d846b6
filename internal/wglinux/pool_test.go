//go:build linux

package wglinux

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// TestPoolIdleLimit ends more exchanges than a pool keeps connections. It must close the
// others.
func TestPoolIdleLimit(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := fakeBackend(t, k)
	var exchanges []*exchange
	for range 3 * maxIdle {
		x, err := b.genl.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		exchanges = append(exchanges, x)
	}
	if n := k.Sockets(); n != 3*maxIdle {
		t.Errorf("%d sockets are open during the exchanges, want %d", n, 3*maxIdle)
	}
	for _, x := range exchanges {
		x.end()
		x.end() // does nothing
	}
	if n := k.Sockets(); n != maxIdle || maxIdle > 8 {
		t.Errorf("%d sockets are open after the exchanges, want maxIdle = %d, and at most 8", n, maxIdle)
	}
	if n := len(b.genl.all); n != maxIdle {
		t.Errorf("the pool has %d connections, want %d", n, maxIdle)
	}
}

// TestPoolReuse checks that an exchange uses the connection of the one before.
func TestPoolReuse(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := fakeBackend(t, k)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 10 {
		if _, err := b.List(ctx); err != nil {
			t.Fatalf("List() = %v, want nil", err)
		}
	}
	if n := k.Sockets(); n != 1 {
		t.Errorf("%d sockets are open, want 1", n)
	}
}

// TestPoolKeepsUnused checks that a connection stays usable after a request that could
// not be sent, and after one that the kernel refused, but not within a reply.
func TestPoolKeepsUnused(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	k.MaxSend = 100
	b := fakeBackend(t, k)
	for name, test := range map[string]struct {
		size int
		read bool
		kept int
	}{"not sent": {200, false, 1}, "refused": {10, true, 1}, "not read": {10, false, 0}} {
		x, err := b.route.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = x.request(smallRequest, func(buf []byte, h nlwire.Header) []byte {
			return nlwire.AppendGetLink(buf, h, 0, strings.Repeat("x", test.size))
		})
		if (err != nil) != (test.size > 100) {
			t.Errorf("%s: request() = %v, want an error: %t", name, err, test.size > 100)
		}
		if test.read {
			if _, err := x.link(); !errors.Is(err, unix.ENODEV) {
				t.Errorf("%s: link() = %v, want ENODEV", name, err)
			}
		}
		x.end()
		if n := k.Sockets(); n != test.kept {
			t.Errorf("%s: %d sockets are open, want %d", name, n, test.kept)
		}
		_ = b.route.close()
		b.route = newPool(b.route.dial)
	}
}

// TestPoolClosed checks that a connection which is opened while the pool closes is
// closed, and that one which is in use is not kept.
func TestPoolClosed(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	var p *pool
	p = newPool(func() (transport, error) {
		s := k.Dial(false)
		return s, p.close()
	})
	if _, err := p.begin(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("begin() of a pool that closes = %v, want net.ErrClosed", err)
	}
	p = newPool(func() (transport, error) { return k.Dial(false), nil })
	x, err := p.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.close(); err != nil {
		t.Errorf("close() = %v, want nil", err)
	}
	if err := x.explain(os.ErrClosed); err != net.ErrClosed {
		t.Errorf("explain(os.ErrClosed) of a closed pool = %v, want net.ErrClosed", err)
	}
	x.end()
	if n := k.Sockets(); n != 0 {
		t.Errorf("%d sockets are open, want 0", n)
	}
}
