// Package nlwire encodes the requests and decodes the replies of WireGuard's netlink
// protocol: messages of the generic netlink family "wireguard"
// (include/uapi/linux/wireguard.h), messages about links (linux/if_link.h), and
// acknowledgements. Package nltest does the reverse.
//
// It performs no I/O and builds on every system. Encoders append and cannot fail.
// Decoders are cursors with a sticky error; decoded values do not alias the input.
package nlwire
