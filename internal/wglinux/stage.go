//go:build linux

package wglinux

import "sync"

// stage keeps the datagrams of an exchange where they were received, for who
// wants to see all before decoding the first: how much memory the result needs
// is known then.
type stage struct {
	spare  *sync.Pool // of *chunk, wiped; nil while nothing is kept
	chunks []*chunk
	used   int // of the last one
}

// chunk holds several datagrams.
type chunk [8 * receiveBuffer]byte

// room returns where the next datagram may be received.
func (s *stage) room() []byte {
	if len(s.chunks) == 0 || len(chunk{})-s.used < receiveBuffer {
		c, ok := s.spare.Get().(*chunk)
		if !ok {
			c = new(chunk)
		}
		s.chunks, s.used = append(s.chunks, c), 0
	}
	return s.chunks[len(s.chunks)-1][s.used:][:receiveBuffer]
}

// keep keeps n bytes of what room returned.
func (s *stage) keep(n int) { s.used += n }

// wipe clears all that was received, and keeps nothing any more.
func (s *stage) wipe() {
	for i, c := range s.chunks {
		if i < len(s.chunks)-1 {
			clear(c[:])
		} else {
			clear(c[:min(s.used+receiveBuffer, len(c))]) // a datagram that failed is behind those that are kept
		}
		s.spare.Put(c)
	}
	*s = stage{}
}
