// Package wgcompare compares the command under the name wg with the original
// wg(8). It consists of tests only. The scripts in testdata run both programs in
// two equal environments, called worlds, and compare output, exit code and the
// devices that are left.
//
// The package has no expectations of its own: the original defines them. If the
// command differs deliberately, docs/wg.md has an entry and a script shows it.
//
// docs/testing.md explains how to run it.
package wgcompare
