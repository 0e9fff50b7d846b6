package wgcommand

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// lookup is what getaddrinfo(3) does for wg, once it is known what to look up.
type lookup struct {
	*command
	endpoint string // as it was given, for messages
	retries  int
	noData   atomic.Bool // a name server knows the name, and no address of it
}

// address returns the address of a host, which is an IP address or a name.
// portErr is what is wrong with the port, nil for nothing.
func (l *lookup) address(host string, portErr error) (netip.Addr, error) {
	switch portErr {
	case errService:
		return l.try(noServices{}, "")
	case errPortRange:
		return netip.Addr{}, portErr
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return scoped(addr)
	}
	if host == "" {
		return netip.Addr{}, errUnknownName
	}
	var r resolve.Resolver = &net.Resolver{Dial: l.dial}
	if l.env.Resolver != nil {
		r = l.env.Resolver
	}
	return l.try(r, host)
}

// noServices is a Resolver that fails to look up a port that is no number, which
// is the name of a service. getaddrinfo(3) says of one that it does not know that
// time may tell, so that wg tries it again.
type noServices struct{}

func (noServices) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, &net.DNSError{IsTemporary: true, UnwrapErr: errService}
}

// try looks a host up until there is an answer, or no hope.
func (l *lookup) try(r resolve.Resolver, host string) (netip.Addr, error) {
	found, err := resolve.Endpoint(l.ctx, wgconf.Endpoint{Host: host}, resolve.Options{
		Resolver: r,
		Retries:  l.retries,
		OnRetry: func(_ wgconf.Endpoint, err error, wait time.Duration) {
			seconds := strconv.FormatFloat(wait.Seconds(), 'f', 2, 64)
			l.say(l.fail(err).Error() + ". Trying again in " + seconds + " seconds...")
		},
	})
	return found.Addr(), err
}

// errUnknownName is of a host that there cannot be.
var errUnknownName = &net.DNSError{IsNotFound: true}

// fail returns what wg says of a lookup that failed: gai_strerror(3), in glibc's
// words.
func (l *lookup) fail(err error) error {
	var text string
	var dns *net.DNSError
	switch {
	case errors.Is(err, errService), err == errPortRange:
		text = unknownService
	case !errors.As(err, &dns):
		text = because(err)
	case dns.IsNotFound && l.noData.Load():
		text = "No address associated with hostname"
	case dns.IsNotFound:
		text = "Name or service not known"
	default:
		text = "Temporary failure in name resolution"
	}
	return message(text + ": `" + l.endpoint + "'")
}

// dial returns a connection to a name server that listens to it: that a name
// has no address, and that there is no such name, is one error to package net.
func (l *lookup) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	// NB: how a message is framed, package net tells by the connection's type.
	if udp, ok := conn.(*net.UDPConn); ok {
		return &listener{udp, &l.noData}, err
	}
	return conn, err
}

// listener reads messages of RFC 1035.
type listener struct {
	*net.UDPConn
	noData *atomic.Bool
}

func (c *listener) Read(b []byte) (int, error) {
	const (
		headerLen = 12
		codeAt    = 3 // in the lower half of the byte
		answersAt = 6 // and the next
	)
	n, err := c.UDPConn.Read(b)
	if n >= headerLen && b[codeAt]&0xf == 0 && b[answersAt] == 0 && b[answersAt+1] == 0 {
		c.noData.Store(true)
	}
	return n, err
}
