// Package keyblock gives secret keys their memory, many at once for the
// decoders: a device with many peers has as many preshared keys.
package keyblock

// Cell is the memory of one key. The key is behind a pointer to a pointer: see
// package wgtypes.
type Cell struct {
	at    *[32]byte
	bytes [32]byte
}

// Put keeps a key in the Cell, and returns where it is.
func (c *Cell) Put(key [32]byte) **[32]byte {
	c.bytes = key
	c.at = &c.bytes
	return &c.at
}

// maxCells bounds the memory that one key can keep alive.
const maxCells = 64

// Block makes Cells, in pieces that grow. The zero Block is ready to use.
type Block struct {
	free []Cell
	size int // of the last piece
}

// Put keeps a key in a new Cell.
func (b *Block) Put(key [32]byte) **[32]byte {
	if len(b.free) == 0 {
		b.size = min(2*b.size+1, maxCells)
		b.free = make([]Cell, b.size)
	}
	c := &b.free[0]
	b.free = b.free[1:]
	return c.Put(key)
}

// NewPresharedKey is a func(*Block, [32]byte) wgtypes.PresharedKey, which does
// what the function of that name in package wgtypes does, with memory of a Block.
// That package sets it, and exports no such thing.
var NewPresharedKey any
