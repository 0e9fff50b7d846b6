package nvlist

import (
	"bytes"
	"encoding/binary"
)

const (
	// maxDepth bounds the nesting of lists. WireGuard's have three levels.
	maxDepth = 8
	// maxPairs bounds the pairs of a list. They are compared with each other.
	maxPairs = 128
)

// Cursor walks over the pairs of a packed list. It allocates nothing for each pair.
//
//	c := nvlist.NewCursor(b)
//	for c.Next() {
//		switch string(c.Name()) {
//		case "peers":
//			for c.Element() {
//				for c.Next() {
//				}
//			}
//		}
//	}
//	err := c.Err()
//
// It checks all that libnv checks, also in the elements that the caller skips. Besides,
// it refuses file descriptors, lists that are nested too deeply or have too many
// pairs, and a byte order that changes in nested lists.
type Cursor struct {
	b   []byte
	big bool
	at  int // offset of the next pair
	err error

	// The current pair. The offsets of its name and data are kept as integers, because
	// storing a slice for each pair would cost write barriers.
	typ        Type // 0 before the first pair of an element
	name, data int  // offsets in b
	items      uint64

	inside bool // the current pair is a list or an array whose elements come next
	ended  bool // the current list has ended

	names  []span // of the pairs so far, of the current list and those around it
	frames [maxDepth]frame
	depth  int
}

// span is a part of the buffer.
type span struct{ start, end int }

// frame is an array of lists, or a single list, that the cursor is inside of.
type frame struct {
	left  uint64 // elements that have not ended
	end   Type   // of the pair that ends an element
	outer int    // names of the lists around it
}

// NewCursor returns a Cursor over b, which must be a whole list. The Cursor uses b,
// which must not change.
func NewCursor(b []byte) Cursor {
	c := Cursor{b: b}
	c.header()
	return c
}

// Next moves to the next pair of the current list. It returns false after the last pair
// of the list, or after an error.
func (c *Cursor) Next() bool {
	if c.inside {
		for c.Element() {
		}
	}
	if c.err != nil || c.ended {
		return false
	}
	if c.at == len(c.b) {
		if c.depth > 0 {
			c.fail("the buffer ends inside an array")
		}
		return false
	}
	if !c.pair() {
		return false
	}
	switch c.typ {
	case endOfElement, endOfList:
		if c.depth == 0 || c.frames[c.depth-1].end != c.typ {
			c.fail("pair of type %d outside a list of its kind", c.typ)
		}
		c.ended = true
		return false
	case List, ListArray:
		c.inside = true
	}
	return c.addName()
}

// Element moves to the next element of the array of lists that Next has reached, whose
// pairs Next then returns. After the last element, or an error, it returns false, and
// Next returns the pairs after the array. A single list has one element. Element returns
// false for any other pair. The caller reads all pairs of an element, or none.
func (c *Cursor) Element() bool {
	if c.inside {
		c.inside = false
		return c.enter() && c.header()
	}
	if c.depth == 0 || !c.ended && c.typ != 0 {
		return false
	}
	for c.Next() {
	}
	if c.err != nil {
		return false
	}
	f := &c.frames[c.depth-1]
	c.ended = false
	c.names = c.names[:f.outer]
	if f.left--; f.left == 0 {
		c.depth--
		return false
	}
	c.typ = 0
	return c.header()
}

// enter begins the elements of the current pair.
func (c *Cursor) enter() bool {
	if c.depth == maxDepth {
		return c.fail("more than %d nested lists", maxDepth)
	}
	f := frame{left: c.items, end: endOfElement, outer: len(c.names)}
	if c.typ == List {
		f.left, f.end = 1, endOfList
	}
	c.typ = 0
	c.frames[c.depth] = f
	c.depth++
	return true
}

// addName adds the current pair's name to those of the list. A list must not have a
// name twice.
func (c *Cursor) addName() bool {
	first := 0
	if c.depth > 0 {
		first = c.frames[c.depth-1].outer
	}
	list := c.names[first:]
	if len(list) == maxPairs {
		return c.fail("more than %d pairs", maxPairs)
	}
	name := c.b[c.name:c.data]
	for _, s := range list {
		if bytes.Equal(c.b[s.start:s.end], name) {
			return c.fail("%q occurs twice", c.Name())
		}
	}
	c.names = append(c.names, span{c.name, c.data})
	return true
}

// fail records an error and returns false.
func (c *Cursor) fail(format string, args ...any) bool {
	if c.err == nil {
		c.err = malformed(format, args...)
	}
	return false
}

// Err returns the first error.
func (c *Cursor) Err() error { return c.err }

// Type returns the type of the current pair.
func (c *Cursor) Type() Type { return c.typ }

// Name returns the name of the current pair. It aliases the buffer.
func (c *Cursor) Name() []byte { return c.b[c.name : c.data-1] }

// Bool returns the value of the current pair, and false if it is not a bool.
func (c *Cursor) Bool() (v, ok bool) { return c.typ == Bool && c.b[c.data] == 1, c.typ == Bool }

// Number returns the value of the current pair, and false if it is not a number.
func (c *Cursor) Number() (v uint64, ok bool) {
	if c.typ != Number {
		return 0, false
	}
	return c.uint64(c.b[c.data:]), true
}

// Binary returns the data of the current pair, or nil if it is not binary. It aliases
// the buffer.
func (c *Cursor) Binary() []byte {
	if c.typ != Binary {
		return nil
	}
	return c.b[c.data:c.at]
}

// Order returns the byte order of the list.
func (c *Cursor) Order() binary.ByteOrder {
	if c.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (c *Cursor) uint16(b []byte) uint16 {
	if c.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (c *Cursor) uint64(b []byte) uint64 {
	if c.big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}
