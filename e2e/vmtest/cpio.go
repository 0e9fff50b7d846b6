package main

import (
	"fmt"
	"io"
)

// The file types of a mode in a cpio archive, as in sys/stat.h.
const (
	cpioDir     = 0o040000
	cpioFile    = 0o100000
	cpioSymlink = 0o120000
)

// cpioTrailer is the name of the entry that ends an archive.
const cpioTrailer = "TRAILER!!!"

// A cpioWriter writes the "newc" format, which the kernel unpacks as its initramfs
// (Documentation/driver-api/early-userspace/buffer-format.rst). close returns the first
// error.
type cpioWriter struct {
	w     io.Writer
	inode uint32
	err   error
}

func (c *cpioWriter) dir(name string) {
	c.entry(name, cpioDir|0o755, 0)
}

func (c *cpioWriter) symlink(name, target string) {
	c.entry(name, cpioSymlink|0o777, len(target))
	c.write([]byte(target))
	c.pad(len(target))
}

func (c *cpioWriter) file(name string, perm uint32, data []byte) {
	c.entry(name, cpioFile|perm&0o7777, len(data))
	c.write(data)
	c.pad(len(data))
}

func (c *cpioWriter) close() error {
	c.entry(cpioTrailer, 0, 0)
	return c.err
}

// cpioHeader is the length of the fixed part of an entry: a magic number of 6
// digits and 13 numbers of 8.
const cpioHeader = 6 + 13*8

func (c *cpioWriter) entry(name string, mode uint32, size int) {
	// The kernel treats files with the same inode number as hard links.
	c.inode++
	links := 1
	// ino mode uid gid nlink mtime filesize major minor rmajor rminor namesize check
	fields := []any{c.inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, len(name) + 1, 0}
	header := []byte("070701")
	for _, f := range fields {
		header = fmt.Appendf(header, "%08X", f)
	}
	c.write(append(append(header, name...), 0))
	c.pad(cpioHeader + len(name) + 1)
}

// pad pads a part of n bytes to a multiple of four.
func (c *cpioWriter) pad(n int) {
	c.write(make([]byte, -n&3))
}

func (c *cpioWriter) write(b []byte) {
	if c.err == nil {
		_, c.err = c.w.Write(b)
	}
}
