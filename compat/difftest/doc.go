// Package difftest compares the module beside it with the library that it
// stands in for: the same program, built with each, does the same things to the
// same devices. What differs is in testdata, and each difference has a row in
// docs/migration.md.
//
//	go test .            compares; it needs Linux, and namespaces or root
//	go test . -update    writes testdata anew, but for what this machine cannot run
//	go test . -probes D  keeps the two programs in the folder D, for a machine without Go
//
// WGTEST_DIFF=1, WGTEST_KERNEL=1 and WGTEST_MODULE=1 in the environment say that
// the machine has namespaces, kernel devices, and a module that may be unloaded.
//
// It is a module of its own, since it needs the original under the path that
// the other module has too.
package difftest
