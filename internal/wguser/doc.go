// Package wguser reaches userspace WireGuard devices: those of daemons, over
// Unix sockets or named pipes, and those of this process.
//
// It knows where devices are found, whom a secret may be told, how a
// conversation is held and ended, and what single daemons can and cannot do. It
// refuses to know the text of the protocol, which is package uapi's, and what a
// Config means, which is package wginternal's.
//
// # The traps of the daemons
//
//   - wireguard-go holds its lock until the reply to a get request was read:
//     see streams.
//   - It opens its sockets anew for any listen port, and has none if that
//     fails: see session.
//   - boringtun ends when a peer that it has is configured again, or gets a peer
//     before a private key: see rebuild.
//   - Daemons of before 2025 cannot remove a single allowed IP: see session.
package wguser
