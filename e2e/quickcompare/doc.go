// Package quickcompare compares package quick with the original wg-quick(8). It
// consists of tests only. They run both programs in equal environments, called
// worlds, and compare exit codes, the lines that wg-quick prints itself, and the
// state of the machine: addresses, routes of all tables, rules, packet filters,
// sysctls and WireGuard's configuration.
//
// testdata/recorded has states that the original left. The scripts in
// testdata/scripts run both programs side by side, so the original defines what
// is right. If package quick differs deliberately, docs/quick.md has an entry and
// a script shows it.
//
// docs/testing.md explains how to run it.
package quickcompare
