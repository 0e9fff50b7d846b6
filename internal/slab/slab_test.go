package slab

import (
	"slices"
	"testing"
)

// TestListsAreSeparate builds lists of every length and checks, after all of
// them, that none was overwritten and that appending to one reaches no other.
func TestListsAreSeparate(t *testing.T) {
	t.Parallel()
	var s Slab[int]
	var got, want [][]int
	for n := range 200 {
		var list []int
		if n%3 == 0 {
			s.Reserve(n)
		}
		for i := range n {
			s.Append(n*1000 + i)
			list = append(list, n*1000+i)
		}
		if s.Len() != n {
			t.Fatalf("Len is %d after %d elements", s.Len(), n)
		}
		taken := s.Take()
		if cap(taken) != len(taken) {
			t.Fatalf("a list of %d has capacity %d", len(taken), cap(taken))
		}
		_ = append(taken, -1)
		got, want = append(got, taken), append(want, list)
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("list %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestAllocations(t *testing.T) {
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
		t.Errorf("%d lists of %d cost %v allocations, want at most 12", lists, each, n)
	}
}
