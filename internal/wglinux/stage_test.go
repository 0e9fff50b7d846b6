//go:build linux

package wglinux

import (
	"bytes"
	"slices"
	"sync"
	"testing"
)

// fill keeps datagrams of n bytes until the stage has that many chunks, and returns all
// chunks.
func fill(s *stage, n, chunks int) [][]byte {
	for len(s.chunks) < chunks || s.last < chunks-1 {
		b := s.room()
		for i := range b[:n] {
			b[i] = 0xa5
		}
		s.keep(n)
	}
	return slices.Clone(s.chunks)
}

// TestStageWipe checks that wipe clears all data of all chunks, also what a failed
// receive has left after the last datagram.
func TestStageWipe(t *testing.T) {
	t.Parallel()
	for _, chunks := range []int{1, 2, 3} {
		var s stage
		s.begin(new(sync.Pool))
		all := fill(&s, receiveBuffer, chunks)
		failed := s.room() // no keep
		for i := range failed {
			failed[i] = 0x5a
		}
		all = append(all, s.chunks...)
		s.wipe()
		for i, c := range all {
			if !bytes.Equal(c, make([]byte, len(c))) {
				t.Errorf("%d chunks: chunk %d holds data after wipe()", chunks, i)
			}
		}
		if s.chunks != nil || s.spare != nil || s.last != 0 || s.used != 0 {
			t.Errorf("%d chunks: the stage is in use after wipe(), want the zero stage", chunks)
		}
	}
}

// TestStageKeepsDatagrams checks that kept datagrams stay valid and do not overlap.
func TestStageKeepsDatagrams(t *testing.T) {
	t.Parallel()
	var s stage
	s.begin(new(sync.Pool))
	var kept [][]byte
	for i := range 3 * firstChunk / receiveBuffer {
		b := s.room()
		if len(b) != receiveBuffer {
			t.Fatalf("room() has %d bytes, want %d", len(b), receiveBuffer)
		}
		n := receiveBuffer - 1000*(i%3)
		for j := range b[:n] {
			b[j] = byte(i)
		}
		s.keep(n)
		kept = append(kept, b[:n])
	}
	for i, b := range kept {
		if slices.ContainsFunc(b, func(c byte) bool { return c != byte(i) }) {
			t.Errorf("datagram %d was overwritten", i)
		}
	}
	if len(s.chunks) > 3 {
		t.Errorf("%d datagrams need %d chunks, want at most 3", len(kept), len(s.chunks))
	}
}

// TestStageSpare checks how many chunks are kept for the next exchange, and that it uses
// them. A sync.Pool may lose what it holds, so several attempts are needed.
func TestStageSpare(t *testing.T) {
	t.Parallel()
	if maxSpare > 5 || maxChunk > 64<<20 || firstChunk > 256<<10 {
		t.Errorf("maxSpare = %d, maxChunk = %d, firstChunk = %d, want at most 5, 64 MiB and 256 KiB", maxSpare, maxChunk, firstChunk)
	}
	for range 100 {
		var pool sync.Pool
		var s stage
		s.begin(&pool)
		first := &s.chunks[0][0]
		for range 2 * maxSpare {
			s.chunks = append(s.chunks, make([]byte, receiveBuffer))
		}
		s.wipe()
		s.begin(&pool)
		if &s.chunks[0][0] != first {
			continue
		}
		if len(s.chunks) != maxSpare {
			t.Errorf("%d chunks were kept, want %d", len(s.chunks), maxSpare)
		}
		return
	}
	t.Errorf("no chunk was kept in 100 attempts, want %d", maxSpare)
}

// TestStageChunkSizes checks the sizes of chunks: they are small until the dump is large,
// and at most maxChunk.
func TestStageChunkSizes(t *testing.T) {
	t.Parallel()
	var s stage
	s.begin(new(sync.Pool))
	for range firstChunk / receiveBuffer {
		s.room()
		s.keep(receiveBuffer)
	}
	if len(s.chunks) != 1 {
		t.Errorf("%d datagrams need %d chunks, want 1", firstChunk/receiveBuffer, len(s.chunks))
	}
	s.used = 0
	for _, want := range []int{256 << 10, 768 << 10, 15 << 20, 64 << 20, 64 << 20, 64 << 20} {
		s.room()
		size := len(s.chunks[s.last])
		if size != want || size > maxChunk {
			t.Errorf("chunk %d has %d bytes, want %d", s.last, size, want)
		}
		s.used = size // full
	}
}
