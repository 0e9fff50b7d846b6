package cli

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// lookupTime limits the lookups of a round.
	lookupTime = 10 * time.Second
	// maxLookups is the largest number of lookups at the same time.
	maxLookups = 64
)

// addresses are the result of a lookup: at least one address, or an error.
type addresses struct {
	addrs []netip.Addr
	err   error
}

// lookupAll looks up the host names of peers concurrently, each once, and returns the
// results by name.
func (r *reresolver) lookupAll(ctx context.Context, peers []hostPeer) map[string]addresses {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	results := make(map[string]addresses)
	for _, p := range peers {
		results[p.host.Host] = addresses{}
	}
	hosts := make([]string, 0, len(results))
	for host := range results {
		hosts = append(hosts, host)
	}
	var mu sync.Mutex // guards results
	var running sync.WaitGroup
	slots := make(chan struct{}, maxLookups)
	for _, host := range hosts {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			found := r.lookup(ctx, host)
			mu.Lock()
			defer mu.Unlock()
			results[host] = found
		})
	}
	running.Wait()
	return results
}

// lookup looks up a host name.
func (r *reresolver) lookup(ctx context.Context, host string) (found addresses) {
	addrs, err := r.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return addresses{err: err}
	}
	for _, a := range addrs {
		if a.IsValid() {
			found.addrs = append(found.addrs, a.Unmap())
		}
	}
	if len(found.addrs) == 0 {
		found.err = &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	return found
}
