package nvlist

import (
	"bytes"
	"encoding/binary"
)

// Type is the type of a pair's value.
type Type uint8

// The types of libnv (nv.h).
const (
	Null            Type = 1
	Bool            Type = 2
	Number          Type = 3
	String          Type = 4
	List            Type = 5
	Descriptor      Type = 6
	Binary          Type = 7
	BoolArray       Type = 8
	NumberArray     Type = 9
	StringArray     Type = 10
	ListArray       Type = 11
	DescriptorArray Type = 12

	endOfElement Type = 254 // NV_TYPE_NVLIST_ARRAY_NEXT
	endOfList    Type = 255 // NV_TYPE_NVLIST_UP
)

// A pair's header is its u8 type, u16 size of the name with a NUL byte, u64 size of the
// data, and u64 number of an array's items. The name and the data follow.
const (
	pairHeaderLen = 19
	nameLenAt     = 1
	dataLenAt     = 3
	itemsAt       = 11

	maxName = 2048 // with the NUL byte
)

// PairLen returns the encoded size of a pair with that name and size of data.
func PairLen(name string, data int) int { return pairHeaderLen + len(name) + 1 + data }

// ElementLen is the encoded size of an element of an array of lists, without its pairs.
const ElementLen = HeaderLen + pairHeaderLen + 1

// appendPair appends a pair without its data.
func appendPair(b []byte, t Type, name string, data, items int) []byte {
	b = append(b, byte(t))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(name)+1))
	b = binary.LittleEndian.AppendUint64(b, uint64(data))
	b = binary.LittleEndian.AppendUint64(b, uint64(items))
	b = append(b, name...)
	return append(b, 0)
}

// AppendBool appends a bool.
func AppendBool(b []byte, name string, v bool) []byte {
	b = appendPair(b, Bool, name, 1, 0)
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendNumber appends a number.
func AppendNumber(b []byte, name string, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(appendPair(b, Number, name, 8, 0), v)
}

// AppendBinary appends data, which must not be empty.
func AppendBinary(b []byte, name string, data []byte) []byte {
	return append(appendPair(b, Binary, name, len(data), 0), data...)
}

// AppendArray appends the head of an array of n lists. n must not be 0: an empty array
// is left out. Each element is AppendHeader, its pairs, and AppendEnd.
func AppendArray(b []byte, name string, n int) []byte { return appendPair(b, ListArray, name, 0, n) }

// AppendEnd appends the end of an element.
func AppendEnd(b []byte) []byte { return appendPair(b, endOfElement, "", 0, 0) }

// pair decodes the pair at c.at and moves behind it.
func (c *Cursor) pair() bool {
	h := c.b[c.at:]
	if len(h) < pairHeaderLen {
		return c.fail("pair header has %d bytes, want %d", len(h), pairHeaderLen)
	}
	c.typ, c.items = Type(h[0]), c.uint64(h[itemsAt:])
	nameLen, dataLen := int(c.uint16(h[nameLenAt:])), c.uint64(h[dataLenAt:])
	c.name = c.at + pairHeaderLen
	rest := len(c.b) - c.name
	if nameLen < 1 || nameLen > min(rest, maxName) {
		return c.fail("name of %d bytes in %d, want 1 to %d", nameLen, rest, maxName)
	}
	c.data = c.name + nameLen
	if bytes.IndexByte(c.b[c.name:c.data], 0) != nameLen-1 {
		return c.fail("name %q does not end at its only NUL byte", c.b[c.name:c.data])
	}
	rest -= nameLen
	if dataLen > uint64(rest) {
		return c.fail("pair %q has %d bytes of data in %d", c.Name(), dataLen, rest)
	}
	c.at = c.data + int(dataLen)
	return c.checkData(c.b[c.data:c.at])
}

// checkData checks the form of the data of the current pair. The data of a single list
// follows the pair like an array's elements: libnv writes a size that depends on the
// pairs after the list, so only its presence is checked.
func (c *Cursor) checkData(data []byte) bool {
	valid := false
	switch c.typ {
	case Null:
		valid = len(data) == 0
	case Bool:
		valid = len(data) == 1 && data[0] <= 1
	case Number:
		valid = len(data) == 8
	case String:
		valid = len(data) > 0 && bytes.IndexByte(data, 0) == len(data)-1
	case Binary:
		valid = len(data) > 0
	case List:
		valid = len(data) > 0
		c.at = c.data
	case BoolArray:
		valid = len(data) > 0 && c.items == uint64(len(data)) && !bytes.ContainsFunc(data, isNotBool)
	case NumberArray:
		valid = len(data) > 0 && len(data)%8 == 0 && c.items == uint64(len(data)/8)
	case StringArray:
		valid = len(data) > 0 && data[len(data)-1] == 0 && c.items == uint64(bytes.Count(data, []byte{0}))
	case ListArray:
		valid = len(data) == 0 && c.items > 0 && c.items <= uint64((len(c.b)-c.at)/ElementLen)
	case endOfElement, endOfList:
		valid = len(data) == 0 && c.data == c.name+1
	}
	if !valid {
		return c.fail("pair %q of type %d has %d bytes of data and %d items", c.Name(), c.typ, len(data), c.items)
	}
	return true
}

func isNotBool(r rune) bool { return r > 1 }
