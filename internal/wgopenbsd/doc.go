// Package wgopenbsd is the backend for WireGuard devices of the kernels of OpenBSD and
// DragonFly BSD. Both have the ioctls SIOCSWG and SIOCGWG, whose data are packed C
// structures (sys/net/if_wg.h, on DragonFly BSD sys/net/wg/if_wg.h).
//
// The codec depends on a Layout and not on the system that runs it. Only system_bsd.go
// calls a kernel.
package wgopenbsd
