package keyblock

import "testing"

// TestBlock: every key stays what it is.
func TestBlock(t *testing.T) {
	t.Parallel()
	var b Block
	var keys []**[32]byte
	for i := range 3 * maxCells {
		keys = append(keys, b.Put([32]byte{byte(i), 31: 1}))
	}
	for i, k := range keys {
		if **k != [32]byte{byte(i), 31: 1} {
			t.Errorf("key %d is %x", i, **k)
		}
	}
}

func TestAllocations(t *testing.T) {
	const keys = 1000
	n := testing.AllocsPerRun(10, func() {
		var b Block
		for i := range keys {
			b.Put([32]byte{byte(i)})
		}
	})
	if most := float64(keys/maxCells + 8); n > most {
		t.Errorf("%d keys cost %v allocations, want at most %v", keys, n, most)
	}
}
