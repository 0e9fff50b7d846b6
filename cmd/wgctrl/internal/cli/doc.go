// Package cli is the body of the command wgctrl: its words, its output and its
// exit codes.
//
// It knows how values are shown and how failures are explained, and refuses to
// know how devices are reached: that is the library's.
package cli
