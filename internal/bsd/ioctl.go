package bsd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"syscall"
)

// Ioctl performs an ioctl(2) on a new socket and returns its error, a syscall.Errno.
// arg is the argument, which the kernel may change. If data is not empty, the
// address of its first byte is stored in arg at the offset pointer, in the size of the
// process's pointers, before the call; afterwards that field of arg is undefined. The
// kernel may read and write data.
//
// Tests replace it by a fake kernel, which needs no unsafe access to memory.
type Ioctl func(request uint32, arg []byte, pointer int, data []byte) error

// NameLen is IFNAMSIZ, the size of the name of an interface with its NUL byte.
const NameLen = 16

// The directions of a request, from sys/ioccom.h.
const (
	in  = 0x80000000 // the kernel reads the argument
	out = 0x40000000 // the kernel writes the argument
)

// ReadWrite returns the number of the ioctl n of group 'i' whose argument has size
// bytes and is read and written by the kernel: _IOWR('i', n, ...).
func ReadWrite(n uint8, size int) uint32 { return in | out | number(n, size) }

// Write returns the number of the ioctl n of group 'i' whose argument has size bytes
// and is read by the kernel: _IOW('i', n, ...).
func Write(n uint8, size int) uint32 { return in | number(n, size) }

func number(n uint8, size int) uint32 { return uint32(size&0x1fff)<<16 | 'i'<<8 | uint32(n) }

// argument returns the argument of size bytes that begins with an interface's name.
func argument(size int, name string) []byte {
	arg := make([]byte, size)
	copy(arg[:NameLen-1], name)
	return arg
}

// cString returns the text of b before its first NUL byte.
func cString(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}

func isErrno(err error, errno syscall.Errno) bool { return errors.Is(err, errno) }

// order is the byte order of integers in arguments. All of them are those of the
// process.
var order = binary.NativeEndian
