// Package wglinux is the backend for WireGuard devices of the Linux kernel. It uses
// generic netlink for their configuration and rtnetlink for their links.
//
// The package handles sockets, network namespaces and the order of requests and
// replies. Package nlwire encodes and decodes the messages; package wginternal defines
// what they mean.
package wglinux
