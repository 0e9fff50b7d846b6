package nvlist

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed means that a packed list is invalid.
var ErrMalformed = errors.New("malformed nvlist")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// HeaderLen is the size of a list's header: u8 magic, u8 version, u8 flags, u64 number
// of file descriptors, u64 size of what follows up to the end of the outermost list.
const HeaderLen = 19

// Fields of a list's header.
const (
	magic         = 0x6c
	version       = 0
	flagBigEndian = 0x80

	flagsAt       = 2
	descriptorsAt = 3
	sizeAt        = 11
)

// AppendHeader appends the header of a list. end is the length that the buffer has when
// the outermost list is complete.
func AppendHeader(b []byte, end int) []byte {
	b = append(b, magic, version, 0)
	b = binary.LittleEndian.AppendUint64(b, 0)
	return binary.LittleEndian.AppendUint64(b, uint64(end-len(b)-8))
}

// header decodes the header of the outermost list or of a nested one, which must have
// the same byte order. Like libnv, it ignores the version. It refuses the flags of
// libnv for names that differ in case only and for repeated names.
func (c *Cursor) header() bool {
	h := c.b[c.at:]
	if len(h) < HeaderLen {
		return c.fail("list header has %d bytes, want %d", len(h), HeaderLen)
	}
	if h[0] != magic {
		return c.fail("list begins with %#x, want %#x", h[0], magic)
	}
	flags := h[flagsAt]
	if c.at == 0 {
		c.big = flags&flagBigEndian != 0
	}
	if flags&^flagBigEndian != 0 || (flags&flagBigEndian != 0) != c.big {
		return c.fail("list has the flags %#x", flags)
	}
	if n := c.uint64(h[descriptorsAt:]); n != 0 {
		return c.fail("list has %d file descriptors, want 0", n)
	}
	c.at += HeaderLen
	if n, rest := c.uint64(h[sizeAt:]), len(c.b)-c.at; n != uint64(rest) {
		return c.fail("list has the size %d, want %d", n, rest)
	}
	return true
}
