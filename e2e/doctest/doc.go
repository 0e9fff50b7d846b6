// Package doctest tests the documents of this repository: that their Go code is
// part of compiled files, that their commands run, and that their links lead to
// existing files and headings. It consists of tests only.
package doctest
