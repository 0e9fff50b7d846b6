package wguser

import (
	"os"
	"strconv"
	"strings"
)

// overflowUID returns the number that the kernel shows for every user that has no
// number in our user namespace.
func overflowUID() int {
	text, _ := os.ReadFile("/proc/sys/kernel/overflowuid") // empty on error
	return parseOverflowUID(string(text))
}

// parseOverflowUID returns the default if text is not a number.
func parseOverflowUID(text string) int {
	const defaultOverflowUID = 65534
	uid, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return defaultOverflowUID
	}
	return int(uid)
}
