package nvlist_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
)

// list is a list of pairs as the tests describe it.
type list []pair

// pair is a pair. Its value is a bool, a uint64, a []byte, or the lists of an array or
// of a single list; nil stands for data of another type.
type pair struct {
	name  string
	typ   nvlist.Type
	value any
}

var equal = cmp.Options{cmp.AllowUnexported(pair{}), cmpopts.EquateEmpty()}

func sizeOf(l list) int {
	n := 0
	for _, p := range l {
		switch v := p.value.(type) {
		case bool:
			n += nvlist.PairLen(p.name, 1)
		case uint64:
			n += nvlist.PairLen(p.name, 8)
		case []byte:
			n += nvlist.PairLen(p.name, len(v))
		case []list:
			n += nvlist.PairLen(p.name, 0)
			for _, element := range v {
				n += nvlist.ElementLen + sizeOf(element)
			}
		}
	}
	return n
}

func encode(l list) []byte {
	end := nvlist.HeaderLen + sizeOf(l)
	return appendPairs(nvlist.AppendHeader(make([]byte, 0, end), end), l, end)
}

func appendPairs(b []byte, l list, end int) []byte {
	for _, p := range l {
		switch v := p.value.(type) {
		case bool:
			b = nvlist.AppendBool(b, p.name, v)
		case uint64:
			b = nvlist.AppendNumber(b, p.name, v)
		case []byte:
			b = nvlist.AppendBinary(b, p.name, v)
		case []list:
			b = nvlist.AppendArray(b, p.name, len(v))
			for _, element := range v {
				b = nvlist.AppendEnd(appendPairs(nvlist.AppendHeader(b, end), element, end))
			}
		}
	}
	return b
}

func decode(b []byte) (list, error) {
	c := nvlist.NewCursor(b)
	l := pairs(&c)
	return l, c.Err()
}

// pairs reads the rest of the current list.
func pairs(c *nvlist.Cursor) (l list) {
	for c.Next() {
		p := pair{name: string(c.Name()), typ: c.Type()}
		if v, ok := c.Bool(); ok {
			p.value = v
		} else if v, ok := c.Number(); ok {
			p.value = v
		} else if v := c.Binary(); v != nil {
			p.value = slices.Clone(v)
		} else if p.typ == nvlist.ListArray || p.typ == nvlist.List {
			elements := []list{}
			for c.Element() {
				elements = append(elements, pairs(c))
			}
			p.value = elements
		}
		l = append(l, p)
	}
	return l
}

// randomList returns a list whose arrays are nested up to depth.
func randomList(r *rand.Rand, depth int) (l list) {
	for i := range r.IntN(6) {
		p := pair{name: fmt.Sprintf("key%d", i)}
		switch r.IntN(4) {
		case 0:
			p.typ, p.value = nvlist.Bool, r.IntN(2) == 0
		case 1:
			p.typ, p.value = nvlist.Number, r.Uint64()
		case 2:
			p.typ, p.value = nvlist.Binary, binary.LittleEndian.AppendUint64(nil, r.Uint64())[:1+r.IntN(8)]
		case 3:
			if depth == 0 {
				continue
			}
			elements := make([]list, 1+r.IntN(3))
			for i := range elements {
				elements[i] = randomList(r, depth-1)
			}
			p.typ, p.value = nvlist.ListArray, elements
		}
		l = append(l, p)
	}
	return l
}

// bigEndian returns a valid list, whose arrays have only bools, numbers and binary data,
// in the other byte order. It does not use the package.
func bigEndian(b []byte) []byte {
	b = slices.Clone(b)
	swap := func(b []byte) uint64 {
		n := binary.LittleEndian.Uint64(b)
		binary.BigEndian.PutUint64(b, n)
		return n
	}
	header := func(at int) int {
		b[at+2] |= 0x80
		swap(b[at+3:])
		swap(b[at+11:])
		return at + 19
	}
	// Elements follow an array, and the end of all but the last.
	left := []uint64{0}
	for at := header(0); at < len(b); {
		typ := b[at]
		name := binary.LittleEndian.Uint16(b[at+1:])
		binary.BigEndian.PutUint16(b[at+1:], name)
		size, items := swap(b[at+3:]), swap(b[at+11:])
		at += 19 + int(name)
		switch typ {
		case 3:
			swap(b[at:])
			at += int(size)
		case 5:
			left = append(left, 1)
			at = header(at)
		case 11:
			left = append(left, items)
			at = header(at)
		case 254, 255:
			if left[len(left)-1]--; left[len(left)-1] > 0 {
				at = header(at)
			} else {
				left = left[:len(left)-1]
			}
		default:
			at += int(size)
		}
	}
	return b
}
