// Package uapinet serves devices of this process over the sockets on which
// wg(8), wgctrl and other clients look for userspace WireGuard devices. The text
// that is exchanged is package uapi's.
//
// A program that embeds wireguard-go, for example, makes its device visible with
//
//	l, err := uapinet.Listen("wg0")
//	...
//	go uapinet.Serve(l, dev)
//
// and closes l before it closes the device.
package uapinet
