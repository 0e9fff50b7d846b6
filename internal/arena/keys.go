package arena

import "github.com/wgctrl/wgctrl/wgtypes"

// maxKeys is the number of keys in a block: one key keeps at most 2 KiB alive.
const maxKeys = 64

// Keys makes preshared keys whose bytes share a few allocations: a device with
// many peers has as many keys. Blocks grow up to 64 keys. The zero Keys is
// ready to use.
type Keys struct {
	free [][wgtypes.KeyLen]byte
	size int // of the last block
}

// PresharedKey returns the preshared key with the bytes b. Zeros mean "no key" and
// use no memory.
func (k *Keys) PresharedKey(b [wgtypes.KeyLen]byte) wgtypes.PresharedKey {
	if len(k.free) == 0 {
		if b == [wgtypes.KeyLen]byte{} {
			return wgtypes.PresharedKey{}
		}
		k.size = min(2*k.size+1, maxKeys)
		k.free = make([][wgtypes.KeyLen]byte, k.size)
	}
	k.free[0] = b
	key := wgtypes.PresharedKeyAt(&k.free[0])
	if !key.IsZero() {
		k.free = k.free[1:]
	}
	return key
}
