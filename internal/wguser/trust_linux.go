package wguser

import (
	"os"
	"strconv"
	"strings"
)

// overflowUID returns the number that the kernel shows for every user that has no
// number in our user namespace.
func overflowUID() int {
	text, err := os.ReadFile("/proc/sys/kernel/overflowuid")
	if err != nil {
		return defaultOverflowUID
	}
	return parseOverflowUID(string(text))
}

const defaultOverflowUID = 65534

func parseOverflowUID(text string) int {
	uid, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return defaultOverflowUID
	}
	return int(uid)
}
