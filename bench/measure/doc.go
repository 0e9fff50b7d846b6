// Command measure measures reading, writing, streaming and listing of WireGuard
// devices. It compares the library and the command of this repository with
// wgctrl-go, wg(8) and the limit, in one run on one device.
//
//	measure run [-small] [-sizes 1000x10,...] [-wg PATH] [-wgctrl PATH] >results
//	measure profile WORK WHO SIZE SECONDS >cpu.prof
//
// The limit is a program that does only what the kernel or the daemon requires: it
// sends messages that were encoded before, and reads the answer into a buffer without
// parsing it.
//
// run needs root and the kernel module; scripts/bench provides both. It runs in a new
// network namespace, so that it cannot affect other devices. Each contestant is a
// process that is started again for each round, and contestants take turns. The
// kernel reports the costs of a process from the time when its input is prepared to
// the time when its work is done. For commands, which cannot be measured in between,
// the costs are those of the whole process.
//
// The results are lines of JSON. Command report makes a table of them.
package main
