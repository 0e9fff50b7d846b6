// Package doctest tests the documents of this repository. It consists of tests only.
//
//   - A block of Go code that has a package clause is compiled. Other Go code must be
//     part of a compiled file.
//   - Each command in a block of sh is run, with devices wg0 and wg1. The comment
//     <!-- kernel --> above a block runs it over kernel devices, where there are any;
//     <!-- not run: REASON --> checks only its syntax.
//   - A block of text under <!-- output --> is what the last program above it prints.
//   - Links lead to existing files and headings.
package doctest
