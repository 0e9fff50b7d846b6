// Package wginternal holds what the backends have in common: the interface
// that they implement, what a Config means, and the shapes of their errors.
//
// It knows the meaning of values and refuses to know how they travel: no
// netlink, no text protocol, no I/O.
package wginternal
