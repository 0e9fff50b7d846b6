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

// TestSlabArrays checks the sizes of arrays: they grow to maxChunk, or to what was
// expected.
func TestSlabArrays(t *testing.T) {
	t.Parallel()
	if maxChunk > 1<<14 {
		t.Errorf("maxChunk = %d, want at most %d", maxChunk, 1<<14)
	}
	var s Slab[int]
	for i := range 20 * maxChunk {
		s.Append(i)
		if i%100 == 0 {
			s.Take()
		}
		if spare := cap(s.buf) - len(s.buf); spare > maxChunk {
			t.Fatalf("after %d elements there is room for %d more, want at most %d", i+1, spare, maxChunk)
		}
	}
	s = Slab[int]{}
	const n = 5*maxChunk + 1000
	s.Expect(n)
	arrays := make(map[*int]int)
	for i := range n {
		s.Append(i)
		arrays[&s.buf[:1][0]] = cap(s.buf)
		if i%100 == 99 {
			s.Take()
		}
	}
	all := 0
	for _, size := range arrays {
		if size > maxChunk+100 {
			t.Errorf("an array has %d elements, want at most %d", size, maxChunk+100)
		}
		all += size
	}
	if len(arrays) > 7 || all > n+600 {
		t.Errorf("%d expected elements are in %d arrays for %d elements, want at most 7 for %d", n, len(arrays), all, n+600)
	}
}

// TestSlabLongLists checks that long lists of one length fill their arrays, except
// for the first one.
func TestSlabLongLists(t *testing.T) {
	t.Parallel()
	for _, n := range []int{longList, 10_000, maxChunk, 5 * maxChunk} {
		var s Slab[int]
		for list := range 5 {
			for i := range n {
				s.Append(i)
			}
			if size := cap(s.buf); list > 0 && size != n {
				t.Errorf("list %d of %d elements has an array of %d, want %d", list, n, size, n)
			}
			if got := len(s.Take()); got != n {
				t.Errorf("list %d has %d elements, want %d", list, got, n)
			}
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
