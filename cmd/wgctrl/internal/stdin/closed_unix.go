//go:build unix

package stdin

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

func isClosed(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok || !isNull(file) {
		return false
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return false
	}
	flags := 0
	var fcntl error
	err = raw.Control(func(fd uintptr) { flags, fcntl = unix.FcntlInt(fd, unix.F_GETFL, 0) })
	return err == nil && fcntl == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}

// isNull reports whether file is the null device.
func isNull(file *os.File) bool {
	null, err := os.Stat(os.DevNull)
	if err != nil {
		return false
	}
	info, err := file.Stat()
	return err == nil && os.SameFile(info, null)
}
