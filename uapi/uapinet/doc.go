// Package uapinet serves WireGuard devices of this process on sockets, where
// wg(8), wgctrl and other clients find them as userspace devices. Package uapi
// has the protocol that is spoken on the sockets.
//
// For example, a program that embeds wireguard-go makes its device visible with
//
//	l, err := uapinet.Listen("wg0")
//	...
//	go uapinet.Serve(l, dev)
//
// and closes l before it closes the device.
package uapinet
