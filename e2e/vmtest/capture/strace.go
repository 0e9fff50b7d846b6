//go:build linux

package main

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// setRequests runs a command under strace(1) and returns the set requests that it sent.
func setRequests(command string, family uint16) [][]byte {
	// -e write=all prints the sent data in hexadecimal after each call.
	sh("strace -f -o trace -e trace=sendto,sendmsg -e write=all " + command)
	trace, err := os.ReadFile("trace")
	check(err)
	var requests [][]byte
	for _, b := range dumped(string(trace)) {
		if len(b) < unix.NLMSG_HDRLEN+unix.GENL_HDRLEN {
			continue
		}
		kind, command := binary.NativeEndian.Uint16(b[4:]), b[unix.NLMSG_HDRLEN]
		if kind == family && command == wgSetDevice {
			// The sequence number is the time of day. Without it, the request
			// is the same in each capture.
			clear(b[8:12])
			requests = append(requests, b)
		}
	}
	if len(requests) == 0 {
		fail("%s: no request seen", command)
	}
	return requests
}

// dumped returns the buffers in a trace: consecutive lines such as
//
//	| 00010  01 01 00 00 08 00 02 00  77 67 30 00              ........wg0. |
func dumped(trace string) [][]byte {
	var all [][]byte
	for line := range strings.Lines(trace) {
		rest, ok := strings.CutPrefix(line, " | ")
		if !ok {
			continue
		}
		offset, rest, ok := strings.Cut(rest, "  ")
		const columns = 16*3 + 1 // 16 bytes, with a gap in the middle
		if !ok || len(rest) < columns {
			fail("unexpected line of strace %q", line)
		}
		b, err := hex.DecodeString(strings.ReplaceAll(rest[:columns], " ", ""))
		check(err)
		if strings.Trim(offset, "0") == "" {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], b...)
	}
	return all
}
