package wgcommand

import (
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// parseEndpoint parses HOST:PORT or [HOST]:PORT and looks up the host. As in wg, it
// reports errors of the environment first, and errors of the port before those of
// the host. If Env.Strict is set, it accepts what sync accepts, and the backend
// checks the zone of an address.
func (c *command) parseEndpoint(p *peer, value string) error {
	retries, err := c.retries()
	if err != nil {
		return err
	}
	if c.env.Strict {
		if err := checkEndpoint(value); err != nil {
			return err
		}
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
	if portErr != nil || addrErr != nil || addr.Zone() != "" && !c.env.Strict {
		l := lookup{command: c, endpoint: value, retries: retries}
		if addr, err = l.address(host, portErr); err != nil {
			return l.fail(err)
		}
		host = addr.String()
	}
	p.Endpoint = wgconf.Endpoint{Host: host, Port: port}
	return nil
}

// envError is the error of an environment variable. wg prints no further message
// about the file after it.
type envError struct{ message }

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
		return 0, &envError{message("Unable to parse " + name + ": `" + value + "'")}
	}
	if n == 0 {
		return resolve.RetryNever, nil
	}
	return int(n), nil
}

// resolveZone returns addr with the zone that wg passes to a device. The zone of a
// link-local address is the name or the number of a link; that of any other
// address is a number.
func resolveZone(addr netip.Addr) (netip.Addr, error) {
	zone := addr.Zone()
	if zone == "" {
		return addr, nil
	}
	if isLinkLocal(addr) {
		if _, err := net.InterfaceByName(zone); err == nil {
			return addr, nil
		}
	}
	number, err := strconv.ParseUint(zone, 10, 32)
	switch {
	case err != nil:
		return addr, errUnknownName
	case number == 0:
		return addr.WithZone(""), nil
	}
	return nameZone(addr.WithZone(strconv.FormatUint(number, 10))), nil
}

// nameZone replaces the number in the zone of a link-local address by the name of
// the link with that number. It returns all other addresses unchanged.
func nameZone(addr netip.Addr) netip.Addr {
	number, err := strconv.Atoi(addr.Zone())
	if err != nil || !isLinkLocal(addr) {
		return addr
	}
	link, err := net.InterfaceByIndex(number)
	if err != nil {
		return addr
	}
	return addr.WithZone(link.Name)
}

func isLinkLocal(addr netip.Addr) bool {
	return addr.IsLinkLocalUnicast() || addr.IsLinkLocalMulticast()
}
