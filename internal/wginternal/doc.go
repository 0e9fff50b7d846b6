// Package wginternal defines the interface of the backends, the effect that a
// Config has in every backend, and the errors that backends share. It performs no
// I/O and contains no protocol.
package wginternal
