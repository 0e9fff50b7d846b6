package errno

import "syscall"

// This does not compile if enoanoWindows is not Windows's ENOANO.
var _ = [1]struct{}{}[enoanoWindows-syscall.ENOANO]
