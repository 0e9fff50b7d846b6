package wgwindows

import "errors"

// Errno is an error code of Windows. On other systems, where tests use it, it differs
// from their error numbers.
type Errno uint32

// The error codes that the backend handles, as in winerror.h.
const (
	ErrInvalidFunction  Errno = 1   // ERROR_INVALID_FUNCTION
	ErrFileNotFound     Errno = 2   // ERROR_FILE_NOT_FOUND
	ErrPathNotFound     Errno = 3   // ERROR_PATH_NOT_FOUND
	ErrAccessDenied     Errno = 5   // ERROR_ACCESS_DENIED
	ErrGenFailure       Errno = 31  // ERROR_GEN_FAILURE
	ErrNotSupported     Errno = 50  // ERROR_NOT_SUPPORTED
	ErrInvalidParameter Errno = 87  // ERROR_INVALID_PARAMETER
	ErrMoreData         Errno = 234 // ERROR_MORE_DATA
)

// isErrno reports whether err wraps one of the codes.
func isErrno(err error, codes ...Errno) bool {
	e, ok := errors.AsType[Errno](err)
	for _, code := range codes {
		if ok && e == code {
			return true
		}
	}
	return false
}
