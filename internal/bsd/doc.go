// Package bsd contains what the backends for FreeBSD, OpenBSD, DragonFly BSD and
// NetBSD share: the ioctl call, interface groups, links and notifications about them.
// Everything except the system calls builds and is tested on every system.
package bsd
