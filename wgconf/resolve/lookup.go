package resolve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
)

const (
	firstWait = time.Second
	maxWait   = 20 * time.Second
)

// lookup asks until there is an answer, or no hope of one.
func (o Options) lookup(ctx context.Context, e wgconf.Endpoint) (netip.Addr, error) {
	retries := DefaultRetries
	if o.Retries != nil {
		retries = *o.Retries
	}
	for wait := firstWait; ; wait = min(wait*6/5, maxWait) {
		addr, err := o.ask(ctx, e.Host)
		if err == nil {
			return addr, nil
		}
		// NB: a lookup that ctx cuts off looks like one that may be tried again.
		if ctx.Err() != nil {
			return netip.Addr{}, fmt.Errorf("%w, after: %w", context.Cause(ctx), err)
		}
		if retries <= 0 || !isTemporary(err) {
			return netip.Addr{}, err
		}
		if retries != Infinity {
			retries--
		}
		if o.Waiting != nil {
			o.Waiting(e, err, wait)
		}
		if cause := sleep(ctx, wait); cause != nil {
			return netip.Addr{}, fmt.Errorf("%w, after: %w", cause, err)
		}
	}
}

// ask asks once.
func (o Options) ask(ctx context.Context, host string) (netip.Addr, error) {
	var r Resolver = net.DefaultResolver
	if o.Resolver != nil {
		r = o.Resolver
	}
	addrs, err := r.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	if len(addrs) == 0 || !addrs[0].IsValid() {
		return netip.Addr{}, &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	return addrs[0].Unmap(), nil
}

// isTemporary reports a failure that time may mend. NB: package net does not call
// the refusal of a name server temporary; getaddrinfo(3), and so wg(8), hopes for
// another answer of it, or of the next server.
func isTemporary(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return !dns.IsNotFound
	}
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// sleep returns nil after d, and ctx's cause if that ends earlier.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
