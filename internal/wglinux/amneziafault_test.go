//go:build linux

package wglinux

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// tamperedAmnezia returns a Backend over k whose transports are wrapped with tamper.
func tamperedAmnezia(k *nltest.Kernel, tamper func(transport) transport) *Backend {
	dial := func(route bool) func() (transport, error) {
		return func() (transport, error) { return tamper(k.Dial(route)), nil }
	}
	return newBackend(Config{Kind: wgtypes.KindAmneziaKernel}, dial(false), dial(true))
}

// TestAmneziaCancelAtEveryStep ends the context at each call of the transport during a
// change. It must return context.Canceled or succeed, leak no socket, and leave a device
// that can be changed again.
func TestAmneziaCancelAtEveryStep(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		c := testutil.Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(3)), Jmin: new(uint16(10)), Jmax: new(uint16(20))})
		c.PrivateKey, c.Peers = &testutil.Key1, testutil.FullPeers(800, 1)
		for at, reached := 0, true; reached; at++ {
			k := nltest.NewAmneziaKernel(version)
			s := testutil.NewStepCounter()
			b := tamperedAmnezia(k, func(inner transport) transport {
				return tampering{transport: inner, step: func(string) { s.Step() }}
			})
			ctx, cancel := context.WithCancel(t.Context())
			s.Arm(at, cancel)
			err := onDevice(func(ctx context.Context, d wginternal.Device) error { return d.Configure(ctx, c, nil) })(ctx, b)
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("step %d: Configure() = %v, want nil or context.Canceled", at, err)
			}
			checkPartialError(t, err, at)
			reached = s.Reached()
			s.Arm(-1, nil)
			if err := configure(t, b, c); err != nil {
				t.Errorf("after step %d: Configure() = %v, want nil", at, err)
			}
			if err := b.Close(); err != nil || k.Sockets() != 0 || k.Crash() != "" {
				t.Errorf("after step %d: Close() = %v, %d sockets, crash %q, want nil, 0, none", at, err, k.Sockets(), k.Crash())
			}
			cancel()
		}
	})
}

// TestAmneziaCorruptReplies changes one bit of a random reply, or cuts the reply, while a
// device is changed. Nothing may panic or crash the module, and the parameters stay
// valid.
func TestAmneziaCorruptReplies(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 7))
			k := nltest.NewAmneziaKernel(version)
			b := amneziaBackend(t, k)
			requests, corrupted := 0, r.IntN(10)
			k.SetFault(func(x nltest.Exchange) [][]byte {
				if requests++; requests-1 != corrupted {
					return nil
				}
				answer := x.Answer()
				i := r.IntN(len(answer))
				if at := r.IntN(len(answer[i])); r.IntN(4) == 0 {
					answer[i] = answer[i][:at]
				} else {
					answer[i][at] ^= 1 << r.IntN(8)
				}
				return append(answer, nltest.Failure(unix.ENOBUFS)) // instead of waiting
			})
			for range 3 {
				have := k.Device()
				c := testutil.RandomConfig(r, have, testutil.RandomOptions{MinPeers: 1, MaxPeers: 3, Amnezia: version})
				_ = configure(t, b, possible(version, have, c))
			}
			if err := k.Device().Amnezia.Validate(); err != nil {
				t.Fatalf("seed %d: the parameters are invalid: %v", seed, err)
			}
		}
	})
}

// TestAmneziaInterrupted marks each message of the dump before a change as inconsistent.
// The parameters are in its first message, so the change succeeds.
func TestAmneziaInterrupted(t *testing.T) {
	t.Parallel()
	const flagsAt = 6 // of a message's header
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		k := nltest.NewAmneziaKernel(version)
		b := amneziaBackend(t, k)
		k.SetFault(func(x nltest.Exchange) [][]byte {
			if len(x.Payload) == 0 || x.Payload[0] != 0 {
				return nil
			}
			answer := x.Answer()
			for _, datagram := range answer {
				flags := datagram[flagsAt : flagsAt+2]
				binary.NativeEndian.PutUint16(flags, binary.NativeEndian.Uint16(flags)|nlwire.FlagDumpIntr)
			}
			return answer
		})
		c := testutil.Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(3)), Jmin: new(uint16(10)), Jmax: new(uint16(20))})
		if err := configure(t, b, c); err != nil {
			t.Errorf("configure() = %v, want nil", err)
		}
		if _, err := read(t, b); !errors.Is(err, wginternal.ErrInterrupted) {
			t.Errorf("read() = %v, want ErrInterrupted", err)
		}
	})
}

// TestAmneziaRecordedPackets checks that the backend sends no description of a packet
// that the recorded modules refused.
func TestAmneziaRecordedPackets(t *testing.T) {
	t.Parallel()
	sent := 0
	for file, version := range map[string]wgtypes.AmneziaVersion{"1.0.20260725.txt": wgtypes.AmneziaV20, "3.0.20260805.txt": wgtypes.AmneziaV30} {
		b, err := os.ReadFile(filepath.Join("nltest", "testdata", "amnezia", file))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			rest, ok := strings.CutPrefix(line, "set 21=")
			text, answer, _ := strings.Cut(rest, " -> ")
			packet, err := hex.DecodeString(text)
			if !ok || err != nil || len(packet) == 0 || packet[len(packet)-1] != 0 {
				continue
			}
			have := wgtypes.DefaultAmnezia()
			want := have
			want.I1 = string(packet[:len(packet)-1])
			if want.Validate() != nil || checkSupported(version, &have, &want) != nil {
				continue
			}
			sent++
			if !strings.HasPrefix(answer, "ok") {
				t.Errorf("version %v: I1 %q is sent, but the module answered %s", version, want.I1, answer)
			}
		}
	}
	if sent < 20 {
		t.Errorf("%d recorded packets are sent, want at least 20", sent)
	}
}

// TestAmneziaReplyOfOther answers the read before a change with another device. Nothing
// must be sent.
func TestAmneziaReplyOfOther(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		k := nltest.NewAmneziaKernel(version)
		b := amneziaBackend(t, k)
		k.SetFault(func(x nltest.Exchange) [][]byte {
			if x.Payload[0] != 0 {
				return nil
			}
			dev := wgtypes.Device{Name: "other", Index: nltest.IndexEth, Amnezia: &wgtypes.Amnezia{Version: version}}
			for b := range nltest.Fragment(&dev, nlwire.Header{Type: x.Header.Type, Seq: x.Header.Seq, PID: x.Header.PID}, 4000) {
				return [][]byte{append(b, nltest.Done(x.Header, 0, 0)...)}
			}
			return nil
		})
		for _, c := range []wgtypes.Config{{FirewallMark: new(uint32(1))}, testutil.Amnezia(wgtypes.AmneziaConfig{S1: new(uint16(5))})} {
			if err := configure(t, b, c); !errors.Is(err, nlwire.ErrMalformed) {
				t.Errorf("configure(%v) = %v, want ErrMalformed", c, err)
			}
		}
		if n := len(k.Sets()); n != 0 {
			t.Errorf("%d sets were sent, want none", n)
		}
	})
}
