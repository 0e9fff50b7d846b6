//go:build linux

package wglinux

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A conversation is an operation and the reply of a scripted kernel.
type conversation struct {
	answer [][]byte // datagrams
	hold   func(ctx context.Context, b *Backend) error
}

// reading returns the conversation that reads a small device in several datagrams.
func reading() conversation {
	r := rand.New(rand.NewPCG(5, 5))
	dev := testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: 3, MaxPeers: 3, MinAllowedIPs: 2, MaxAllowedIPs: 2})
	for i := range dev.Peers {
		dev.Peers[i].Endpoint = wgtypes.Peer{}.Endpoint // no zones to look up
	}
	dev.Name, dev.Index = "wg0", nltest.IndexWG
	answering := nlwire.Header{Seq: scriptedSeq, PID: scriptedPID}
	c := conversation{hold: func(ctx context.Context, b *Backend) error {
		d := &device{b: b, link: nlwire.Link{Index: nltest.IndexWG, Name: "wg0", Kind: nlwire.Family}}
		got, err := readOnce(ctx, d)
		if err == nil && got.Index != nltest.IndexWG {
			return errors.New("another device")
		}
		return err
	}}
	h := answering
	h.Type = scriptedFamily
	for b := range nltest.Fragment(dev, h, 300) {
		c.answer = append(c.answer, slices.Clone(b))
	}
	c.answer = append(c.answer, nltest.Done(answering, 0, 0))
	return c
}

// conversations returns the conversations of a Backend with their correct replies.
func conversations() map[string]conversation {
	answering := nlwire.Header{Seq: scriptedSeq, PID: scriptedPID}
	multi := answering
	multi.Flags = nlwire.FlagMulti
	wg0, lo := nlwire.Link{Index: nltest.IndexWG, Name: "wg0", Kind: nlwire.Family}, nlwire.Link{Index: 1, Name: "lo"}
	return map[string]conversation{
		"read": reading(),
		"set": {[][]byte{nltest.Ack(answering, 0)}, func(ctx context.Context, b *Backend) error {
			return (&device{b: b, link: wg0}).Configure(ctx, wgtypes.Config{FirewallMark: new(uint32(1))}, nil)
		}},
		"list": {
			[][]byte{nltest.AppendLink(nltest.AppendLink(nil, multi, lo), multi, wg0), nltest.Done(answering, 0, 0)},
			func(ctx context.Context, b *Backend) error { _, err := b.List(ctx); return err },
		},
		"link": {
			[][]byte{nltest.AppendLink(nil, answering, wg0)},
			func(ctx context.Context, b *Backend) error { _, err := b.Open(ctx, "wg0"); return err },
		},
	}
}

// readOnce reads a device without retries.
func readOnce(ctx context.Context, d *device) (*wgtypes.Device, error) {
	r, err := d.Read(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	dev := r.Device()
	for {
		var p wgtypes.Peer
		err := r.Next(&p)
		if err == io.EOF {
			return dev, nil
		}
		if err != nil {
			return nil, err
		}
		dev.Peers = append(dev.Peers, p)
	}
}

// with runs the operation with this reply. The context ends when the operation waits
// for a further datagram.
func (c conversation) with(t *testing.T, answer ...[]byte) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dial := func() (transport, error) { return newScripted(cancel, answer...), nil }
	b := newBackend(Config{}, dial, dial)
	defer b.Close()
	return c.hold(ctx, b)
}

// isTyped reports whether err is of a type that callers can distinguish.
func isTyped(err error) bool {
	var answer *kernelError
	return errors.Is(err, context.Canceled) || errors.Is(err, nlwire.ErrMalformed) || errors.Is(err, wginternal.ErrInterrupted) ||
		errors.Is(err, wginternal.ErrNotWireGuard) || errors.Is(err, fs.ErrNotExist) || errors.As(err, &answer)
}

// TestReplyTruncated cuts each datagram of each answer at every byte, with no
// further datagrams. The operation must fail, at the latest when the context
// ends.
func TestReplyTruncated(t *testing.T) {
	t.Parallel()
	for name, c := range conversations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := c.with(t, c.answer...); err != nil {
				t.Fatalf("%s with the correct answer = %v, want nil", name, err)
			}
			for i := range c.answer {
				for n := range c.answer[i] {
					err := c.with(t, append(slices.Clone(c.answer[:i]), c.answer[i][:n])...)
					if err == nil || !isTyped(err) {
						t.Errorf("datagram %d cut at %d: %s = %v, want an error of a known type", i, n, name, err)
					}
				}
			}
		})
	}
}

// TestReplyCorruptNumbers overwrites every 16-bit number of every answer. The
// operation must succeed or return an error of a known type.
func TestReplyCorruptNumbers(t *testing.T) {
	t.Parallel()
	values := []uint16{0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 20, 0x7fff, 0x8000, 0x8004, 0xfffc, 0xffff}
	for name, c := range conversations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused := 0
			for i := range c.answer {
				for at := 0; at+2 <= len(c.answer[i]); at += 2 {
					for _, value := range values {
						answer := slices.Clone(c.answer)
						answer[i] = slices.Clone(answer[i])
						binary.NativeEndian.PutUint16(answer[i][at:], value)
						err := c.with(t, answer...)
						if err != nil && !isTyped(err) {
							t.Errorf("datagram %d with %d at %d: %s = %v, want nil or an error of a known type", i, value, at, name, err)
						}
						if err != nil {
							refused++
						}
					}
				}
			}
			if refused == 0 {
				t.Errorf("%s refused %d answers, want at least 1", name, refused)
			}
		})
	}
}

// TestReplyErrnos answers each request with each errno of the kernel, and with
// some invalid ones, in an acknowledgement and at the end of a dump.
func TestReplyErrnos(t *testing.T) {
	t.Parallel()
	answering := nlwire.Header{Seq: scriptedSeq, PID: scriptedPID}
	for name, c := range conversations() {
		for n := range 4098 {
			errno := unix.Errno(n)
			for what, answer := range map[string][]byte{"error": nltest.Ack(answering, errno), "end": nltest.Done(answering, 0, errno)} {
				err := c.with(t, answer)
				switch {
				case n > 4095 && !errors.Is(err, nlwire.ErrMalformed):
					t.Errorf("%s, %s with errno %d = %v, want ErrMalformed", name, what, n, err)
				case n > 0 && n <= 4095 && err == nil, err != nil && !isTyped(err):
					t.Errorf("%s, %s with errno %d = %v, want an error of a known type, or nil for 0", name, what, n, err)
				}
			}
		}
	}
}

// FuzzConversation answers with arbitrary datagrams, each preceded by its length
// in a byte. Every operation must succeed or return an error of a known type.
func FuzzConversation(f *testing.F) {
	all := conversations()
	for _, c := range all {
		var script []byte
		for _, datagram := range c.answer {
			if len(datagram) < 256*4 {
				script = append(append(script, byte(len(datagram)/4)), datagram...)
			}
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		var answer [][]byte
		for len(script) > 0 {
			n := min(4*int(script[0]), len(script)-1)
			answer = append(answer, script[1:1+n])
			script = script[1+n:]
		}
		for name, c := range all {
			if err := c.with(t, answer...); err != nil && !isTyped(err) {
				t.Errorf("%s = %v, want nil or an error of a known type", name, err)
			}
		}
	})
}
