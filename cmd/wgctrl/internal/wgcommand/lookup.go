package wgcommand

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// lookup looks up the host of an endpoint as wg does with getaddrinfo(3).
type lookup struct {
	*command
	endpoint string // as given, for messages
	retries  int
	noData   atomic.Bool // a name server has the name but no address for it
}

// address returns the address of a host, which is an IP address or a name. portErr
// is the error of the endpoint's port, or nil.
func (l *lookup) address(host string, portErr error) (netip.Addr, error) {
	switch portErr {
	case errService:
		return l.resolve(noServices{}, "")
	case errPortRange:
		return netip.Addr{}, portErr
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return resolveZone(addr)
	}
	var r resolve.Resolver = &net.Resolver{Dial: l.dial}
	if l.env.Resolver != nil {
		r = l.env.Resolver
	}
	return l.resolve(r, host)
}

// noServices is a Resolver for ports that are not numbers, which are names of
// services. It fails temporarily: for an unknown service, wg repeats the lookup.
type noServices struct{}

func (noServices) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, &net.DNSError{IsTemporary: true, UnwrapErr: errService}
}

// resolve looks up a host, with wg's retries and their messages.
func (l *lookup) resolve(r resolve.Resolver, host string) (netip.Addr, error) {
	found, err := resolve.Endpoint(l.ctx, wgconf.Endpoint{Host: host}, resolve.Options{
		Resolver: r,
		Retries:  l.retries,
		OnRetry: func(_ wgconf.Endpoint, err error, wait time.Duration) {
			seconds := strconv.FormatFloat(wait.Seconds(), 'f', 2, 64)
			l.writeMessage(l.fail(err).Error() + ". Trying again in " + seconds + " seconds...")
		},
	})
	return found.Addr(), err
}

// errUnknownName is the error for a host that cannot exist.
var errUnknownName = &net.DNSError{IsNotFound: true}

// fail returns wg's message for a failed lookup: glibc's text of gai_strerror(3),
// and the endpoint.
func (l *lookup) fail(err error) error {
	var text string
	var dns *net.DNSError
	switch {
	case errors.Is(err, errService), err == errPortRange:
		text = unknownService
	case !errors.As(err, &dns):
		text = fileReason(err)
	case dns.IsNotFound && l.noData.Load():
		text = "No address associated with hostname"
	case dns.IsNotFound:
		text = "Name or service not known"
	default:
		text = "Temporary failure in name resolution"
	}
	endpoint := l.endpoint
	if l.env.Strict {
		endpoint = keytext.Hide(endpoint)
	}
	return message(text + ": `" + endpoint + "'")
}

// dial connects to a name server and observes its answers. Package net returns the
// same error for a name without addresses and a name that does not exist; wg
// prints different messages.
func (l *lookup) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	// Package net frames messages by the type of the connection, so only a UDP
	// connection may be wrapped in a type that is a net.PacketConn.
	if udp, ok := conn.(*net.UDPConn); ok {
		return &listener{udp, &l.noData}, err
	}
	return conn, err
}

// listener is a connection that sets noData when it reads an answer (RFC 1035)
// without an error and without records.
type listener struct {
	*net.UDPConn
	noData *atomic.Bool
}

func (c *listener) Read(b []byte) (int, error) {
	const (
		headerLen = 12
		codeAt    = 3 // in the lower four bits
		answersAt = 6 // two bytes
	)
	n, err := c.UDPConn.Read(b)
	if n >= headerLen && b[codeAt]&0xf == 0 && b[answersAt] == 0 && b[answersAt+1] == 0 {
		c.noData.Store(true)
	}
	return n, err
}
