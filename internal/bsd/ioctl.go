package bsd

// Ioctl performs an ioctl(2) on a new socket and returns its error, a syscall.Errno.
// arg is the argument, which the kernel may change. If data is not empty, the
// address of its first byte is stored in arg at the offset pointer, in the size of the
// process's pointers, before the call; afterwards that field of arg is undefined. The
// kernel may read and write data.
//
// Tests replace it by a fake kernel, which needs no unsafe access to memory.
type Ioctl func(request uint32, arg []byte, pointer int, data []byte) error
