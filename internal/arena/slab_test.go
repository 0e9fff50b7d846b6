package arena

import (
	"slices"
	"testing"
)

// TestSlab builds lists of every length and checks afterwards that none was
// overwritten and that appending to one does not change another.
func TestSlab(t *testing.T) {
	t.Parallel()
	var s Slab[int]
	var got, want [][]int
	for n := range 200 {
		var list []int
		if n%3 == 0 {
			s.grow(n)
		}
		for i := range n {
			s.Append(n*1000 + i)
			list = append(list, n*1000+i)
		}
		if s.Len() != n {
			t.Fatalf("Len() = %d, want %d", s.Len(), n)
		}
		taken := s.Take()
		if cap(taken) != len(taken) {
			t.Fatalf("cap(Take()) = %d, want %d", cap(taken), len(taken))
		}
		_ = append(taken, -1)
		got, want = append(got, taken), append(want, list)
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("list %d = %v, want %v", i, got[i], want[i])
		}
	}
}

func TestSlabAllocations(t *testing.T) {
	const lists, each = 1000, 10
	var s Slab[[32]byte]
	n := testing.AllocsPerRun(10, func() {
		s = Slab[[32]byte]{}
		for range lists {
			for range each {
				s.Append([32]byte{})
			}
			s.Take()
		}
	})
	if n > 12 {
		t.Errorf("%d lists of %d elements: got %v allocations, want at most 12", lists, each, n)
	}
}
