package resolve

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
)

// Values of Options.Retries.
const (
	// DefaultRetries is wg(8)'s number of retries. All waits together take 72
	// seconds.
	DefaultRetries = 15
	// RetryForever repeats a lookup until it succeeds or fails permanently, or
	// the context ends.
	RetryForever = math.MaxInt
	// RetryNever does not repeat a lookup.
	RetryNever = -1
)

// The waits between lookups, as in wg(8).
const (
	firstWait = time.Second
	maxWait   = 20 * time.Second
)

// ParseRetries returns the Options.Retries for a value of wg(8)'s environment
// variable WG_ENDPOINT_RESOLUTION_RETRIES: a decimal number up to 2147483647, or
// "infinity". The number 0 is [RetryNever]. The empty string, the value of a
// variable that is not set, is [DefaultRetries]. Any other value is an error.
func ParseRetries(value string) (int, error) {
	switch value {
	case "":
		return DefaultRetries, nil
	case "infinity":
		return RetryForever, nil
	}
	n, err := strconv.ParseUint(value, 10, 31)
	switch {
	case err != nil:
		return 0, fmt.Errorf("resolve: invalid number of retries %.48q: must be 0 to %d or infinity", value, math.MaxInt32)
	case n == 0:
		return RetryNever, nil
	}
	return int(n), nil
}

// lookup repeats ask until it succeeds, fails permanently or has no retries left.
func (o Options) lookup(ctx context.Context, e wgconf.Endpoint) (netip.Addr, error) {
	retries := o.Retries
	if retries == 0 {
		retries = DefaultRetries
	}
	for wait := firstWait; ; wait = min(wait*6/5, maxWait) {
		addr, err := o.ask(ctx, e.Host)
		if err == nil {
			return addr, nil
		}
		// A lookup that ctx ended looks like a temporary failure: test ctx first.
		if ctx.Err() != nil {
			return netip.Addr{}, fmt.Errorf("%w, after: %w", context.Cause(ctx), err)
		}
		if retries <= 0 || !isTemporary(err) {
			return netip.Addr{}, err
		}
		retries-- // RetryForever never runs out
		if o.OnRetry != nil {
			o.OnRetry(e, err, wait)
		}
		if cause := sleep(ctx, wait); cause != nil {
			return netip.Addr{}, fmt.Errorf("%w, after: %w", cause, err)
		}
	}
}

// ask does one lookup.
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

// isTemporary reports whether a later lookup may succeed. Package net does not
// count a name server's refusal as temporary, but getaddrinfo(3) and so wg(8) do.
func isTemporary(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return !dns.IsNotFound
	}
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// sleep waits for d. If ctx ends first, it returns the cause of ctx.
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
