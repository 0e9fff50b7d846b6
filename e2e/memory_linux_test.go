package e2e_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// TestMemoryHoldsNoKeys starts a process that reads and writes keys, and searches
// all of its memory for the encoded keys: as the text of a daemon's socket, or as
// netlink attributes. The library clears the buffers that it encodes and decodes
// keys in. Keys that are values belong to the program and are not searched for.
//
// A separate process has the keys, so that copies in this test do not count.
func TestMemoryHoldsNoKeys(t *testing.T) {
	t.Parallel()
	t.Run("userspace", func(t *testing.T) {
		t.Parallel()
		d := wireguardgotest.OfflineDevice(t)
		testMemory(t, d, []string{socketDirEnv + "=" + d.SocketDir()}, nil, hexForms)
	})
	t.Run("kernel", func(t *testing.T) {
		t.Parallel()
		d := wgtest.Kernel(t)
		fd, err := syscall.Dup(d.NetNS().FD())
		if err != nil {
			t.Fatal(err)
		}
		ns := os.NewFile(uintptr(fd), "namespace")
		defer ns.Close()
		testMemory(t, d, nil, []*os.File{ns}, netlinkForms)
	})
}

func testMemory(t *testing.T, d *wgtest.Device, env []string, files []*os.File, forms func(key []byte) [][]byte) {
	w := newWanted()
	var random []byte
	draw := func() (raw [wgtypes.KeyLen]byte) {
		rand.Read(raw[:])
		random = append(random, raw[:]...)
		return raw
	}
	large := wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(draw()))}
	for i := range 250 {
		large.Peers = append(large.Peers, wgtypes.PeerConfig{
			PublicKey: wgtypes.PublicKey{7, byte(i), byte(i >> 8)}, PresharedKey: new(wgtypes.NewPresharedKey(draw())),
		})
	}
	if err := d.Client(t).ConfigureDevice(t.Context(), d.Name, large); err != nil {
		t.Fatal(err)
	}
	for key := range slices.Chunk(random, wgtypes.KeyLen) {
		w.add(forms(key)...)
	}
	h := startHandler(t, env, files)
	for _, handling := range handlings {
		random = random[:0]
		for range 32 {
			draw()
		}
		for key := range slices.Chunk(random, wgtypes.KeyLen) {
			w.add(forms(key)...)
		}
		h.ask(t, handling.code, random)
		if found := w.in(t, h.cmd.Process.Pid); found > 0 {
			t.Errorf("after %s there are %d keys, or parts of keys, in memory, want 0", handling.name, found)
		}
	}
	// Check the search itself with strings that the process has.
	w.add([]byte("handler of keys!"), []byte("WGCTRL_TEST_SOCK"), []byte("WGCTRL_TEST_ACT="))
	if w.in(t, h.cmd.Process.Pid) == 0 {
		t.Error("the search found 0 strings of the environment, want at least 1")
	}
}

// hexForms returns three parts of a key in hexadecimal, as in the text protocol.
func hexForms(key []byte) [][]byte {
	text := []byte(hex.EncodeToString(key))
	return [][]byte{text[:wantedLen], text[24 : 24+wantedLen], text[len(text)-wantedLen:]}
}

// netlinkForms returns the beginnings of the attributes for a private key and for
// a preshared key. Clamping changes the first byte of a private key.
func netlinkForms(key []byte) [][]byte {
	clamped := append([]byte{key[0] & 0xf8}, key[1:]...)
	return [][]byte{
		append([]byte{36, 0, 2, 0}, key[:wantedLen-4]...), append([]byte{36, 0, 3, 0}, clamped[:wantedLen-4]...),
	}
}

// wantedLen is the length of each byte string in wanted.
const wantedLen = 16

// wanted is a set of byte strings. begins is indexed by their first two bytes.
type wanted struct {
	begins [1 << 16]bool
	all    map[[wantedLen]byte]bool
}

func newWanted() *wanted { return &wanted{all: make(map[[wantedLen]byte]bool)} }

func (w *wanted) add(strings ...[]byte) {
	for _, s := range strings {
		w.begins[int(s[0])<<8|int(s[1])] = true
		w.all[[wantedLen]byte(s)] = true
	}
}

// in counts the occurrences in the writable memory of a process.
func (w *wanted) in(t *testing.T, pid int) (n int) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil {
			t.Fatalf("line %q of /proc/%d/maps: %v, want a range and a mode", line, pid, err)
		}
		const most = 1 << 30 // larger areas are address space that the race detector reserves
		if mode[1] == 'w' && to-from < most {
			n += w.between(memory, int64(from), int64(to))
		}
	}
	return n
}

func (w *wanted) between(memory io.ReaderAt, from, to int64) (n int) {
	const piece, page = 4 << 20, 4 << 10
	var zeros [page]byte
	buf := make([]byte, piece+wantedLen)
	for ; from < to; from += piece {
		size, err := memory.ReadAt(buf[:min(int64(len(buf)), to-from)], from)
		if size == 0 && err != nil {
			return n // memory of a device, or unmapped
		}
		for at := 0; at < min(size, piece); at += page {
			// No wanted string begins with a zero.
			if in := buf[at:min(at+page, size)]; !bytes.Equal(in, zeros[:len(in)]) {
				n += w.beginning(buf[at:min(at+page+wantedLen-1, size)])
			}
		}
	}
	return n
}

func (w *wanted) beginning(in []byte) (n int) {
	for i := range max(len(in)-wantedLen+1, 0) {
		if w.begins[int(in[i])<<8|int(in[i+1])] && w.all[[wantedLen]byte(in[i:])] {
			n++
		}
	}
	return n
}
