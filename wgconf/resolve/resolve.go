// Package resolve looks up the host names of peers' endpoints.
//
// It repeats lookups that failed temporarily, at wg(8)'s intervals. A [Resolver]
// does the lookups.
package resolve

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
)

// Resolver looks up host names. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

var _ Resolver = (*net.Resolver)(nil)

// Options control lookups. The zero value behaves like wg(8).
type Options struct {
	// Resolver looks up host names. Nil means net.DefaultResolver. With
	// KeepGoing it is called concurrently.
	Resolver Resolver
	// Retries is the largest number of times that a temporarily failed lookup is
	// repeated. Zero means DefaultRetries; RetryForever sets no limit;
	// RetryNever, or any negative value, means no retries.
	Retries int
	// OnRetry, if not nil, is called before each wait for a retry with the
	// endpoint, the error of the lookup and the duration of the wait. Calls do
	// not overlap.
	OnRetry func(e wgconf.Endpoint, err error, wait time.Duration)
	// KeepGoing makes Settings resolve as many names as possible instead of
	// stopping at the first failure. Endpoint ignores it.
	KeepGoing bool
}

// Endpoint returns the address of e. It does not look up a Host that is an IP
// address. For a name it returns the first address that the Resolver reports.
// IPv4-mapped addresses become IPv4.
//
// Endpoint repeats a lookup that failed temporarily, after 1 s, then after 6/5
// of the previous wait, up to 20 s. Like wg(8) it counts a name server's refusal
// as temporary. A name that does not exist is a permanent failure, and so is any
// error that is neither a *net.DNSError nor a timeout.
//
// The error names e and wraps the last error of the Resolver, usually a
// *net.DNSError. If ctx ended, it also wraps the cause of ctx.
func Endpoint(ctx context.Context, e wgconf.Endpoint, o Options) (netip.AddrPort, error) {
	if a, ok := e.AddrPort(); ok {
		return a, nil
	}
	addr, err := o.lookup(ctx, e)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("resolve: endpoint %s: %w", e, err)
	}
	return netip.AddrPortFrom(addr, e.Port), nil
}

// Settings replaces each host name in s by its address. It looks up each name
// once, with the rules of Endpoint.
//
// Without KeepGoing it looks up one name after the other and returns the first
// error; s is unchanged then. With KeepGoing it looks up the names concurrently
// and returns an [*UnresolvedError] if any lookup failed. That error lists the
// peers whose name has no address; Settings removes their endpoints from s.
// [wgconf.Settings.Config] then succeeds, and its Config leaves the endpoints of
// these peers as the device has them. Settings returns when ctx ends: names
// without an answer are unresolved.
func Settings(ctx context.Context, s *wgconf.Settings, o Options) error {
	if o.KeepGoing {
		return settingsKeepGoing(ctx, s, o)
	}
	addrs := make(map[string]netip.Addr)
	for _, e := range hostNames(s) {
		a, err := Endpoint(ctx, e, o)
		if err != nil {
			return err
		}
		addrs[e.Host] = a.Addr()
	}
	for i := range s.Peers {
		if e := &s.Peers[i].Endpoint; isHostName(*e) {
			e.Host = addrs[e.Host].String()
		}
	}
	return nil
}

// hostNames returns the first endpoint in s of each host name.
func hostNames(s *wgconf.Settings) []wgconf.Endpoint {
	var names []wgconf.Endpoint
	seen := make(map[string]bool)
	for i := range s.Peers {
		if e := s.Peers[i].Endpoint; isHostName(e) && !seen[e.Host] {
			seen[e.Host] = true
			names = append(names, e)
		}
	}
	return names
}

// isHostName reports whether e has a host that must be looked up.
func isHostName(e wgconf.Endpoint) bool {
	_, numeric := e.AddrPort()
	return !numeric && e != wgconf.Endpoint{}
}
