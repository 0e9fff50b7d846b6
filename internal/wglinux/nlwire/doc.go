// Package nlwire is the client's side of WireGuard's netlink format: messages of
// the generic netlink family "wireguard" (include/uapi/linux/wireguard.h) and of
// links (linux/if_link.h), and their acknowledgements.
//
// It does no I/O and builds on every system. Encoders append and cannot fail.
// Decoders are cursors with a sticky error; what they return does not alias
// their input. It encodes requests and decodes replies; package nltest does the
// reverse.
package nlwire
