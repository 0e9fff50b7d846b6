// Package doctest holds the documents of this repository to what they show: its
// tests compare each piece of Go with code that is compiled, run each command, and
// follow each link. It has no code of its own.
package doctest
