package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// directory answers by host name. A host that it does not have gets no answer.
type directory struct {
	answers map[string]answer
	takes   time.Duration // for an answer
	lookups atomic.Int32
	running atomic.Int32
	most    atomic.Int32 // lookups that ran at the same time
}

func (d *directory) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	d.lookups.Add(1)
	now := d.running.Add(1)
	defer d.running.Add(-1)
	for most := d.most.Load(); now > most && !d.most.CompareAndSwap(most, now); most = d.most.Load() {
	}
	time.Sleep(d.takes) // of the fake clock
	a, ok := d.answers[host]
	if !ok {
		<-ctx.Done()
		return nil, &net.DNSError{Err: "i/o timeout", Name: host, IsTimeout: true}
	}
	return a.addrs, a.err
}

// peer returns a peer with the public key {n}.
func peer(n byte, host string) wgconf.Peer {
	p := wgconf.Peer{PublicKey: wgtypes.PublicKey{n}}
	if host != "" {
		p.Endpoint = wgconf.Endpoint{Host: host, Port: uint16(n)}
	}
	return p
}

func TestKeepGoing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		errCause := errors.New("time is up")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, errCause)
		defer cancel()
		d := &directory{answers: map[string]answer{
			"missing.example": failed(errNotFound), "busy.example": failed(errTemporary), "good.example": found("192.0.2.1"),
		}}
		s := &wgconf.Settings{Peers: []wgconf.Peer{
			peer(1, "missing.example"), peer(2, "silent.example"), peer(3, "good.example"), peer(4, ""),
			peer(5, "192.0.2.5"), peer(6, "missing.example"), peer(7, "busy.example"), peer(8, "good.example"),
		}}
		retried := 0 // without a mutex: calls of OnRetry do not overlap
		start := time.Now()
		err := resolve.Settings(ctx, s, resolve.Options{
			Resolver: d, KeepGoing: true,
			OnRetry: func(wgconf.Endpoint, error, time.Duration) { retried++ },
		})
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("Settings took %v, want %v", took, 5*time.Second)
		}
		want := &wgconf.Settings{Peers: []wgconf.Peer{
			peer(1, ""), peer(2, ""), peer(3, "192.0.2.1"), peer(4, ""), peer(5, "192.0.2.5"), peer(6, ""), peer(7, ""), peer(8, "192.0.2.1"),
		}}
		if diff := cmp.Diff(want, s); diff != "" {
			t.Errorf("Settings (-want +got):\n%s", diff)
		}
		unresolved, ok := errors.AsType[*resolve.UnresolvedError](err)
		if !ok {
			t.Fatalf("Settings = %v, want an *UnresolvedError", err)
		}
		wantErrs := map[int]error{0: errNotFound, 1: errCause, 5: errNotFound, 6: errCause}
		if got := len(unresolved.Peers); got != len(wantErrs) {
			t.Errorf("%d peers are unresolved, want %d: %v", got, len(wantErrs), unresolved.Peers)
		}
		for _, p := range unresolved.Peers {
			wantErr := wantErrs[p.Index]
			if !errors.Is(p.Err, wantErr) || !errors.Is(err, wantErr) {
				t.Errorf("peer %d: error = %v, want %v", p.Index, p.Err, wantErr)
			}
			if p.PublicKey != (wgtypes.PublicKey{byte(p.Index + 1)}) || p.Endpoint.Port != uint16(p.Index+1) || p.Endpoint.Host == "" {
				t.Errorf("peer %d: got key %v and endpoint %v, want those of the peer", p.Index, p.PublicKey, p.Endpoint)
			}
		}
		wantText := "resolve: endpoint missing.example:1: lookup vpn.example: no such host (and 3 more unresolved)"
		if got := err.Error(); got != wantText {
			t.Errorf("error = %q, want %q", got, wantText)
		}
		if got, want := d.lookups.Load(), int32(3+4); got != want { // busy.example at 0, 1, 2.2, 3.64 s
			t.Errorf("%d lookups, want %d", got, want)
		}
		if retried != 4 {
			t.Errorf("OnRetry was called %d times, want 4", retried)
		}
		if _, err := s.Config(); err != nil {
			t.Errorf("Config = %v, want no error", err)
		}
	})
}

// TestKeepGoingLimit checks that a large file does not start a lookup per peer
// at the same time, and that Settings returns nil if all names resolve.
func TestKeepGoingLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testKeepGoingLimit)
}

func testKeepGoingLimit(t *testing.T) {
	d := &directory{answers: make(map[string]answer), takes: time.Second}
	start := time.Now()
	s := &wgconf.Settings{}
	for i := range 200 {
		p := peer(1, fmt.Sprintf("host%d.example", i))
		d.answers[p.Endpoint.Host] = found("192.0.2.1")
		s.Peers = append(s.Peers, p)
	}
	if err := resolve.Settings(t.Context(), s, resolve.Options{Resolver: d, KeepGoing: true}); err != nil {
		t.Errorf("Settings = %v, want no error", err)
	}
	for i, p := range s.Peers {
		if want := peer(1, "192.0.2.1"); p.Endpoint != want.Endpoint {
			t.Errorf("peer %d: endpoint = %v, want %v", i, p.Endpoint, want.Endpoint)
		}
	}
	if got := d.most.Load(); got > 64 {
		t.Errorf("%d lookups ran at the same time, want at most 64", got)
	}
	if took := time.Since(start); took != 4*time.Second { // 200 lookups, 64 at a time
		t.Errorf("Settings took %v, want %v", took, 4*time.Second)
	}
}
