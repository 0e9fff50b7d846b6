package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// copyXattrs gives tmp exactly the extended attributes of the file at path. Among
// them is the access control list. copyXattrs removes other attributes, which a new
// file can inherit from its directory.
func copyXattrs(tmp *os.File, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	want, err := readXattrs(file)
	if err != nil {
		return err
	}
	have, err := readXattrs(tmp)
	if err != nil {
		return err
	}
	fd := int(tmp.Fd())
	for name := range have {
		if _, ok := want[name]; ok {
			continue
		}
		if err := unix.Fremovexattr(fd, name); err != nil {
			return fmt.Errorf("%s: cannot remove the attribute %s of a new file: %w", path, name, err)
		}
	}
	for name, value := range want {
		if v, ok := have[name]; ok && bytes.Equal(v, value) {
			continue
		}
		if err := unix.Fsetxattr(fd, name, value, 0); err != nil {
			return fmt.Errorf("%s: cannot keep the attribute %s: %w", path, name, err)
		}
	}
	return nil
}

// readXattrs returns the extended attributes of a file. File systems that have none
// return an empty map.
func readXattrs(file *os.File) (map[string][]byte, error) {
	fd := int(file.Fd())
	names, err := readAll(func(b []byte) (int, error) { return unix.Flistxattr(fd, b) })
	if errors.Is(err, unix.ENOTSUP) {
		return nil, nil
	}
	if err != nil {
		return nil, &os.PathError{Op: "listxattr", Path: file.Name(), Err: err}
	}
	attrs := make(map[string][]byte)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		if name == "" {
			continue
		}
		value, err := readAll(func(b []byte) (int, error) { return unix.Fgetxattr(fd, name, b) })
		if err != nil {
			return nil, &os.PathError{Op: "getxattr " + name, Path: file.Name(), Err: err}
		}
		attrs[name] = value
	}
	return attrs, nil
}

// readAll returns what read reads: names or a value.
func readAll(read func([]byte) (int, error)) ([]byte, error) {
	const limit = 1 << 16 // XATTR_SIZE_MAX and XATTR_LIST_MAX
	b := make([]byte, limit)
	n, err := read(b)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(b[:n]), nil
}
