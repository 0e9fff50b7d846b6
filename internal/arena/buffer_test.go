package arena

import (
	"slices"
	"testing"
)

// add adds v to b.
func add[T any](b *Buffer[T], v T) {
	*b.Reserve() = v
	b.Commit()
}

func TestBuffer(t *testing.T) {
	t.Parallel()
	var b Buffer[int]
	for _, n := range []int{0, 1, minChunk, minChunk + 1, 10 * minChunk, 3 * maxPiece} {
		var want []int
		for i := range n {
			add(&b, i)
			want = append(want, i)
		}
		if b.Len() != n {
			t.Errorf("Len() = %d, want %d", b.Len(), n)
		}
		got := b.Take()
		if !slices.Equal(got, want) || (got == nil) != (want == nil) || cap(got) != len(got) {
			t.Errorf("Take() returned %d elements with capacity %d, want %d elements and no spare capacity", len(got), cap(got), n)
		}
	}
}

// TestBufferCommit checks that only Commit adds an element.
func TestBufferCommit(t *testing.T) {
	t.Parallel()
	var b Buffer[int]
	*b.Reserve() = 1
	if list := b.Take(); list != nil {
		t.Errorf("Take() after Reserve without Commit = %v, want nil", list)
	}
	*b.Reserve() = 1
	*b.Reserve() = 2
	b.Commit()
	b.Reserve()
	if got, want := b.Take(), []int{2}; !slices.Equal(got, want) {
		t.Errorf("Take() after Reserve = %v, want %v", got, want)
	}
}

// TestBufferPieces checks that a Buffer allocates at most maxPiece elements ahead.
func TestBufferPieces(t *testing.T) {
	t.Parallel()
	if maxPiece > 1<<12 {
		t.Errorf("maxPiece = %d, want at most %d", maxPiece, 1<<12)
	}
	var b Buffer[int]
	for i := range 10 * maxPiece {
		add(&b, i)
		if spare := cap(b.last) - len(b.last); spare > maxPiece {
			t.Fatalf("after %d elements there is room for %d more, want at most %d", i+1, spare, maxPiece)
		}
	}
}

// TestBufferAllocations checks the number of allocations for a long list.
func TestBufferAllocations(t *testing.T) {
	const n = 10_000
	got := testing.AllocsPerRun(10, func() {
		var b Buffer[[16]byte]
		for range n {
			add(&b, [16]byte{})
		}
		b.Take()
	})
	if got > 20 {
		t.Errorf("%d elements: got %v allocations, want at most 20", n, got)
	}
}
