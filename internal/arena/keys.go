package arena

import "github.com/wgctrl/wgctrl/wgtypes"

// maxKeys bounds the memory that one key can keep alive: 2 KiB.
const maxKeys = 64

// Keys makes preshared keys whose bytes share a few allocations: a device with
// many peers has as many keys. Blocks grow up to 64 keys. The zero Keys is
// ready to use.
type Keys struct {
	free [][wgtypes.KeyLen]byte
	size int // of the last block
}

// PresharedKey returns the preshared key with the bytes b; all zeros are "no
// key", which takes no memory.
func (k *Keys) PresharedKey(b [wgtypes.KeyLen]byte) wgtypes.PresharedKey {
	if b == [wgtypes.KeyLen]byte{} {
		return wgtypes.PresharedKey{}
	}
	if len(k.free) == 0 {
		k.size = min(2*k.size+1, maxKeys)
		k.free = make([][wgtypes.KeyLen]byte, k.size)
	}
	p := &k.free[0]
	k.free = k.free[1:]
	*p = b
	return wgtypes.PresharedKeyAt(p)
}
