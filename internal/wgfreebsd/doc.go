// Package wgfreebsd is the backend for WireGuard in FreeBSD's kernel (if_wg, in FreeBSD
// since 13.2).
//
// Two ioctls read and change a device, SIOCGWG and SIOCSWG, whose data are packed lists
// (see package nvlist and sys/dev/wg/if_wg.c). Devices are found by the interface group
// "wg", into which the kernel puts each of them.
//
// The kernel differs from Linux in these points:
//
//   - It replaces the peers before it changes the port, which can fail. Configure
//     changes the port first, in a request of its own.
//   - It cannot update a peer only if it exists. Configure reads the device first.
//   - Kernels before 14.4 and 15.0 add an allowed IP that is to be removed. Configure
//     tests once whether the kernel can remove one.
//   - It lists allowed IPs with the newest first. Read reverses the order.
//   - It calls the firewall mark a user cookie.
//
// Everything except system_freebsd.go builds and is tested on every system.
package wgfreebsd
