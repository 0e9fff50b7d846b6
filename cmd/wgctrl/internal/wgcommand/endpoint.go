package wgcommand

import (
	"math"
	"net/netip"
	"strings"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// parseEndpoint parses HOST:PORT or [HOST]:PORT and resolves the host. As in wg, it
// reports errors of the environment first, and of the port before the host.
func (c *command) parseEndpoint(p *peer, value string) error {
	retries, err := c.retries()
	if err != nil {
		return err
	}
	if value == "" {
		return message("Unable to parse empty endpoint")
	}
	host, service, err := wgconf.SplitEndpoint(value)
	switch {
	case err != nil && value[0] == '[' && !strings.Contains(value, "]"):
		return message("Unable to find matching brace of endpoint: `" + value + "'")
	case err != nil:
		return message("Unable to find port of endpoint: `" + value + "'")
	}
	port, portErr := parsePort(service)
	addr, addrErr := netip.ParseAddr(host)
	if portErr != nil || addrErr != nil || addr.Zone() != "" {
		l := lookup{command: c, endpoint: value, retries: retries}
		if addr, err = l.address(host, portErr); err != nil {
			return l.fail(err)
		}
	}
	p.Endpoint = netip.AddrPortFrom(addr, port)
	return nil
}

// stop is a message that ends the command without a further message about the
// file.
type stop struct{ message }

// retries returns the resolve.Options.Retries that the environment asks for.
func (c *command) retries() (int, error) {
	const name = "WG_ENDPOINT_RESOLUTION_RETRIES"
	value, ok := c.env.lookup(name)
	switch {
	case !ok:
		return resolve.DefaultRetries, nil
	case value == "infinity":
		return resolve.RetryForever, nil
	case value == "":
		return resolve.RetryNever, nil
	}
	n, ok := strtoul(value)
	if !ok || n > math.MaxInt32 {
		return 0, &stop{message("Unable to parse " + name + ": `" + value + "'")}
	}
	if n == 0 {
		return resolve.RetryNever, nil
	}
	return int(n), nil
}
