package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
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
	dir := t.TempDir()
	h := startHandler(t, append(env, keyFileDirEnv+"="+dir), files)
	for _, handling := range handlings {
		random = random[:0]
		for range 32 {
			draw()
		}
		for key := range slices.Chunk(random, wgtypes.KeyLen) {
			w.add(forms(key)...)
		}
		h.ask(t, handling.code, random)
		keyFiles, err := filepath.Glob(filepath.Join(dir, "key*"))
		if err != nil || handling.code == 'k' && len(keyFiles) == 0 {
			t.Fatalf("the key files are %q, %v, want some", keyFiles, err)
		}
		for _, file := range keyFiles {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w.add(text[:wantedLen], text[wantedLen:2*wantedLen])
		}
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

// socketDirEnv is the environment variable with the socket directory of the act
// "handler of keys". If it is not set, the act uses the kernel devices of the
// network namespace that file descriptor 3 refers to.
const socketDirEnv = "WGCTRL_TEST_SOCKETS"

// keyFileDirEnv is the environment variable with the directory of key files.
const keyFileDirEnv = "WGCTRL_TEST_KEYS"

// handlings are the operations of the act "handler of keys". A test requests
// one by its code and sends the keys of the change that it makes.
var handlings = []struct {
	code byte
	name string
	do   func(ctx context.Context, c *keyClient, change wgtypes.Config) error
}{
	{'r', "reading", func(ctx context.Context, c *keyClient, _ wgtypes.Config) error {
		_, err := c.Device(ctx, "wg0")
		return err
	}},
	{'h', "reading a part", func(ctx context.Context, c *keyClient, _ wgtypes.Config) error {
		return readOne(ctx, c.Client, func() error { return nil })
	}},
	{'m', "changing while reading", func(ctx context.Context, c *keyClient, change wgtypes.Config) error {
		return readOne(ctx, c.Client, func() error { return c.ConfigureDevice(ctx, "wg0", change) })
	}},
	{'x', "canceling while reading", func(ctx context.Context, c *keyClient, _ wgtypes.Config) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if err := readOne(ctx, c.Client, func() error { cancel(); return nil }); err != nil && !errors.Is(err, context.Canceled) {
			return err // no error: the next peer was already received
		}
		return nil
	}},
	{'k', "generating and loading a key file", func(context.Context, *keyClient, wgtypes.Config) error {
		file := filepath.Join(os.Getenv(keyFileDirEnv), fmt.Sprintf("key%d", time.Now().UnixNano()))
		_, _, err := wgctrl.LoadOrGenerateKey(file)
		_, _, loadErr := wgctrl.LoadOrGenerateKey(file)
		return errors.Join(err, loadErr)
	}},
	{'c', "changing", func(ctx context.Context, c *keyClient, change wgtypes.Config) error {
		return c.ConfigureDevice(ctx, "wg0", change)
	}},
	{'s', "syncing", func(ctx context.Context, c *keyClient, change wgtypes.Config) error {
		_, err := c.SyncDevice(ctx, "wg0", change, wgctrl.SyncOptions{})
		return err
	}},
	{'e', "canceling while changing", func(ctx context.Context, c *keyClient, change wgtypes.Config) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		c.onProgress = cancel
		defer func() { c.onProgress = func() {} }()
		if err := c.ConfigureDevice(ctx, "wg0", change); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	}},
}

// keyClient is a Client with a function that is called while it reads or writes.
type keyClient struct {
	*wgctrl.Client
	onProgress func()
}

// readOne reads a peer and calls then(), does both again, and does not read the rest.
func readOne(ctx context.Context, c *wgctrl.Client, then func() error) error {
	r, err := c.StreamDevice(ctx, "wg0")
	if err != nil {
		return err
	}
	defer r.Close()
	for range 2 {
		for _, err := range r.Peers() {
			if err != nil {
				return err
			}
			break
		}
		if err := then(); err != nil {
			return err
		}
	}
	return nil
}

// keyHandler reads requests from standard input: the code of an operation and
// the bytes of 32 keys. It does the operation and prints "done". Only the
// library encodes and decodes the keys as text.
func keyHandler(ctx context.Context) error {
	options := []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindKernel), wgctrl.WithNetNS(3)}
	if dir := os.Getenv(socketDirEnv); dir != "" {
		options = []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir), wgctrl.WithReplyTimeout(-1)}
	}
	c := &keyClient{onProgress: func() {}}
	options = append(options, wgctrl.WithProgress(func(wgctrl.Progress) { c.onProgress() }))
	var err error
	if c.Client, err = wgctrl.New(options...); err != nil {
		return err
	}
	defer c.Close()
	for {
		var code [1]byte
		if _, err := io.ReadFull(os.Stdin, code[:]); err != nil {
			return nil // the test closed the pipe
		}
		change := wgtypes.Config{}
		for i := range byte(32) {
			var raw [wgtypes.KeyLen]byte
			if _, err := io.ReadFull(os.Stdin, raw[:]); err != nil {
				return err
			}
			if i == 0 {
				change.PrivateKey = new(wgtypes.NewPrivateKey(raw))
				continue
			}
			change.Peers = append(change.Peers, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{8, i}, PresharedKey: new(wgtypes.NewPresharedKey(raw))})
		}
		for _, h := range handlings {
			const often = 5 // whether a key is left behind may depend on chance
			for n := 0; h.code == code[0] && n < often; n++ {
				if err := h.do(ctx, c, change); err != nil {
					return fmt.Errorf("%s: %w", h.name, err)
				}
			}
		}
		fmt.Println("done")
	}
}

// handler is a process that runs the act "handler of keys".
type handler struct {
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Reader
}

func startHandler(t *testing.T, env []string, files []*os.File) *handler {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	// When the runtime preempts a goroutine with a signal, its registers, which may
	// hold 64 bytes of a copy in progress, stay on the signal stack. No library can
	// clear them.
	cmd.Env = append(append(os.Environ(), actAs+"=handler of keys", "GODEBUG=asyncpreemptoff=1"), env...)
	cmd.ExtraFiles = files
	in, out := startWithPipes(t, cmd)
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the handler of keys ended with %v, want exit code 0", err)
		}
	})
	return &handler{cmd, in, out}
}

func (h *handler) ask(t *testing.T, code byte, keys []byte) {
	t.Helper()
	if _, err := h.in.Write(append([]byte{code}, keys...)); err != nil {
		t.Fatal(err)
	}
	if line, err := h.out.ReadString('\n'); line != "done\n" {
		t.Fatalf("the handler of keys printed %q, %v, want %q", line, err, "done\n")
	}
}
