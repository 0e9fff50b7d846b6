// Package nlwire is the netlink format of WireGuard, in both directions: the
// messages of the generic netlink family "wireguard"
// (include/uapi/linux/wireguard.h), of links (linux/if_link.h), and their
// acknowledgements.
//
// It knows bytes and refuses to know sockets: it builds and is tested on every
// system and in either byte order. Encoders append and cannot fail; decoders
// are cursors whose error sticks, and nothing that they return aliases their
// input. The client uses one half of each pair, the test kit's kernel the other.
package nlwire
