//go:build linux

package wglinux

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

func linkOf(kind string) []byte {
	return nltest.AppendLink(nil, nlwire.Header{}, nlwire.Link{Index: 7, Name: "link7", Kind: kind})
}

// TestNotify checks that changed is called for links of the family's kind, for malformed
// and for lost notifications, and not for other links.
func TestNotify(t *testing.T) {
	t.Parallel()
	veth, ours := linkOf("veth"), linkOf("wireguard")
	for name, test := range map[string]struct {
		datagrams [][]byte
		want      int
	}{
		"nothing":           {nil, 0},
		"other links":       {[][]byte{veth, linkOf(""), veth}, 0},
		"WireGuard":         {[][]byte{ours}, 1},
		"two of them":       {[][]byte{ours, veth, ours}, 2},
		"in one":            {[][]byte{append(linkOf("veth"), ours...)}, 1},
		"lost":              {[][]byte{nltest.Failure(unix.ENOBUFS)}, 1},
		"lost, and more":    {[][]byte{nltest.Failure(unix.ENOBUFS), nltest.Failure(unix.ENOBUFS), ours}, 3},
		"torn":              {[][]byte{ours[:len(ours)-1]}, 1},
		"of another type":   {[][]byte{nltest.AppendAck(nil, nlwire.Header{Type: nlwire.TypeError}, nlwire.Ack{}, nlwire.Header{})}, 1},
		"from someone else": {[][]byte{[]byte(nltest.Foreign)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := nltest.NewKernel()
				s := k.Dial(true)
				b := newBackend(Config{}, nil, nil)
				b.subscribe = func() (transport, error) { return s, nil }
				ctx, cancel := context.WithCancel(t.Context())
				called := 0
				result := make(chan error)
				go func() { result <- b.Notify(ctx, func() { called++ }) }()
				synctest.Wait()
				if called != 1 {
					t.Errorf("%d calls after subscribing, want 1", called)
				}
				s.Notify(test.datagrams...)
				synctest.Wait()
				if called-1 != test.want {
					t.Errorf("%d calls after the notifications, want %d", called-1, test.want)
				}
				cancel()
				if err := <-result; err != nil || k.Sockets() != 0 {
					t.Errorf("Notify() = %v with %d open sockets, want nil and 0", err, k.Sockets())
				}
			})
		})
	}
}

// TestNotifyFails checks that Notify returns the error of the socket and closes it.
func TestNotifyFails(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	s := k.Dial(true)
	s.Notify(nltest.Failure(unix.ENOMEM))
	b := newBackend(Config{}, nil, nil)
	b.subscribe = func() (transport, error) { return s, nil }
	called := 0
	if err := b.Notify(t.Context(), func() { called++ }); !errors.Is(err, unix.ENOMEM) || called != 1 || k.Sockets() != 0 {
		t.Errorf("Notify() = %v after %d calls, with %d open sockets; want ENOMEM after 1, and 0", err, called, k.Sockets())
	}
	b.subscribe = func() (transport, error) { return nil, unix.EMFILE }
	if err := b.Notify(t.Context(), func() { called++ }); !errors.Is(err, unix.EMFILE) || called != 1 {
		t.Errorf("Notify() = %v after %d calls, want EMFILE after 1", err, called)
	}
}

// TestRealLinksNotify checks the notifications of a real kernel when links are added,
// changed, removed and moved between namespaces.
func TestRealLinksNotify(t *testing.T) {
	t.Parallel()
	ns, elsewhere := newNetNS(t), newNetNS(t)
	kind, movable := linkKind(t, ns)
	b, there := backendIn(t, ns, kind), backendIn(t, elsewhere, kind)
	called, stop := notified(t, b)
	ctx := t.Context()
	step := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		called.await(t, what)
	}
	step("a new link", b.Create(ctx, "wg0", 0, false, -1))
	step("a change", b.SetLink(ctx, "wg0", 0, nil, new(true)))
	step("the end of a link", b.Delete(ctx, "wg0", 0))
	if movable {
		step("a new link", b.Create(ctx, "wg1", 0, false, -1))
		step("a link that moved away", b.setLink(ctx, "wg1", 0, nlwire.LinkChange{NetNS: int(elsewhere.Fd())}))
		step("a link that moved here", there.setLink(ctx, "wg1", 0, nlwire.LinkChange{NetNS: int(ns.Fd())}))
	}
	step("a link that was created from elsewhere", there.Create(ctx, "wg2", 0, false, int(ns.Fd())))
	if err := stop(); err != nil {
		t.Errorf("Notify() = %v, want nil", err)
	}
}

// TestRealLinksBurst changes more links than the socket's buffer can report.
func TestRealLinksBurst(t *testing.T) {
	t.Parallel()
	ns := newNetNS(t)
	kind, _ := linkKind(t, ns)
	b := backendIn(t, ns, kind)
	var lost *burst
	subscribe := b.subscribe
	b.subscribe = func() (transport, error) {
		s, err := subscribe()
		if err == nil {
			err = s.(*socket).nl.SetReadBuffer(1) // the kernel raises it to its minimum
			lost = &burst{transport: s}
		}
		return lost, err
	}
	// The first call blocks until all links are created.
	held, free := make(chan struct{}), make(chan struct{})
	called := 0
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		result <- b.Notify(ctx, func() {
			if called++; called == 1 {
				close(held)
				<-free
			} else if lost.seen {
				cancel()
			}
		})
	}()
	<-held
	const n = 50
	for i := range n {
		if err := b.Create(t.Context(), fmt.Sprintf("wg%d", i), 0, false, -1); err != nil {
			t.Fatal(err)
		}
	}
	close(free)
	if err := <-result; err != nil || called >= n {
		t.Errorf("Notify() = %v after %d calls, want nil after fewer than %d", err, called, n)
	}
}

// burst is a socket that records whether it has lost notifications.
type burst struct {
	transport
	seen bool
}

func (s *burst) Recv(b []byte) (int, uint32, error) {
	n, sender, err := s.transport.Recv(b)
	s.seen = s.seen || errors.Is(err, unix.ENOBUFS)
	return n, sender, err
}

// calls receives a value for each call of a function.
type calls chan struct{}

func (c calls) await(t *testing.T, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(20 * time.Second):
		t.Fatalf("no call after 20 s, want one for %s", what)
	}
	// One change may cause several notifications.
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}

// notified starts Notify and waits until it is ready.
func notified(t *testing.T, b *Backend) (called calls, stop func() error) {
	t.Helper()
	called = make(calls, 1)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		result <- b.Notify(ctx, func() {
			select {
			case called <- struct{}{}:
			default:
			}
		})
	}()
	t.Cleanup(cancel)
	called.await(t, "the subscription")
	return called, func() error {
		cancel()
		return <-result
	}
}
