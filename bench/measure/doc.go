// Command measure measures reading, writing, streaming and listing of WireGuard
// devices: this module's library and command, side by side with wgctrl-go, wg(8)
// and the limit, in one run on one device.
//
//	measure run [-small] [-sizes 1000x10,...] [-wg PATH] [-wgctrl PATH] >results
//	measure profile WORK WHO SIZE SECONDS >cpu.prof
//
// The limit is a program that does what the kernel or the daemon makes everybody
// do and nothing else: it sends messages that were encoded beforehand, and reads
// an answer into a buffer without looking at it.
//
// run needs root and the kernel's module: scripts/bench gives it both. It makes
// a network namespace of its own, so that nothing else can be touched. Each
// contestant is a process of its own, started anew for each round; contestants
// take turns. What a process costs is asked of the kernel, from the moment when
// its input is prepared to the moment when its work is done; of commands, which
// cannot be asked in between, it is everything.
//
// The results are lines of JSON; command report makes a table of them.
package main
