package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// socketDirEnv is the environment variable with the socket directory of the act
// "handler of keys". If it is not set, the act uses the kernel devices of the
// network namespace that file descriptor 3 refers to.
const socketDirEnv = "WGCTRL_TEST_SOCKETS"

// handlings are the operations of the act "handler of keys". A test requests
// one by its code and sends the keys of the change that it makes.
var handlings = []struct {
	code byte
	name string
	do   func(ctx context.Context, c *wgctrl.Client, change wgtypes.Config) error
}{
	{'r', "reading", func(ctx context.Context, c *wgctrl.Client, _ wgtypes.Config) error {
		_, err := c.Device(ctx, "wg0")
		return err
	}},
	{'h', "reading a part", func(ctx context.Context, c *wgctrl.Client, _ wgtypes.Config) error {
		return readOne(ctx, c, func() error { return nil })
	}},
	{'m', "changing while reading", func(ctx context.Context, c *wgctrl.Client, change wgtypes.Config) error {
		return readOne(ctx, c, func() error { return c.ConfigureDevice(ctx, "wg0", change) })
	}},
	{'x', "canceling while reading", func(ctx context.Context, c *wgctrl.Client, _ wgtypes.Config) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if err := readOne(ctx, c, func() error { cancel(); return nil }); err != nil && !errors.Is(err, context.Canceled) {
			return err // no error: the next peer was already received
		}
		return nil
	}},
	{'c', "changing", func(ctx context.Context, c *wgctrl.Client, change wgtypes.Config) error {
		return c.ConfigureDevice(ctx, "wg0", change)
	}},
	{'s', "syncing", func(ctx context.Context, c *wgctrl.Client, change wgtypes.Config) error {
		_, err := c.SyncDevice(ctx, "wg0", change, wgctrl.SyncOptions{})
		return err
	}},
	{'e', "canceling while changing", func(ctx context.Context, c *wgctrl.Client, change wgtypes.Config) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		ctx = wginternal.WithProgress(ctx, func(int, int) { cancel() })
		if err := c.ConfigureDevice(ctx, "wg0", change); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	}},
}

// readOne reads a peer, calls then, does both again, and does not read the rest.
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
		options = []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir)}
	}
	c, err := wgctrl.New(options...)
	if err != nil {
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
	// NB: when the runtime preempts a goroutine with a signal, its registers,
	// with 64 bytes of what it was copying, stay on the signal stack. No library
	// can clear them.
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
