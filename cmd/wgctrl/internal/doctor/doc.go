// Package doctor finds out why a tunnel does not work.
//
// Gather reads the state of devices, of their interfaces and of the system into a
// Snapshot. It changes nothing and sends no packets, except for looking up host
// names. Diagnose returns what is wrong in a Snapshot; it performs no I/O.
package doctor
