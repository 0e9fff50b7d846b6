// Package host reads and changes the links, addresses, routes, policy rules, settings
// and firewall tables of one network namespace of Linux. It uses netlink and runs no
// programs, except iptables-restore where the kernel has no nf_tables.
//
// A changed system looks to ip(8) and nft(8) as if wg-quick(8) had run its commands.
// Removing what is missing succeeds.
//
// A change is complete when its method returns: the kernel processes a request before
// the request's send returns. The context is checked before each send; it can
// interrupt only queries.
//
// On other systems, Open fails with errors.ErrUnsupported.
package host
