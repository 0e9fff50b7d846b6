// Package difftest compares the module compat with the original library. It builds
// the same program with each, and the program does the same things to the same
// devices. testdata has the differences, and docs/migration.md has a row for each.
//
//	go test .            compares; it needs Linux, and namespaces or root
//	go test . -update    rewrites testdata for the suites that this machine can run
//	go test . -probes D  keeps the two programs in the directory D, for a machine without Go
//
// WGTEST_DIFF=1, WGTEST_KERNEL=1 and WGTEST_MODULE=1 in the environment mean that the
// machine has namespaces, kernel devices, and a kernel module that may be unloaded.
//
// It is a separate module, since it requires the original, which has the same path
// as the module compat.
package difftest
