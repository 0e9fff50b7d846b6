package arena

import (
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestKeys checks that no key overwrites another, and that the zero key is none.
func TestKeys(t *testing.T) {
	t.Parallel()
	bytesOf := func(i int) [wgtypes.KeyLen]byte { return [wgtypes.KeyLen]byte{byte(i), 31: byte(i >> 8)} }
	var k Keys
	var keys []wgtypes.PresharedKey
	for i := range 3 * maxKeys {
		keys = append(keys, k.PresharedKey(bytesOf(i)))
	}
	for i, key := range keys {
		if got, want := key.Bytes(), bytesOf(i); got != want {
			t.Errorf("key %d = %x, want %x", i, got, want)
		}
		if got, want := key.IsZero(), i == 0; got != want {
			t.Errorf("key %d: IsZero() = %v, want %v", i, got, want)
		}
	}
}

// TestKeysBlocks checks that a block has at most 64 keys, which one key keeps alive, and
// that the zero key uses none.
func TestKeysBlocks(t *testing.T) {
	t.Parallel()
	var k Keys
	for i := range 1000 {
		left := len(k.free)
		k.PresharedKey([wgtypes.KeyLen]byte{})
		if len(k.free) != left {
			t.Fatalf("the zero key used %d keys of a block, want 0", left-len(k.free))
		}
		k.PresharedKey([wgtypes.KeyLen]byte{byte(i), 31: 1})
		if k.size > 64 || k.size < min(i/2, 64) {
			t.Fatalf("the block after %d keys has %d keys, want %d to 64", i+1, k.size, min(i/2, 64))
		}
	}
}

func TestKeysAllocations(t *testing.T) {
	const keys = 1000
	got := testing.AllocsPerRun(10, func() {
		var k Keys
		for i := range keys {
			k.PresharedKey([wgtypes.KeyLen]byte{byte(i), 31: 1})
		}
	})
	if want := float64(keys/maxKeys + 8); got > want {
		t.Errorf("%d keys cost %v allocations, want at most %v", keys, got, want)
	}
}
