// Package wgcompare judges the command, called wg, by the original wg(8). It
// holds tests alone: scripts, in testdata, that run both in two worlds which
// are alike, and compare what they print, how they end and what they leave.
//
// It knows how to make such worlds and how to run programs in them, and
// refuses to know what wg(8) does: that is the original's to say. Where the
// command differs on purpose, docs/wg.md has an entry, and a script shows it.
//
// docs/testing.md tells how to run it.
package wgcompare
