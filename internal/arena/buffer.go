package arena

import "slices"

// maxPiece is the largest number of elements that a Buffer allocates ahead.
const maxPiece = 1 << 12

// Buffer collects one list of unknown length. It copies each element once;
// append would copy repeatedly and leave about five times the list's size to
// the garbage collector. The zero Buffer is ready to use.
type Buffer[T any] struct {
	full [][]T
	last []T
	n    int // elements in full
}

// Reserve returns a pointer to the next element, which Commit adds. The element
// is zero unless it was written after an earlier Reserve without a Commit.
func (b *Buffer[T]) Reserve() *T {
	if len(b.last) == cap(b.last) {
		b.grow()
	}
	return &b.last[:len(b.last)+1][len(b.last)]
}

// Commit adds the element from the last Reserve.
func (b *Buffer[T]) Commit() { b.last = b.last[:len(b.last)+1] }

func (b *Buffer[T]) grow() {
	if len(b.last) > 0 {
		b.full = append(b.full, b.last)
		b.n += len(b.last)
	}
	b.last = make([]T, 0, min(max(b.n, minChunk), maxPiece))
}

// Len returns the number of elements.
func (b *Buffer[T]) Len() int { return b.n + len(b.last) }

// Take returns the list, or nil if it is empty, and empties the Buffer. The
// list's capacity is its length.
func (b *Buffer[T]) Take() []T {
	list := b.last
	switch {
	case len(b.full) > 0:
		list = slices.Concat(append(b.full, b.last)...)
	case len(list) == 0:
		list = nil // Reserve was called, Commit was not
	}
	*b = Buffer[T]{}
	return slices.Clip(list)
}
