package wgctrl_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestKeysAreForgotten looks through the memory of this process for the text of
// keys that went to a daemon and came from it, whole, in parts, and in
// operations that were ended: every buffer that held them was cleared. (The
// keys themselves are the caller's to keep.)
func TestKeysAreForgotten(t *testing.T) {
	t.Parallel()
	p := daemonProcess(t)
	key, _ := wgtypes.GeneratePrivateKey()
	psk, _ := wgtypes.GeneratePresharedKey()
	var large wgtypes.Config
	for i := range 3000 { // much more than a buffer
		large.Peers = append(large.Peers, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{byte(i), byte(i >> 8), 1}, PresharedKey: &psk})
	}
	large.PrivateKey = &key
	// At once, before what was freed is used again.
	forgotten := func(after string) {
		t.Helper()
		if n, m := occurrences(t, key.Bytes()), occurrences(t, psk.Bytes()); n+m > 0 {
			t.Errorf("after %s the text of the private key is in memory %d times, of the preshared key %d times", after, n, m)
		}
	}
	p.configure(t, large)
	forgotten("a change")
	if got := p.read(t); len(got.Peers) != len(large.Peers) || !got.PrivateKey.Equal(key) || !got.Peers[0].PresharedKey.Equal(psk) {
		t.Fatalf("%d peers", len(got.Peers))
	}
	forgotten("reading")
	readPart(t, p.subject, psk)
	forgotten("reading in part")
	for _, percent := range []int{0, 1, 50, 99} {
		cancelled(t, p.subject, large, percent)
	}
	forgotten("ended changes")
	large.Peers = large.Peers[:1000]
	large.ReplacePeers = true
	if _, err := p.client.SyncDevice(t.Context(), p.name, large, wgctrl.SyncOptions{}); err != nil {
		t.Error(err)
	}
	forgotten("a sync")
}

// readPart reads some peers, has the rest taken to memory by a change, and
// leaves it.
func readPart(t *testing.T, s subject, psk wgtypes.PresharedKey) {
	t.Helper()
	r, err := s.client.Read(t.Context(), s.name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for p, err := range r.Peers() {
		if err != nil || !p.PresharedKey.Equal(psk) {
			t.Fatal(err)
		}
		if n++; n == 5 {
			s.configure(t, wgtypes.Config{FirewallMark: new(uint32)})
		}
		if n == 10 {
			return
		}
	}
}

// cancelled ends a change when so much of it was written.
func cancelled(t *testing.T, s subject, c wgtypes.Config, percent int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx = wginternal.WithProgress(ctx, func(done, all int) {
		if all > 0 && done*100 >= all*percent {
			cancel()
		}
	})
	if err := s.client.ConfigureDevice(ctx, s.name, c); !errors.Is(err, context.Canceled) && err != nil {
		t.Error(err)
	}
}

// occurrences counts where the hexadecimal text of k is in the memory that this
// process can write. It takes care not to make one.
func occurrences(t *testing.T, k [wgtypes.KeyLen]byte) (n int) {
	t.Helper()
	const mask = 0x80 // what is not text is never equal to it
	var masked [2 * wgtypes.KeyLen]byte
	for i, b := range k {
		masked[2*i] = "0123456789abcdef"[b>>4] | mask
		masked[2*i+1] = "0123456789abcdef"[b&15] | mask
	}
	// A window outside of the heap, which is not looked through.
	window, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(window)
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip(err)
	}
	defer mem.Close()
	for _, r := range writable(t, window) {
		const overlap = len(masked) - 1
		for at := r.start; at < r.end; at += uint64(len(window) - overlap) {
			got, _ := mem.ReadAt(window[:min(uint64(len(window)), r.end-at)], int64(at))
			n += countMasked(window[:got], masked[:], mask)
		}
	}
	return n
}

// countMasked counts masked in b, whose bytes have no mask.
func countMasked(b, masked []byte, mask byte) (n int) {
	first := masked[0] &^ mask
	for {
		i := bytes.IndexByte(b, first)
		if i < 0 || len(b)-i < len(masked) {
			return n
		}
		b = b[i:]
		same := true
		for j := 0; same && j < len(masked); j++ {
			same = b[j]|mask == masked[j] && b[j] < mask
		}
		if same {
			n++
		}
		b = b[1:]
	}
}

type region struct{ start, end uint64 }

// writable returns the private memory of this process, without the window.
func writable(t *testing.T, window []byte) (regions []region) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	windowAt := fmt.Sprintf("%p", window)
	for line := range strings.Lines(string(maps)) {
		var r region
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &r.start, &r.end, &mode); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(mode, "rw-p") && fmt.Sprintf("%#x", r.start) != windowAt {
			regions = append(regions, r)
		}
	}
	return regions
}

// TestOccurrences shows that the search finds what there is.
func TestOccurrences(t *testing.T) {
	t.Parallel()
	key, _ := wgtypes.GeneratePrivateKey()
	if n := occurrences(t, key.Bytes()); n != 0 {
		t.Errorf("%d before it was written", n)
	}
	raw := key.Bytes()
	b := append(make([]byte, 0, 100), "private_key="...)
	b = hex.AppendEncode(b, raw[:])
	if n := occurrences(t, raw); n != 1 {
		t.Errorf("%d of one", n)
	}
	clear(b)
	if n := occurrences(t, raw); n != 0 {
		t.Errorf("%d after it was cleared", n)
	}
}
