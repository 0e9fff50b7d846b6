package slab

import "slices"

// maxPiece bounds, in elements, what a Pile allocates ahead.
const maxPiece = 1 << 12

// Pile collects one list whose length nobody knows before its end. A list that
// grows by append is copied again and again, and leaves five times its size to
// the garbage collector; a Pile copies it once. The zero Pile is ready to use.
type Pile[T any] struct {
	full [][]T
	last []T
	n    int // elements in full
}

// Room returns the place of the next element, which becomes one by Use. It is
// zero, or as whoever had it before left it.
func (p *Pile[T]) Room() *T {
	if len(p.last) == cap(p.last) {
		p.grow()
	}
	return &p.last[:len(p.last)+1][len(p.last)]
}

// Use adds what was written to the place that Room returned.
func (p *Pile[T]) Use() { p.last = p.last[:len(p.last)+1] }

// Append adds v.
func (p *Pile[T]) Append(v T) {
	*p.Room() = v
	p.Use()
}

func (p *Pile[T]) grow() {
	if len(p.last) > 0 {
		p.full = append(p.full, p.last)
		p.n += len(p.last)
	}
	p.last = make([]T, 0, min(max(p.n, minChunk), maxPiece))
}

// Len is how many elements there are.
func (p *Pile[T]) Len() int { return p.n + len(p.last) }

// Take returns the list, nil when it is empty, and leaves the Pile empty. Its
// capacity is its length.
func (p *Pile[T]) Take() []T {
	list := p.last
	switch {
	case len(p.full) > 0:
		list = slices.Concat(append(p.full, p.last)...)
	case len(list) == 0:
		list = nil // there was room alone
	}
	*p = Pile[T]{}
	return slices.Clip(list)
}
