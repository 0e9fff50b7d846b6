// Package arena holds the allocators of the decoders, which build lists of
// unknown length with few allocations, and a fast test of prefixes.
package arena

import "slices"

const (
	minChunk = 16
	maxChunk = 1 << 14
	// longList is the length from which lists have arrays of their own.
	longList = 1 << 10
)

// Slab allocates many short lists from few large arrays. Decoders use it for
// the allowed IPs of peers. It builds one list at a time: Append to it, then
// Take it. Lists that were taken stay valid and share no memory that can be
// appended to. The zero Slab is ready to use.
type Slab[T any] struct {
	buf   []T // the current array; the list being built is its tail
	start int // where that list starts
	left  int // expected elements that exceed the current array; 0 if unknown
	next  int // size of the next array, if the last list was long
}

// Expect announces n more elements in all following lists, so that arrays get the
// right size.
func (s *Slab[T]) Expect(n int) { s.left = max(n-(cap(s.buf)-len(s.buf)), 0) }

// grow makes room for n more elements of the current list, in one allocation
// at most.
func (s *Slab[T]) grow(n int) {
	if cap(s.buf)-len(s.buf) >= n {
		return
	}
	list := s.buf[s.start:]
	// Twice the current list: a list that outgrew its array probably continues.
	size := max(len(list)*2, len(list)+n, min(cap(s.buf)*2, maxChunk), minChunk)
	if s.left > 0 {
		size = len(list) + max(n, min(s.left, max(len(list), maxChunk)))
		s.left -= size - len(list)
	}
	if len(list) == 0 && s.next > n {
		size, s.next = s.next, 0
	}
	s.buf = append(make([]T, 0, size), list...)
	s.start = 0
}

// Reserve returns an empty slice with room for at least one element. The caller
// appends to it within its capacity and passes the result to Commit.
func (s *Slab[T]) Reserve() []T {
	if len(s.buf) == cap(s.buf) {
		s.grow(1)
	}
	return s.buf[len(s.buf):]
}

// Commit adds the elements that were appended to the slice from the last
// Reserve to the current list.
func (s *Slab[T]) Commit(reserved []T) { s.buf = s.buf[:len(s.buf)+len(reserved)] }

// Append adds v to the current list.
func (s *Slab[T]) Append(v T) {
	if len(s.buf) == cap(s.buf) {
		s.grow(1)
	}
	s.buf = append(s.buf, v)
}

// Len returns the length of the current list.
func (s *Slab[T]) Len() int { return len(s.buf) - s.start }

// Take ends the current list and returns it, or nil if it is empty. Its
// capacity is its length.
func (s *Slab[T]) Take() []T {
	if s.start == len(s.buf) {
		return nil
	}
	list := slices.Clip(s.buf[s.start:])
	s.start = len(s.buf)
	if n := len(list); n >= longList && n > cap(s.buf)-len(s.buf) && s.left == 0 {
		// A next list of this length would be moved to a new array in the middle.
		*s = Slab[T]{next: n}
	}
	return list
}
