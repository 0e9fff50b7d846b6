package slab

import (
	"slices"
	"testing"
)

func TestPile(t *testing.T) {
	t.Parallel()
	var p Pile[int]
	for _, n := range []int{0, 1, minChunk, minChunk + 1, 10 * minChunk, 3 * maxPiece} {
		var want []int
		for i := range n {
			p.Append(i)
			want = append(want, i)
		}
		if p.Len() != n {
			t.Errorf("Len is %d after %d elements", p.Len(), n)
		}
		got := p.Take()
		if !slices.Equal(got, want) || (got == nil) != (want == nil) || cap(got) != len(got) {
			t.Errorf("%d elements became %d, with capacity %d", n, len(got), cap(got))
		}
	}
}

// TestPileRoom: what was written to a place counts once it is used.
func TestPileRoom(t *testing.T) {
	t.Parallel()
	var p Pile[int]
	*p.Room() = 1
	if list := p.Take(); list != nil {
		t.Errorf("room without use became %v", list)
	}
	*p.Room() = 1
	*p.Room() = 2
	p.Use()
	if p.Room(); !slices.Equal(p.Take(), []int{2}) {
		t.Error("the place that was used is lost")
	}
}

// TestPileAllocations: in bytes it is twice the list at most, and a piece.
func TestPileAllocations(t *testing.T) {
	const n = 10_000
	got := testing.AllocsPerRun(10, func() {
		var p Pile[[16]byte]
		for range n {
			p.Append([16]byte{})
		}
		p.Take()
	})
	if got > 20 {
		t.Errorf("%d elements cost %v allocations, want at most 20", n, got)
	}
}
