//go:build unix

package saved

import (
	"os"
	"syscall"
)

// copyOwner gives tmp the owner of old.
func copyOwner(tmp *os.File, old os.FileInfo) error {
	if s, ok := old.Sys().(*syscall.Stat_t); ok {
		return tmp.Chown(int(s.Uid), int(s.Gid))
	}
	return nil
}

// syncDir makes the new name survive a crash of the system.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
