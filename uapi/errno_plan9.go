package uapi

import "strconv"

// Errno is an error number of Linux. The errors of Plan 9 are texts. On other
// systems Errno is syscall.Errno.
type Errno uint

// Error returns "errno" and the number.
func (e Errno) Error() string { return "errno " + strconv.FormatUint(uint64(e), 10) }

func localErrno(n uint64) Errno { return Errno(n) }

func wireErrno(errno Errno) uint64 { return uint64(errno) }
