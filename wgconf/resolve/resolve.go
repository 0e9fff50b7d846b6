// Package resolve finds the addresses of the host names in a configuration.
//
// It knows which failures are tried again, and when, which is wg(8)'s rule. It
// refuses to know how names are looked up, which is a Resolver's.
package resolve

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
)

// Resolver looks host names up. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

var _ Resolver = (*net.Resolver)(nil)

// Options say how names are looked up. The zero value is wg(8)'s way.
type Options struct {
	// Resolver is net.DefaultResolver if nil.
	Resolver Resolver
	// Retries is how often a lookup that failed for the time being is tried
	// again: 0 for never, Infinity for without end. nil is DefaultRetries.
	Retries *int
	// Waiting, if not nil, is told of each failure that is tried again, and how
	// long after.
	Waiting func(e wgconf.Endpoint, err error, wait time.Duration)
}

// Endpoint returns the address of e. A Host that is an IP address is not looked
// up; of a name it is the first address that the Resolver gives. IPv4-mapped
// addresses become IPv4.
//
// That a name does not exist is an error at once, and so is what is not a failure
// of the look-up: neither a *net.DNSError nor a timeout. Others are tried again,
// a name server's refusal among them, after 1 s and then after 6/5 of the time
// before, up to 20 s. The error names e and wraps the Resolver's last one,
// commonly a *net.DNSError; when ctx ended it all, it wraps ctx's cause too.
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

// Settings replaces each host name in s by its address, as Endpoint does, peer
// by peer. A name that occurs several times is looked up once. It ends at the
// first error, and then s is as it was.
func Settings(ctx context.Context, s *wgconf.Settings, o Options) error {
	addrs := make(map[string]string) // of the names
	for i := range s.Peers {
		e := s.Peers[i].Endpoint
		if _, ok := addrs[e.Host]; ok || isDone(e) {
			continue
		}
		a, err := Endpoint(ctx, e, o)
		if err != nil {
			return err
		}
		addrs[e.Host] = a.Addr().String()
	}
	for i := range s.Peers {
		if e := &s.Peers[i].Endpoint; !isDone(*e) {
			e.Host = addrs[e.Host]
		}
	}
	return nil
}

// isDone reports that there is nothing to look up.
func isDone(e wgconf.Endpoint) bool {
	_, numeric := e.AddrPort()
	return numeric || e == wgconf.Endpoint{}
}
