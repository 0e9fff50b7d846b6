package uapi

import "syscall"

// The name of the number is known on Windows: this does not compile if it has
// another one.
var _ = [1]struct{}{}[enoanoWindows-syscall.ENOANO]
