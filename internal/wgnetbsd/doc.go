// Package wgnetbsd is the backend for WireGuard devices of the NetBSD kernel: wg(4),
// since NetBSD 10. The package handles ioctls and the order of commands; package plist
// encodes and decodes the property lists that the ioctls carry. Everything except
// system_netbsd.go builds and is tested on every system.
//
// The driver can do less than others. Reading yields no counters, keepalive intervals or
// firewall marks: they are 0. Unprivileged callers get no secrets, and no public key of
// the device, which is derived from its private key, unless the kernel is an older one that
// does not check who reads. Peers are listed in the order in
// which the kernel added them, like on Linux.
//
// The kernel has four commands: set the private key, set the port, add a peer, delete a
// peer by its name. So Configure reads the device, computes with [wginternal.Apply] what
// the change leads to, and sends only what differs:
//
//   - A peer that changes is deleted and added again. Its session is lost. Its name,
//     and what the change does not mention, such as a learned endpoint, stay. It becomes
//     the last peer.
//   - A prefix cannot move. Its owner is deleted first, and added again without it.
//   - A peer that is already as it should be is left alone, even if the change removes
//     and adds it again, or would only reorder its allowed IPs.
//   - Peers get a name when they are added: 16 characters of their public key.
//   - Listen port 0, which means any port, is satisfied by the port that the device has.
//
// Configure returns errors.ErrUnsupported before it sends anything for
//
//   - a firewall mark or keepalive interval other than 0;
//   - a peer with more than 16 allowed IPs: the kernel writes the others past an array;
//   - a change or removal of a peer that has no name;
//   - another port than the one that the device has: its sockets cannot be bound again;
//   - the removal of the private key, which has no defined effect.
//
// The source of these facts is sys/net/if_wg.c of NetBSD.
package wgnetbsd
