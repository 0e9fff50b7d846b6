//go:build linux

package wglinux

import (
	"slices"
	"sync"
)

// stage keeps the datagrams of an exchange where they were received, for who
// wants to see all before decoding the first: how much memory the result needs
// is known then.
//
// Each chunk has three times the room of those before it together, up to a
// bound. What of fresh memory is not reached costs nothing but addresses; and the
// garbage collector, which runs when memory has doubled, finds bytes there to
// count, and no pointers to follow. By the time that the result is allocated,
// which has a pointer for each prefix, it has run, and there is as much to go
// again.
type stage struct {
	spare  *sync.Pool // of *[][]byte, wiped; nil while nothing is kept
	chunks [][]byte
	last   int // the chunk in use
	used   int // of it
}

const (
	// firstChunk holds what most devices answer.
	firstChunk = 8 * receiveBuffer
	// maxChunk is what a device with a million of prefixes fills. Larger ones take
	// several.
	maxChunk = 64 << 20
	// maxSpare is how many chunks are kept for the next exchange, until the
	// collector has run twice: 64 MiB in all.
	maxSpare = 5
)

// begin makes the stage keep what is received from now on.
func (s *stage) begin(spare *sync.Pool) {
	s.spare = spare
	if chunks, ok := spare.Get().(*[][]byte); ok {
		s.chunks = *chunks
	} else {
		s.chunks = [][]byte{make([]byte, firstChunk)}
	}
}

// room returns where the next datagram may be received.
func (s *stage) room() []byte {
	if len(s.chunks[s.last])-s.used < receiveBuffer {
		s.last, s.used = s.last+1, 0
	}
	if s.last == len(s.chunks) {
		s.chunks = append(s.chunks, make([]byte, min(3*firstChunk<<(2*min(s.last-1, maxSpare-1)), maxChunk)))
	}
	return s.chunks[s.last][s.used:][:receiveBuffer]
}

// keep keeps n bytes of what room returned.
func (s *stage) keep(n int) { s.used += n }

// wipe clears all that was received, and keeps nothing any more.
func (s *stage) wipe() {
	if s.spare == nil {
		return
	}
	for _, c := range s.chunks[:s.last] {
		clear(c)
	}
	c := s.chunks[s.last]
	clear(c[:min(s.used+receiveBuffer, len(c))]) // a datagram that failed is behind those that are kept
	chunks := slices.Clone(s.chunks[:min(len(s.chunks), maxSpare)])
	s.spare.Put(&chunks)
	*s = stage{}
}
