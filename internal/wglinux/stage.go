//go:build linux

package wglinux

import (
	"slices"
	"sync"
)

// stage keeps all datagrams of an exchange. The decoder can then count peers and
// prefixes first and allocate lists of the right size.
//
// Untouched pages of a chunk use no physical memory. Chunks contain no pointers, so
// the garbage collector does not scan them, but they raise the heap size at which it
// runs next. The chunks of a large device are therefore several times as large as its
// dump: the collector does not run while the result, which has a pointer for each
// prefix, is allocated, and only once in several reads.
type stage struct {
	spare  *sync.Pool // of *[][]byte, wiped; nil while nothing is kept
	chunks [][]byte
	last   int  // the chunk in use
	used   int  // bytes of the chunk in use
	lent   bool // the buffer that room returned may hold data that was not kept
}

const (
	// firstChunk is large enough for the replies of most devices.
	firstChunk = 8 * receiveBuffer
	// maxChunk is enough for a device with a million prefixes. Larger devices use
	// several chunks.
	maxChunk = 64 << 20
	// maxSpare is the largest number of chunks kept for the next exchange: together
	// 80 MiB, until the garbage collector has run twice.
	maxSpare = 4
)

// chunkSizes are the sizes of the first chunks; all others have the last size. The first
// two are enough for 2 000 peers with 10 prefixes each and keep the heap of a small
// process small.
var chunkSizes = [...]int{firstChunk, 3 * firstChunk, 60 * firstChunk, maxChunk}

// begin makes the stage keep the datagrams received from now on.
func (s *stage) begin(spare *sync.Pool) {
	s.spare = spare
	if chunks, ok := spare.Get().(*[][]byte); ok {
		s.chunks = *chunks
	} else {
		s.chunks = [][]byte{make([]byte, chunkSizes[0])}
	}
}

// room returns the buffer for the next datagram.
func (s *stage) room() []byte {
	if len(s.chunks[s.last])-s.used < receiveBuffer {
		s.last, s.used = s.last+1, 0
	}
	if s.last == len(s.chunks) {
		s.chunks = append(s.chunks, make([]byte, chunkSizes[min(s.last, len(chunkSizes)-1)]))
	}
	s.lent = true
	return s.chunks[s.last][s.used:][:receiveBuffer]
}

// keep keeps the first n bytes of the buffer that room returned. The others hold nothing.
func (s *stage) keep(n int) { s.used, s.lent = s.used+n, false }

// wipe clears all received data and ends keeping datagrams.
func (s *stage) wipe() {
	if s.spare == nil {
		return
	}
	for _, c := range s.chunks[:s.last] {
		clear(c)
	}
	if s.lent {
		s.used += receiveBuffer
	}
	clear(s.chunks[s.last][:s.used])
	chunks := slices.Clone(s.chunks[:min(len(s.chunks), maxSpare)])
	s.spare.Put(&chunks)
	*s = stage{}
}
