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

// TestMemoryHoldsNoKeys has a process that reads and writes keys, and looks for
// them in all of its memory, in the form that a daemon's socket or the kernel's
// takes: the buffers that they went through are cleared. (Keys that are values
// are the program's own.)
//
// The process with the keys is another one, so that nothing here has them too.
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
			t.Errorf("after %s there are %d keys, or parts of keys, in memory", handling.name, found)
		}
	}
	// The search finds what is there.
	w.add([]byte("handler of keys!"), []byte("WGCTRL_TEST_SOCK"), []byte("WGCTRL_TEST_ACT="))
	if w.in(t, h.cmd.Process.Pid) == 0 {
		t.Error("the search finds nothing")
	}
}

// hexForms are three parts of a key as a daemon's socket has it.
func hexForms(key []byte) [][]byte {
	text := []byte(hex.EncodeToString(key))
	return [][]byte{text[:wantedLen], text[24 : 24+wantedLen], text[len(text)-wantedLen:]}
}

// netlinkForms are a private key's and a preshared key's attributes, as far as
// the clamping of a private key leaves the key.
func netlinkForms(key []byte) [][]byte {
	clamped := append([]byte{key[0] & 0xf8}, key[1:]...)
	return [][]byte{
		append([]byte{36, 0, 2, 0}, key[:wantedLen-4]...), append([]byte{36, 0, 3, 0}, clamped[:wantedLen-4]...),
	}
}

// wantedLen is the length of what is looked for.
const wantedLen = 16

// wanted is a set of byte strings of one length, found by their beginnings.
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

// in counts how often they are in the memory that a process may write.
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
			t.Fatalf("%q: %v", line, err)
		}
		const most = 1 << 30 // the race detector reserves more, for what are no bytes
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
			return n // of a device, or gone
		}
		for at := 0; at < min(size, piece); at += page {
			// Nothing that is wanted begins with a zero.
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
