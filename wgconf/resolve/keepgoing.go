package resolve

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// UnresolvedError lists the peers whose host names Settings could not resolve.
type UnresolvedError struct {
	// Peers are in the order of Settings.Peers. There is at least one.
	Peers []UnresolvedPeer
}

// UnresolvedPeer is a peer whose host name could not be resolved.
type UnresolvedPeer struct {
	// Index is the position of the peer in Settings.Peers.
	Index int
	// PublicKey identifies the peer.
	PublicKey wgtypes.PublicKey
	// Endpoint is the endpoint that Settings removed.
	Endpoint wgconf.Endpoint
	// Err is the error of Endpoint. Peers with the same host name share it.
	Err error
}

// Error returns the first peer's error and the number of other peers.
func (e *UnresolvedError) Error() string {
	text := e.Peers[0].Err.Error()
	if others := len(e.Peers) - 1; others > 0 {
		text += fmt.Sprintf(" (and %d more unresolved)", others)
	}
	return text
}

// Unwrap returns the error of each peer.
func (e *UnresolvedError) Unwrap() []error {
	errs := make([]error, len(e.Peers))
	for i := range e.Peers {
		errs[i] = e.Peers[i].Err
	}
	return errs
}

// maxLookups bounds the lookups that run at the same time, so that a large file
// does not flood the name server.
const maxLookups = 64

// result is the outcome of a lookup.
type result struct {
	addr netip.Addr
	err  error
}

func settingsKeepGoing(ctx context.Context, s *wgconf.Settings, o Options) error {
	results := lookupAll(ctx, hostNames(s), o)
	var unresolved []UnresolvedPeer
	for i := range s.Peers {
		p := &s.Peers[i]
		if !isHostName(p.Endpoint) {
			continue
		}
		r := results[p.Endpoint.Host]
		if r.err == nil {
			p.Endpoint.Host = r.addr.String()
			continue
		}
		unresolved = append(unresolved, UnresolvedPeer{i, p.PublicKey, p.Endpoint, r.err})
		p.Endpoint = wgconf.Endpoint{}
	}
	if len(unresolved) > 0 {
		return &UnresolvedError{unresolved}
	}
	return nil
}

// lookupAll looks up all names concurrently and returns the results by host.
func lookupAll(ctx context.Context, names []wgconf.Endpoint, o Options) map[string]result {
	var mu sync.Mutex // guards results and calls of OnRetry
	results := make(map[string]result, len(names))
	if onRetry := o.OnRetry; onRetry != nil {
		o.OnRetry = func(e wgconf.Endpoint, err error, wait time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			onRetry(e, err, wait)
		}
	}
	var running sync.WaitGroup
	slots := make(chan struct{}, maxLookups)
	for _, e := range names {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			a, err := Endpoint(ctx, e, o)
			mu.Lock()
			defer mu.Unlock()
			results[e.Host] = result{a.Addr(), err}
		})
	}
	running.Wait()
	return results
}
