// Package wglinux reaches the WireGuard devices of the Linux kernel: generic
// netlink for their state, rtnetlink for their links.
//
// It knows sockets, namespaces and the order of a conversation. The format of
// messages is nlwire's, their meaning wginternal's.
package wglinux
