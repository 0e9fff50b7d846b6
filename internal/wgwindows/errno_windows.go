package wgwindows

import "syscall"

// Error returns the text of Windows.
func (e Errno) Error() string { return syscall.Errno(e).Error() }

// Unwrap returns e as a syscall.Errno.
func (e Errno) Unwrap() error { return syscall.Errno(e) }
