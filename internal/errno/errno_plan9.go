// Package errno has the error numbers of Linux, and converts those that daemons send.
package errno

import "strconv"

// Errno is an error number of Linux. The errors of Plan 9 are texts.
type Errno uint

// Error returns "errno" and the number.
func (e Errno) Error() string { return "errno " + strconv.FormatUint(uint64(e), 10) }

// Error numbers that are handled. Plan 9 itself returns none of them.
const (
	EIO          Errno = 5
	EINVAL       Errno = 22
	EPIPE        Errno = 32
	EADDRINUSE   Errno = 98
	ECONNRESET   Errno = 104
	ECONNREFUSED Errno = 111
)

// IsTemporary returns false.
func IsTemporary(error) bool { return false }

// FromWire returns the number that a daemon has sent.
func FromWire(n uint64) Errno { return Errno(n) }

// ToWire returns e.
func ToWire(e Errno) uint64 { return uint64(e) }
