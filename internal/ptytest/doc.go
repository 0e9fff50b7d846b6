// Package ptytest opens pseudo-terminals, for tests of what programs do on a
// terminal. Only tests import it; it imports no testing itself.
//
// It knows how Linux makes a pair, and refuses to know what is written to it.
package ptytest
