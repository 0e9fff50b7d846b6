package nlwire_test

import "net/netip"

var (
	addrPort netip.AddrPort
	prefix   netip.Prefix
)
