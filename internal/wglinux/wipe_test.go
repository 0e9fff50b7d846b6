//go:build linux

package wglinux

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// buffers records every buffer that a Backend sends from or receives in.
type buffers struct {
	mu  sync.Mutex
	all map[*byte][]byte
}

func (r *buffers) note(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if cap(b) == 0 {
		return
	}
	first := &b[:1][0]
	if len(r.all[first]) < cap(b) {
		r.all[first] = b[:cap(b)]
	}
}

// dirty returns the number of buffers that are not zero.
func (r *buffers) dirty() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.all {
		if slices.ContainsFunc(b, func(x byte) bool { return x != 0 }) {
			n++
		}
	}
	return n
}

// TestBuffersAreWipedAfterErrors checks that buffers are wiped no matter how an
// operation ends: successfully, refused, within a reply, or with its context.
func TestBuffersAreWipedAfterErrors(t *testing.T) {
	t.Parallel()
	psk := wgtypes.NewPresharedKey([32]byte{1, 2, 3})
	secret := wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey([32]byte{1: 1, 31: 0x40}))}
	for i := range 300 {
		secret.Peers = append(secret.Peers, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{2, byte(i), byte(i >> 8)}, PresharedKey: &psk, AllowedIPs: manyPrefixes(20)})
	}
	for name, fault := range map[string]func(nltest.Exchange) [][]byte{
		"succeeded":  nil,
		"refused":    func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.EPERM)} },
		"half of it": func(q nltest.Exchange) [][]byte { return q.Answer()[:1] },
		"no buffers": func(q nltest.Exchange) [][]byte { return append(q.Answer()[:1:1], nltest.Failure(unix.ENOBUFS)) },
		"malformed": func(q nltest.Exchange) [][]byte {
			return append(q.Answer()[:1:1], []byte("sixteen bytes and more of it"))
		},
		"not finished": func(nltest.Exchange) [][]byte { return [][]byte{{}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := withDevice(100)
			seen := &buffers{all: make(map[*byte][]byte)}
			var receives atomic.Int32
			var cancel context.CancelFunc
			b := between(t, k, func(inner transport) transport {
				return noting{inner, seen, func() {
					// No datagram follows half of a reply.
					if receives.Add(1) == 2 && (name == "half of it" || name == "not finished") {
						cancel()
					}
				}}
			})
			d, err := b.Open(t.Context(), "wg0")
			if err != nil {
				t.Fatal(err)
			}
			k.SetFault(fault)
			for _, operate := range []func(ctx context.Context){
				func(ctx context.Context) { _ = d.Configure(ctx, secret, nil) },
				func(ctx context.Context) { _, _ = wginternal.ReadDevice(ctx, d, nil) },
				func(ctx context.Context) {
					if r, err := d.Read(ctx); err == nil {
						_ = r.Next(new(wgtypes.Peer))
						_ = r.Close()
					}
				},
			} {
				ctx, end := context.WithCancel(t.Context())
				cancel = end
				receives.Store(0)
				operate(ctx)
				end()
			}
			if n := seen.dirty(); n > 0 {
				t.Errorf("%d of %d buffers hold data, want 0", n, len(seen.all))
			}
			if len(seen.all) < 2 {
				t.Errorf("%d buffers, want at least 2", len(seen.all))
			}
		})
	}
}

// noting is a transport that records the buffers that it gets.
type noting struct {
	transport
	seen    *buffers
	receive func() // before each
}

func (n noting) Send(b []byte) error {
	n.seen.note(b)
	return n.transport.Send(b)
}

func (n noting) Recv(b []byte) (int, uint32, error) {
	n.receive()
	n.seen.note(b)
	return n.transport.Recv(b)
}
