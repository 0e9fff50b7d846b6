package testutil

import (
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// CopyOfFile opens a copy of the descriptor with which this process has the file at path
// open, as a child that was just forked has one until it executes its program. The end of
// the test closes it.
func CopyOfFile(t testing.TB, path string) {
	t.Helper()
	const descriptors = "/proc/self/fd/"
	files, err := os.ReadDir(descriptors)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if target, _ := os.Readlink(descriptors + f.Name()); target != path {
			continue
		}
		fd, err := strconv.Atoi(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		child, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(child) })
		return
	}
	t.Fatalf("no file at %s is open, want that of the caller", path)
}
