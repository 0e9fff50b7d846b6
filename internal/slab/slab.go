// Package slab allocates many short lists from few large arrays. The decoders
// use it for the allowed IPs of peers, so that reading a device costs no
// allocation for each of them.
package slab

import "slices"

const (
	minChunk = 16
	maxChunk = 1 << 14
)

// Slab builds one list at a time: Append to it, then Take it. The zero Slab is
// ready to use. Lists that were taken stay valid for ever and share no memory
// that can be appended to.
type Slab[T any] struct {
	buf   []T // the current array; the list being built is its tail
	start int // where that list starts
	left  int // elements that are expected and have no place yet, if that is known
}

// Expect says that n more elements will come, in all lists together. Arrays
// then have the size that is needed.
func (s *Slab[T]) Expect(n int) { s.left = max(n-(cap(s.buf)-len(s.buf)), 0) }

// Reserve makes room for n more elements of the current list, in one
// allocation at most. Callers know bounds: what a message can hold.
func (s *Slab[T]) Reserve(n int) {
	if cap(s.buf)-len(s.buf) >= n {
		return
	}
	list := s.buf[s.start:]
	// Twice the current list, since a list that outgrew its array will go on.
	size := max(len(list)*2, len(list)+n, min(cap(s.buf)*2, maxChunk), minChunk)
	if s.left > 0 {
		size = len(list) + max(n, min(s.left, max(len(list), maxChunk)))
		s.left -= size - len(list)
	}
	s.buf = append(make([]T, 0, size), list...)
	s.start = 0
}

// Room returns an empty slice of at least one element behind the current list,
// for who appends many. What was appended within its capacity becomes part of
// the list by Use.
func (s *Slab[T]) Room() []T {
	s.Reserve(1)
	return s.buf[len(s.buf):]
}

// Use adds to the current list what was appended to the slice of the last Room.
func (s *Slab[T]) Use(room []T) { s.buf = s.buf[:len(s.buf)+len(room)] }

// Append adds v to the current list.
func (s *Slab[T]) Append(v T) {
	if len(s.buf) == cap(s.buf) {
		s.Reserve(1)
	}
	s.buf = append(s.buf, v)
}

// Len is the length of the current list.
func (s *Slab[T]) Len() int { return len(s.buf) - s.start }

// Take ends the current list and returns it, nil when it is empty. Its
// capacity is its length.
func (s *Slab[T]) Take() []T {
	if s.start == len(s.buf) {
		return nil
	}
	list := slices.Clip(s.buf[s.start:])
	s.start = len(s.buf)
	return list
}
