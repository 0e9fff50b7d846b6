//go:build unix

package rewrite

import (
	"io/fs"
	"os"
	"syscall"
)

// copyAttributes gives tmp the owner, the extended attributes and the mode of the
// file at path, which info describes.
func copyAttributes(tmp *os.File, path string, info fs.FileInfo) error {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := tmp.Chown(int(s.Uid), int(s.Gid)); err != nil {
			return err
		}
	}
	// The mode comes last: if the file has an access control list, which is an
	// extended attribute, the group bits are the mask of that list. Without the list
	// they would be permissions of the group.
	if err := copyXattrs(tmp, path); err != nil {
		return err
	}
	return tmp.Chmod(info.Mode().Perm())
}

// linkCount returns the number of names of a file.
func linkCount(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink)
	}
	return 1
}
