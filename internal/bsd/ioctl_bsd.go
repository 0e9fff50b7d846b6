//go:build freebsd || openbsd || netbsd || dragonfly

package bsd

import (
	"encoding/binary"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// PointerLen is the size of a pointer of this process, in bytes.
const PointerLen = int(unsafe.Sizeof(uintptr(0)))

// SocketIoctl returns an Ioctl on datagram sockets of an address family.
func SocketIoctl(family int) Ioctl {
	return func(request uint32, arg []byte, pointer int, data []byte) error {
		// SOCK_CLOEXEC sets the flag before another thread can start a program.
		fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		var pin runtime.Pinner
		defer pin.Unpin()
		pin.Pin(&arg[0])
		if len(data) > 0 {
			// The kernel uses the address, which the garbage collector does not find in arg.
			pin.Pin(&data[0])
			putPointer(arg[pointer:], uintptr(unsafe.Pointer(&data[0])))
		}
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(&arg[0])))
		if errno != 0 {
			return errno
		}
		return nil
	}
}

func putPointer(b []byte, p uintptr) {
	if PointerLen == 8 {
		binary.NativeEndian.PutUint64(b, uint64(p))
	} else {
		binary.NativeEndian.PutUint32(b, uint32(p))
	}
}
