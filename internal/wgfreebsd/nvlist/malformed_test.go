package nvlist_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
)

// raw returns a pair as bytes.
func raw(typ byte, name string, data []byte, items uint64) []byte {
	b := []byte{typ}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	b = binary.LittleEndian.AppendUint64(b, items)
	return slices.Concat(b, []byte(name), data)
}

// packed returns a list of pairs.
func packed(pairs ...[]byte) []byte {
	b := slices.Concat(pairs...)
	return slices.Concat(nvlist.AppendHeader(nil, nvlist.HeaderLen+len(b)), b)
}

// with returns a copy of b in which the bytes at an offset are replaced.
func with(b []byte, at int, to ...byte) []byte {
	b = slices.Clone(b)
	copy(b[at:], to)
	return b
}

// nested returns a list whose arrays are nested n times.
func nested(n int) []byte {
	var l list
	for range n {
		l = list{{"x", nvlist.ListArray, []list{l}}}
	}
	return encode(l)
}

// TestMalformed checks that the Cursor refuses what libnv refuses, and what it refuses
// besides.
func TestMalformed(t *testing.T) {
	t.Parallel()
	number := packed(raw(3, "n\x00", make([]byte, 8), 0))
	array := encode(list{{"x", nvlist.ListArray, []list{nil, nil}}})
	const inner = 19 + 19 + 2 // offset of the first element
	for name, b := range map[string][]byte{
		"nothing":                     nil,
		"short header":                number[:18],
		"magic":                       with(number, 0, 0x6d),
		"unknown flag":                with(number, 2, 0x40),
		"little-endian as big-endian": with(number, 2, 0x80),
		"flag ignore-case":            with(number, 2, 1),
		"flag no-unique":              with(number, 2, 2),
		"descriptor":                  with(number, 3, 1),
		"size too small":              with(number, 11, byte(len(number)-19-1)),
		"size too large":              with(number, 11, byte(len(number)-19+1)),
		"size huge":                   with(number, 11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		"trailing byte":               append(slices.Clone(number), 0),
		"trailing byte within size":   packed(number[19:], []byte{0}),
		"bool 2":                      packed(raw(2, "b\x00", []byte{2}, 0)),
		"bool of 2 bytes":             packed(raw(2, "b\x00", []byte{1, 1}, 0)),
		"bool of 0 bytes":             packed(raw(2, "b\x00", nil, 0)),
		"type 0":                      packed(raw(0, "n\x00", nil, 0)),
		"type 13":                     packed(raw(13, "n\x00", nil, 0)),
		"type 253":                    packed(raw(253, "n\x00", nil, 0)),
		"name of size 0":              packed(raw(1, "", nil, 0)),
		"name without NUL":            packed(raw(1, "n", nil, 0)),
		"name with two NUL":           packed(raw(1, "n\x00\x00", nil, 0)),
		"name too long":               packed(raw(1, strings.Repeat("n", 2048)+"\x00", nil, 0)),
		"name longer than the list":   with(number, 20, 0xff),
		"data longer than the list":   with(number, 22, 9),
		"data of a huge size":         with(number, 22, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		"number of 7 bytes":           packed(raw(3, "n\x00", make([]byte, 7), 0)),
		"number of 9 bytes":           packed(raw(3, "n\x00", make([]byte, 9), 0)),
		"null with data":              packed(raw(1, "n\x00", []byte{0}, 0)),
		"string without NUL":          packed(raw(4, "s\x00", []byte("a"), 0)),
		"string with two NUL":         packed(raw(4, "s\x00", []byte("a\x00\x00"), 0)),
		"string of 0 bytes":           packed(raw(4, "s\x00", nil, 0)),
		"binary of 0 bytes":           packed(raw(7, "b\x00", nil, 0)),
		"single list of 0 bytes":      packed(raw(5, "l\x00", nil, 0)),
		"file descriptor":             packed(raw(6, "d\x00", make([]byte, 8), 0)),
		"array of file descriptors":   packed(raw(12, "d\x00", make([]byte, 8), 1)),
		"array of bools with 2":       packed(raw(8, "b\x00", []byte{1, 2}, 2)),
		"array of 3 bools in 2 bytes": packed(raw(8, "b\x00", []byte{1, 1}, 3)),
		"array of 0 bools":            packed(raw(8, "b\x00", nil, 0)),
		"array of numbers":            packed(raw(9, "n\x00", make([]byte, 15), 2)),
		"array of numbers, items":     packed(raw(9, "n\x00", make([]byte, 16), 1<<61+2)),
		"array of 0 numbers":          packed(raw(9, "n\x00", nil, 0)),
		"array of 1.9 numbers":        packed(raw(9, "n\x00", make([]byte, 15), 1)),
		"array of 0 strings":          packed(raw(10, "s\x00", nil, 0)),
		"single list of size 0":       packed(raw(5, "l\x00", nil, 0), nvlist.AppendHeader(nil, nvlist.HeaderLen), raw(255, "\x00", nil, 0)),
		"array of strings":            packed(raw(10, "s\x00", []byte("a\x00b"), 2)),
		"array of strings, items":     packed(raw(10, "s\x00", []byte("a\x00b\x00"), 3)),
		"array of 0 lists":            packed(raw(11, "x\x00", nil, 0)),
		"array with data":             packed(raw(11, "x\x00", make([]byte, 39), 1)),
		"array of too many lists":     with(array, 19+11, 3),
		"array of 2^64-1 lists":       with(array, 19+11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		"array that does not end":     packed(raw(11, "x\x00", nil, 1), nvlist.AppendHeader(nil, 19+len(number)-19), number[19:]),
		"element's size":              with(array, inner+11, array[inner+11]+1),
		"element's magic":             with(array, inner, 0),
		"element's byte order":        with(array, inner+2, 0x80),
		"element's flags":             with(array, inner+2, 2),
		"element with another end":    with(array, inner+19, 255),
		"end without an array":        packed(raw(254, "\x00", nil, 0)),
		"end without a list":          packed(raw(255, "\x00", nil, 0)),
		"end with a name":             with(array, inner+19+1, 2),
		"name twice":                  packed(raw(1, "n\x00", nil, 0), raw(3, "n\x00", make([]byte, 8), 0)),
		"name twice in an element":    encode(list{{"x", nvlist.ListArray, []list{{cidr(1), cidr(1)}}}}),
		"too deep":                    nested(9),
		"too many pairs":              encode(manyPairs(129)),
	} {
		got, err := decode(b)
		if !errors.Is(err, nvlist.ErrMalformed) {
			t.Errorf("%s: decode(%x) = %v, %v, want ErrMalformed", name, b, got, err)
		}
		c := nvlist.NewCursor(b)
		for c.Next() {
		}
		if !errors.Is(c.Err(), nvlist.ErrMalformed) {
			t.Errorf("%s: skipping %x = %v, want ErrMalformed", name, b, c.Err())
		}
	}
}

func manyPairs(n int) (l list) {
	for i := range n {
		l = append(l, pair{fmt.Sprint(i), nvlist.Bool, true})
	}
	return l
}

// TestAccepted checks that the Cursor accepts what libnv accepts.
func TestAccepted(t *testing.T) {
	t.Parallel()
	number := packed(raw(3, "n\x00", make([]byte, 8), 0))
	for name, b := range map[string][]byte{
		"version 1":           with(number, 1, 1),
		"number with items":   with(number, 19+11, 7),
		"longest name":        packed(raw(1, strings.Repeat("n", 2047)+"\x00", nil, 0)),
		"empty name":          packed(raw(1, "\x00", nil, 0)),
		"null":                packed(raw(1, "n\x00", nil, 0)),
		"string":              packed(raw(4, "s\x00", []byte("text\x00"), 0)),
		"array of bools":      packed(raw(8, "b\x00", []byte{0, 1}, 2)),
		"array of numbers":    packed(raw(9, "n\x00", make([]byte, 16), 2)),
		"array of strings":    packed(raw(10, "s\x00", []byte("a\x00\x00"), 2)),
		"names in two levels": encode(list{{"x", nvlist.ListArray, []list{{cidr(1)}, {cidr(1)}}}, cidr(1)}),
		"nested 8 times":      nested(8),
		"128 pairs":           encode(manyPairs(128)),
	} {
		if got, err := decode(b); err != nil {
			t.Errorf("%s: decode(%x) = %v, %v, want nil", name, b, got, err)
		}
	}
}

// TestTruncated checks that a list that is cut at any byte is malformed.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for name, b := range vectors(t) {
		for n := range b {
			if got, err := decode(b[:n]); !errors.Is(err, nvlist.ErrMalformed) {
				t.Fatalf("%s: decode of %d of %d bytes = %v, %v, want ErrMalformed", name, n, len(b), got, err)
			}
		}
	}
}

// TestSkip checks that Next and Element skip what the caller does not read, and that
// Element returns false for a pair that has no elements.
func TestSkip(t *testing.T) {
	t.Parallel()
	b := encode(list{cidr(8), {"x", nvlist.ListArray, []list{{cidr(1), ipv4(1)}, nil, {cidr(2)}}}, ipv4(2)})
	c := nvlist.NewCursor(b)
	var names []string
	for c.Next() {
		names = append(names, string(c.Name()))
	}
	if want := []string{"cidr", "x", "ipv4"}; !slices.Equal(names, want) || c.Err() != nil {
		t.Errorf("names = %q, %v, want %q, nil", names, c.Err(), want)
	}
	c = nvlist.NewCursor(b)
	if c.Element() || !c.Next() || c.Element() {
		t.Errorf("Element() of a number = true, want false")
	}
	c.Next()
	elements := 0
	for c.Element() {
		elements++
	}
	if elements != 3 || c.Element() || !c.Next() || string(c.Name()) != "ipv4" || c.Next() || c.Err() != nil {
		t.Errorf("elements = %d, then %q and %v, want 3, then \"ipv4\" and nil", elements, c.Name(), c.Err())
	}
}

// FuzzRoundTrip checks that decoding an encoded list returns the list, in both byte
// orders.
func FuzzRoundTrip(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		want := randomList(rand.New(rand.NewPCG(seed, 1)), 2)
		b := encode(want)
		for _, b := range [][]byte{b, bigEndian(b)} {
			got, err := decode(b)
			if err != nil {
				t.Fatalf("decode(%x) = %v, want nil", b, err)
			}
			if diff := cmp.Diff(want, got, equal); diff != "" {
				t.Errorf("decode(%x) (-want +got):\n%s", b, diff)
			}
		}
	})
}

// FuzzDecode checks that no input makes the Cursor panic, that every error is
// ErrMalformed, that skipping elements and reading them give the same error, and that
// encoding an accepted list reproduces it, if it has only types that are encoded.
func FuzzDecode(f *testing.F) {
	for _, b := range vectors(f) {
		f.Add(b)
		f.Add(bigEndian(b))
	}
	f.Add(packed(raw(10, "s\x00", []byte("a\x00b\x00"), 2), raw(4, "t\x00", []byte("text\x00"), 0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(b)
		skipping := nvlist.NewCursor(b)
		for skipping.Next() {
		}
		if (err == nil) != (skipping.Err() == nil) {
			t.Errorf("error with elements = %v, without = %v, want the same", err, skipping.Err())
		}
		if err != nil {
			if !errors.Is(err, nvlist.ErrMalformed) {
				t.Errorf("decode = %v, want ErrMalformed", err)
			}
			return
		}
		if isEncodable(got) && len(b) != nvlist.HeaderLen+sizeOf(got) {
			t.Errorf("%v has %d bytes, want %d", got, len(b), nvlist.HeaderLen+sizeOf(got))
		}
		again, err := decode(encode(got))
		if diff := cmp.Diff(got, again, equal); isEncodable(got) && (err != nil || diff != "") {
			t.Errorf("decode(encode(list)) = %v (-want +got):\n%s", err, diff)
		}
	})
}

// isEncodable reports whether encode encodes all pairs of l.
func isEncodable(l list) bool {
	return !slices.ContainsFunc(l, func(p pair) bool {
		elements, _ := p.value.([]list)
		return p.value == nil || p.typ == nvlist.List || slices.ContainsFunc(elements, func(l list) bool { return !isEncodable(l) })
	})
}

// TestAllocations checks that decoding and encoding allocate nothing for each pair or
// element.
func TestAllocations(t *testing.T) {
	l := list{{"x", nvlist.ListArray, make([]list, 1000)}}
	for i := range 1000 {
		l[0].value.([]list)[i] = list{cidr(8), allowed4}
	}
	b := encode(l)
	got := testing.AllocsPerRun(10, func() {
		c := nvlist.NewCursor(b)
		for c.Next() {
		}
	})
	if got > 4 {
		t.Errorf("decoding 1000 elements costs %v allocations, want at most 4", got)
	}
	buf := make([]byte, 0, len(b))
	if got := testing.AllocsPerRun(10, func() { appendPairs(nvlist.AppendHeader(buf, len(b)), l, len(b)) }); got != 0 {
		t.Errorf("encoding 1000 elements costs %v allocations, want 0", got)
	}
}
