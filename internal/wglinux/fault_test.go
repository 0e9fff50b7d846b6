//go:build linux

package wglinux

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// withDevice returns a fake kernel whose device is read in several messages.
func withDevice(peers int) *nltest.Kernel {
	k := nltest.NewKernel()
	r := rand.New(rand.NewPCG(9, 9))
	d := testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: peers, MinAllowedIPs: 10})
	for i := range d.Peers {
		d.Peers[i].Endpoint = wgtypes.Peer{}.Endpoint // no zones to look up
	}
	k.SetDevice(d)
	return k
}

// TestReadErrors replaces the reply to a get. Each read must fail, and the next one over
// the same Backend must succeed.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	edit := func(change func(q nltest.Exchange, datagrams [][]byte) [][]byte) func(nltest.Exchange) [][]byte {
		return func(q nltest.Exchange) [][]byte { return change(q, q.Answer()) }
	}
	tests := map[string]struct {
		fault func(q nltest.Exchange) [][]byte
		want  error // nil for any
	}{
		"nothing but the end": {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Done(q.Header, 0, 0)} }},
		"an acknowledgement":  {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, 0)} }},
		"an empty datagram":   {fault: func(nltest.Exchange) [][]byte { return [][]byte{{}, {}, []byte("garbage")} }},
		"garbage": {
			fault: func(nltest.Exchange) [][]byte { return [][]byte{[]byte("sixteen bytes and more of it")} },
			want:  nlwire.ErrMalformed,
		},
		"another sequence": {fault: func(q nltest.Exchange) [][]byte {
			q.Header.Seq++
			return [][]byte{nltest.Done(q.Header, 0, 0)}
		}},
		"another port": {fault: func(q nltest.Exchange) [][]byte {
			q.Header.PID++
			return [][]byte{nltest.Done(q.Header, 0, 0)}
		}},
		"another device": {fault: func(q nltest.Exchange) [][]byte {
			h := nlwire.Header{Type: q.Header.Type, Seq: q.Header.Seq, PID: q.Header.PID}
			for b := range nltest.Fragment(&wgtypes.Device{Index: 5}, h, 4000) {
				return [][]byte{b}
			}
			return nil
		}},
		"another type": {fault: func(q nltest.Exchange) [][]byte {
			h := nlwire.Header{Type: q.Header.Type + 1, Seq: q.Header.Seq, PID: q.Header.PID}
			for b := range nltest.Fragment(&wgtypes.Device{Index: nltest.IndexWG}, h, 4000) {
				return [][]byte{b}
			}
			return nil
		}},
		"refused": {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.EBUSY)} }, want: unix.EBUSY},
		"refused, and more": {fault: func(q nltest.Exchange) [][]byte {
			return [][]byte{append(nltest.Ack(q.Header, unix.EBUSY), nltest.Ack(q.Header, unix.EPERM)...)}
		}, want: unix.EBUSY},
		"gone":          {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.ENODEV)} }, want: fs.ErrNotExist},
		"not permitted": {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.EPERM)} }, want: fs.ErrPermission},
		"late error":    {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Done(q.Header, 0, unix.ENODEV)} }, want: fs.ErrNotExist},
		"no buffers":    {fault: func(nltest.Exchange) [][]byte { return [][]byte{nltest.Failure(unix.ENOBUFS)} }, want: unix.ENOBUFS},
		"error half-way": {fault: edit(func(q nltest.Exchange, d [][]byte) [][]byte {
			return [][]byte{d[0], d[1], nltest.Ack(q.Header, unix.ENOMEM)}
		}), want: unix.ENOMEM},
		"failing half-way": {
			fault: edit(func(_ nltest.Exchange, d [][]byte) [][]byte { return [][]byte{d[0], nltest.Failure(unix.ENOBUFS)} }),
			want:  unix.ENOBUFS,
		},
		"a message cut short": {
			fault: edit(func(_ nltest.Exchange, d [][]byte) [][]byte { return [][]byte{d[0], d[1][:len(d[1])/2]} }),
			want:  nlwire.ErrMalformed,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := withDevice(30)
			b := fakeBackend(t, k)
			k.SetFault(test.fault)
			d, err := read(t, b)
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("%v, %v; want %v", d, err, test.want)
			}
			if test.want == fs.ErrPermission && !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
				t.Errorf("read() error = %q, want CAP_NET_ADMIN in it", err)
			}
			k.SetFault(nil)
			if got, err := read(t, b); err != nil || len(got.Peers) != 30 {
				t.Errorf("the next read() = %+v, %v, want 30 peers", got, err)
			}
		})
	}
}

// TestReplyToOther replies to a read with a valid dump whose sequence number or port is
// another one. Both must be checked.
func TestReplyToOther(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(h *nlwire.Header){
		"sequence number": func(h *nlwire.Header) { h.Seq++ }, "port": func(h *nlwire.Header) { h.PID++ },
	} {
		k := withDevice(1)
		b := fakeBackend(t, k)
		k.SetFault(func(q nltest.Exchange) [][]byte {
			h := nlwire.Header{Type: q.Header.Type, Seq: q.Header.Seq, PID: q.Header.PID}
			change(&h)
			for b := range nltest.Fragment(&wgtypes.Device{Index: nltest.IndexWG}, h, 4000) {
				return [][]byte{append(b, nltest.Done(h, 0, 0)...)}
			}
			return nil
		})
		if d, err := read(t, b); !errors.Is(err, nlwire.ErrMalformed) {
			t.Errorf("read() of a reply with another %s = %+v, %v, want ErrMalformed", what, d, err)
		}
	}
}

// TestRequestBuffer checks that a request is encoded in a buffer of the announced size:
// growing it would leave keys in the old one.
func TestRequestBuffer(t *testing.T) {
	t.Parallel()
	x, err := fakeBackend(t, nltest.NewKernel()).genl.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer x.end()
	for _, size := range []int{smallRequest, 5000, nlwire.MaxSet} {
		var room int
		_ = x.request(size, func(b []byte, h nlwire.Header) []byte {
			room = cap(b) - len(b)
			return nlwire.AppendGet(b, h, 1)
		})
		if room < size {
			t.Errorf("request(%d) has a buffer for %d bytes, want at least %d", size, room, size)
		}
	}
}

// TestFailureEndsPeer checks that a peer whose allowed IPs are not complete when the dump
// fails is not returned.
func TestFailureEndsPeer(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	p := wgtypes.Peer{PublicKey: testutil.PeerA}
	for i := range 5000 {
		p.AllowedIPs = append(p.AllowedIPs, netip.MustParsePrefix(fmt.Sprintf("fd00::%x/128", i)))
	}
	k.SetDevice(&wgtypes.Device{Peers: []wgtypes.Peer{p}})
	k.SetFault(func(x nltest.Exchange) [][]byte {
		return [][]byte{x.Answer()[0], nltest.Ack(x.Header, unix.ENOMEM)}
	})
	ref := wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel, Index: nltest.IndexWG}
	r, err := fakeBackend(t, k).OpenRef(ref).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got wgtypes.Peer
	if err := r.Next(&got); !errors.Is(err, unix.ENOMEM) {
		t.Errorf("Next() = %v with %d allowed IPs, want %v", err, len(got.AllowedIPs), unix.ENOMEM)
	}
}

// TestLargestDatagrams reads a dump whose datagrams are as large as those of a kernel.
func TestLargestDatagrams(t *testing.T) {
	t.Parallel()
	k := withDevice(300)
	b := fakeBackend(t, k)
	largest := 0
	k.SetFault(func(q nltest.Exchange) [][]byte {
		var datagrams [][]byte
		dev := q.Link(nltest.IndexWG).Device
		dev.Index = nltest.IndexWG
		h := nlwire.Header{Type: q.Header.Type, Seq: q.Header.Seq, PID: q.Header.PID}
		for b := range nltest.Fragment(&dev, h, 32448) {
			datagrams = append(datagrams, slices.Clone(b))
			largest = max(largest, len(b))
		}
		return append(datagrams, nltest.Done(q.Header, 0, 0))
	})
	if got, err := read(t, b); err != nil || len(got.Peers) != 300 {
		t.Errorf("read() = %+v, %v, want 300 peers", got, err)
	}
	if largest < 32000 {
		t.Errorf("the largest datagram has %d bytes, want at least 32000", largest)
	}
}

// TestKernelErrorText checks that an error has the errno's text and the kernel's.
func TestKernelErrorText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  *kernelError
		want string
	}{
		{&kernelError{errno: unix.EINVAL}, "invalid argument"},
		{&kernelError{errno: unix.EINVAL, text: "Unknown attribute type"}, "invalid argument: Unknown attribute type"},
	} {
		if got := test.err.Error(); got != test.want || !errors.Is(test.err, unix.EINVAL) {
			t.Errorf("Error() = %q, want %q and EINVAL", got, test.want)
		}
	}
}

// TestForeignDatagrams checks that datagrams of other processes are dropped.
func TestForeignDatagrams(t *testing.T) {
	t.Parallel()
	k := withDevice(30)
	b := fakeBackend(t, k)
	k.SetFault(func(q nltest.Exchange) [][]byte {
		var mixed [][]byte
		for _, datagram := range q.Answer() {
			mixed = append(mixed, []byte(nltest.Foreign), datagram)
		}
		return mixed
	})
	if got, err := read(t, b); err != nil || len(got.Peers) != 30 {
		t.Errorf("read() with foreign datagrams = %+v, %v, want 30 peers", got, err)
	}
}

// TestCutReply cuts the first datagram of a dump at every byte. The read must fail.
func TestCutReply(t *testing.T) {
	t.Parallel()
	k := withDevice(2)
	b := fakeBackend(t, k)
	var whole []byte
	k.SetFault(func(q nltest.Exchange) [][]byte { whole = q.Answer()[0]; return nil })
	if _, err := read(t, b); err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		k.SetFault(func(q nltest.Exchange) [][]byte {
			return [][]byte{q.Answer()[0][:n], nltest.Done(q.Header, 0, unix.EIO)}
		})
		if d, err := read(t, b); err == nil {
			t.Fatalf("read() of %d of %d bytes = %+v, want an error", n, len(whole), d)
		}
	}
}

// TestInterruptedDump marks one message of a dump as inconsistent, each in turn. The
// dump must be read again, but not without limit.
func TestInterruptedDump(t *testing.T) {
	t.Parallel()
	k := withDevice(100)
	b := fakeBackend(t, k)
	var messages int
	k.SetFault(func(q nltest.Exchange) [][]byte { messages = len(q.Answer()); return nil })
	if _, err := read(t, b); err != nil {
		t.Fatal(err)
	}
	for marked := range messages + 1 { // the last one is the end itself
		reads := 0
		k.SetFault(func(q nltest.Exchange) [][]byte {
			reads++
			if reads > 1 {
				return nil
			}
			answer := q.Answer()
			answer[len(answer)-1] = trimDone(answer[len(answer)-1])
			if marked < messages {
				mark(answer[marked])
				return append(answer, nltest.Done(q.Header, 0, 0))
			}
			return append(answer, nltest.Done(q.Header, nlwire.FlagDumpIntr, 0))
		})
		got, err := read(t, b)
		if err != nil || reads != 2 || len(got.Peers) != 100 {
			t.Errorf("message %d marked: read() error = %v after %d reads, want nil after 2, and 100 peers", marked, err, reads)
		}
	}
	k.SetFault(func(q nltest.Exchange) [][]byte { answer := q.Answer(); mark(answer[0]); return answer })
	if _, err := read(t, b); err != wginternal.ErrInterrupted {
		t.Errorf("read() of interrupted dumps = %v, want %v", err, wginternal.ErrInterrupted)
	}
}

// trimDone removes the final Done, a header and an s32, from a datagram.
func trimDone(b []byte) []byte { return b[:len(b)-20] }

// mark sets NLM_F_DUMP_INTR in the first message of a datagram.
func mark(b []byte) {
	flags := b[6:8] // after the length and the type
	binary.NativeEndian.PutUint16(flags, binary.NativeEndian.Uint16(flags)|nlwire.FlagDumpIntr)
}

func TestConfigureErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault func(q nltest.Exchange) [][]byte
		want  error
	}{
		"data":         {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nlwire.AppendGet(nil, q.Header, 1)} }},
		"unsupported":  {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.EOPNOTSUPP)} }, want: errors.ErrUnsupported},
		"gone":         {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.ENODEV)} }, want: fs.ErrNotExist},
		"port taken":   {fault: func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.EADDRINUSE)} }, want: unix.EADDRINUSE},
		"garbage":      {fault: func(nltest.Exchange) [][]byte { return [][]byte{[]byte("sixteen bytes and more of it")} }, want: nlwire.ErrMalformed},
		"other answer": {fault: func(q nltest.Exchange) [][]byte { q.Header.Seq--; return [][]byte{nltest.Ack(q.Header, 0)} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := nltest.NewKernel()
			b := fakeBackend(t, k)
			k.SetFault(test.fault)
			c := wgtypes.Config{ListenPort: new(uint16(1))}
			err := configure(t, b, c)
			var partial *wginternal.PartialError
			if !errors.As(err, &partial) || partial.Unknown.ListenPort == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("configure() = %v, want a PartialError with an unknown ListenPort of %v", err, test.want)
			}
			if test.want == errors.ErrUnsupported && errors.Is(err, fs.ErrNotExist) {
				t.Errorf("configure() = %v, want no fs.ErrNotExist", err)
			}
			k.SetFault(nil)
			if err := configure(t, b, c); err != nil {
				t.Errorf("the next configure() = %v, want nil", err)
			}
		})
	}
}

// TestConfigureNotPermitted checks that a change which the kernel does not permit is not
// reported as possibly applied: neither all of it nor the rest after some messages.
func TestConfigureNotPermitted(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	several := testutil.ConfigOf(testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: 1000, MinAllowedIPs: 5}))
	for i := range several.Peers {
		several.Peers[i].Endpoint = wgtypes.PeerConfig{}.Endpoint // no zones to look up
	}
	single := wgtypes.Config{ListenPort: new(uint16(1)), Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
	removeMany := wgtypes.Config{FirewallMark: new(uint32(5)), Peers: []wgtypes.PeerConfig{
		{PublicKey: wgtypes.PublicKey{9}, RemoveAllowedIPs: manyPrefixes(2500)}, // several requests of the fallback
	}}
	for name, test := range map[string]struct {
		change  wgtypes.Config
		old     bool
		allowed int // messages
	}{
		"one message": {change: single}, "several messages": {change: several}, "second message": {change: several, allowed: 1},
		"removal": {change: removeConfig}, "removals only": {change: wgtypes.Config{Peers: removeConfig.Peers}},
		"second part of a removal": {change: removeConfig, allowed: 1},
		"fallback":                 {change: removeConfig, old: true, allowed: 2},
		"second part of fallback":  {change: removeMany, old: true, allowed: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := withDevice(1)
			k.Old = test.old
			k.SetDevice(&wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{9}, AllowedIPs: manyPrefixes(3000)}}})
			b := fakeBackend(t, k)
			k.SetFault(func(q nltest.Exchange) [][]byte {
				if request, err := nltest.DecodeRequest(q.Payload); err == nil && request.Set && q.Sets >= test.allowed {
					return [][]byte{nltest.Ack(q.Header, unix.EPERM)}
				}
				return nil
			})
			have := k.Device()
			err := configure(t, b, test.change)
			if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
				t.Fatalf("configure() = %v, want fs.ErrPermission and CAP_NET_ADMIN", err)
			}
			var partial *wginternal.PartialError
			if errors.As(err, &partial) != (test.allowed > 0) {
				t.Fatalf("configure() = %v, want a PartialError: %t", err, test.allowed > 0)
			}
			if test.allowed == 0 {
				if diff := diff(have, k.Device()); diff != "" {
					t.Errorf("the device (-before +after):\n%s", diff)
				}
				return
			}
			if name == "second part of fallback" {
				for _, p := range partial.Applied.Peers {
					if p.PublicKey != removeMany.Peers[0].PublicKey {
						t.Errorf("Applied has the peer %v of the fallback, want only peers of the change", p.PublicKey)
					}
				}
				want := wgtypes.Config{Peers: removeMany.Peers}
				if diff := diff(wginternal.Apply(have, want), wginternal.Apply(have, partial.Unknown)); diff != "" {
					t.Errorf("effect of Unknown (-want +got):\n%s", diff)
				}
				return
			}
			if !partial.Unknown.IsZero() || len(partial.NotSent.Peers) == 0 {
				t.Errorf("%d peers unknown and %d not sent, want none unknown and some not sent", len(partial.Unknown.Peers), len(partial.NotSent.Peers))
			}
			if diff := diff(k.Device(), wginternal.Apply(have, partial.Applied)); diff != "" {
				t.Errorf("effect of Applied (-want +got):\n%s", diff)
			}
			all := wginternal.Apply(wginternal.Apply(have, partial.Applied), partial.NotSent)
			if diff := diff(wginternal.Apply(have, test.change), all); diff != "" {
				t.Errorf("effect of Applied and NotSent (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCancellation ends the context before an operation and while it waits for each
// datagram. The next operation over the same Backend must succeed.
func TestCancellation(t *testing.T) {
	t.Parallel()
	k := withDevice(100)
	b := fakeBackend(t, k)
	open := func() wginternal.Device {
		d, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := b.Open(ended, "wg0"); !errors.Is(err, context.Canceled) {
		t.Errorf("Open() = %v, want context.Canceled", err)
	}
	if _, err := b.List(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("List() = %v, want context.Canceled", err)
	}
	if err := open().Configure(ended, wgtypes.Config{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Configure() = %v, want context.Canceled", err)
	}
	var messages int
	k.SetFault(func(q nltest.Exchange) [][]byte { messages = len(q.Answer()); return nil })
	if _, err := read(t, b); err != nil {
		t.Fatal(err)
	}
	for held := range messages {
		ctx, cancel := context.WithCancel(t.Context())
		k.SetFault(func(q nltest.Exchange) [][]byte {
			// No further datagrams follow: the reader waits until the context ends.
			time.AfterFunc(time.Millisecond, cancel)
			return append([][]byte{}, q.Answer()[:held]...)
		})
		if _, err := wginternal.ReadDevice(ctx, open(), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled after %d messages: ReadDevice() = %v, want context.Canceled", held, err)
		}
		k.SetFault(nil)
		if _, err := read(t, b); err != nil {
			t.Errorf("the next read() = %v, want nil", err)
		}
	}
}

// TestCancellationBetweenMessages ends the context between two messages of a change. The
// rest must be in NotSent.
func TestCancellationBetweenMessages(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := fakeBackend(t, k)
	r := rand.New(rand.NewPCG(1, 1))
	c := testutil.ConfigOf(testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: 1000, MinAllowedIPs: 5}))
	for i := range c.Peers {
		c.Peers[i].Endpoint = wgtypes.PeerConfig{}.Endpoint
	}
	ctx, cancel := context.WithCancel(t.Context())
	k.SetFault(func(q nltest.Exchange) [][]byte {
		if q.Sets == 1 {
			cancel()
		}
		return nil
	})
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	err = d.Configure(ctx, c, nil)
	var partial *wginternal.PartialError
	if !errors.As(err, &partial) || !errors.Is(err, context.Canceled) {
		t.Fatalf("Configure() = %v, want a PartialError of context.Canceled", err)
	}
	if len(partial.Applied.Peers) == 0 || len(partial.NotSent.Peers) == 0 {
		t.Errorf("%d peers applied, %d not sent, want some of both", len(partial.Applied.Peers), len(partial.NotSent.Peers))
	}
	all := slices.Concat(partial.Applied.Peers, partial.Unknown.Peers, partial.NotSent.Peers)
	if diff := diff(c.Peers, all); diff != "" {
		t.Errorf("peers of the parts (-want +got):\n%s", diff)
	}
}

// TestCancellationBeforeMessage ends the context when the first message of a change was
// acknowledged. No other message may be sent.
func TestCancellationBeforeMessage(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	ctx, cancel := context.WithCancel(t.Context())
	b := between(t, k, func(inner transport) transport {
		return tampering{transport: inner, received: func(b []byte, n int, sender uint32, err error) (int, uint32, error) {
			if len(k.Sets()) == 1 {
				cancel()
			}
			return n, sender, err
		}}
	})
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	err = d.Configure(ctx, muchConfig, nil)
	var partial *wginternal.PartialError
	if !errors.As(err, &partial) || !errors.Is(err, context.Canceled) {
		t.Fatalf("Configure() = %v, want a PartialError of context.Canceled", err)
	}
	if n := len(k.Sets()); n != 1 || !partial.Unknown.IsZero() || len(partial.Applied.Peers) == 0 || len(partial.NotSent.Peers) == 0 {
		t.Errorf("%d messages were sent, Unknown has %d peers; want 1 message, and only Applied and NotSent", n, len(partial.Unknown.Peers))
	}
}

// TestAnswerBeforeCancellation checks that an error of the kernel takes precedence over
// the error of the context.
func TestAnswerBeforeCancellation(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	ctx, cancel := context.WithCancel(t.Context())
	x, err := fakeBackend(t, k).genl.begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer x.end()
	cancel()
	if err := x.explain(&kernelError{errno: unix.ENOMEM}); !errors.Is(err, unix.ENOMEM) {
		t.Errorf("explain(ENOMEM of the kernel) = %v, want ENOMEM", err)
	}
	if err := x.explain(os.ErrDeadlineExceeded); !errors.Is(err, context.Canceled) {
		t.Errorf("explain(os.ErrDeadlineExceeded) = %v, want context.Canceled", err)
	}
}

// TestZoneNameFails checks that a read fails if the name of a zone cannot be looked up.
func TestZoneNameFails(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	endpoint := netip.MustParseAddrPort("[fe80::1%70002]:1")
	k.SetDevice(&wgtypes.Device{Peers: []wgtypes.Peer{{Endpoint: endpoint}, {PublicKey: wgtypes.PublicKey{1}, Endpoint: endpoint}}})
	b := newBackend(Config{}, func() (transport, error) { return k.Dial(false), nil }, func() (transport, error) { return nil, unix.EMFILE })
	defer b.Close()
	d := &device{b: b, link: nlwire.Link{Index: nltest.IndexWG, Name: "wg0"}}
	if got, err := wginternal.ReadDevice(t.Context(), d, nil); !errors.Is(err, unix.EMFILE) {
		t.Errorf("ReadDevice() = %+v, %v, want EMFILE", got, err)
	}
}

// TestClose checks that Close ends an operation in progress, and that later operations
// fail.
func TestClose(t *testing.T) {
	t.Parallel()
	k := withDevice(100)
	b := fakeBackend(t, k)
	waiting := make(chan struct{})
	k.SetFault(func(q nltest.Exchange) [][]byte {
		close(waiting)
		return [][]byte{q.Answer()[0]}
	})
	result := make(chan error)
	go func() {
		d, err := b.Open(context.Background(), "wg0")
		if err == nil {
			_, err = wginternal.ReadDevice(context.Background(), d, nil)
		}
		result <- err
	}()
	<-waiting
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if err := <-result; !errors.Is(err, net.ErrClosed) {
		t.Errorf("operation during Close() = %v, want net.ErrClosed", err)
	}
	if _, err := b.List(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("List() after Close() = %v, want net.ErrClosed", err)
	}
}

// TestReaderUsesBackend changes a device while it is read, over the same Backend.
func TestReaderUsesBackend(t *testing.T) {
	t.Parallel()
	k := withDevice(50)
	b := fakeBackend(t, k)
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for {
		var p wgtypes.Peer
		err := r.Next(&p)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := configure(t, b, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: p.PublicKey, Remove: true}}}); err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 50 || len(k.Device().Peers) != 0 {
		t.Errorf("%d peers were read and %d are left, want 50 and 0", n, len(k.Device().Peers))
	}
}

// TestReaderEndsExchange checks that a Reader returns its connection at the end of the
// dump or after an error, before it is closed.
func TestReaderEndsExchange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault func(q nltest.Exchange) [][]byte
		want  error
		idle  int // connections; one with a failed receive cannot be used again
	}{
		"end":   {nil, io.EOF, 1},
		"error": {func(q nltest.Exchange) [][]byte { return [][]byte{q.Answer()[0], nltest.Ack(q.Header, unix.ENOMEM)} }, unix.ENOMEM, 1},
		"lost":  {func(q nltest.Exchange) [][]byte { return [][]byte{q.Answer()[0], nltest.Failure(unix.ENOBUFS)} }, unix.ENOBUFS, 0},
	} {
		for _, rest := range []bool{false, true} {
			k := withDevice(100)
			b := fakeBackend(t, k)
			k.SetFault(test.fault)
			d, err := b.Open(t.Context(), "wg0")
			if err != nil {
				t.Fatal(err)
			}
			r, err := d.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for !rest && err == nil {
				err = r.Next(new(wgtypes.Peer))
			}
			if rest {
				if _, err = r.Rest(nil); err == nil {
					err = io.EOF
				}
			}
			if !errors.Is(err, test.want) || len(b.genl.idle) != test.idle {
				t.Errorf("%s, rest: %t: the reading ends with %v and %d idle connections, want %v and %d", name, rest, err, len(b.genl.idle), test.want, test.idle)
			}
			if err := r.Next(new(wgtypes.Peer)); !errors.Is(err, test.want) {
				t.Errorf("%s, rest: %t: Next() after the end = %v, want %v", name, rest, err, test.want)
			}
			_ = r.Close()
		}
	}
}

// TestEarlyClose closes a Reader before the end. It must return no more peers, and the
// next Reader must not see the rest of its reply.
func TestEarlyClose(t *testing.T) {
	t.Parallel()
	k := withDevice(100)
	b := fakeBackend(t, k)
	for n := range 30 {
		d, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		r, err := d.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			if err := r.Next(new(wgtypes.Peer)); err != nil {
				t.Fatal(err)
			}
		}
		_ = r.Close()
		if err := r.Next(new(wgtypes.Peer)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Next() after Close() = %v, want fs.ErrClosed", err)
		}
	}
}

// TestConcurrentOperations uses one Backend from many goroutines.
func TestConcurrentOperations(t *testing.T) {
	t.Parallel()
	k := withDevice(20)
	b := fakeBackend(t, k)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			var err error
			switch i % 3 {
			case 0:
				_, err = read(t, b)
			case 1:
				err = configure(t, b, wgtypes.Config{FirewallMark: new(uint32(i))})
			case 2:
				_, err = b.List(t.Context())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := k.Sockets(); n > 2*maxIdle {
		t.Errorf("%d sockets are open, want at most %d", n, 2*maxIdle)
	}
}

// TestBuffersAreWiped checks that the buffers of idle connections contain no keys.
func TestBuffersAreWiped(t *testing.T) {
	t.Parallel()
	k := withDevice(50)
	b := fakeBackend(t, k)
	key, _ := wgtypes.GeneratePrivateKey()
	if err := configure(t, b, wgtypes.Config{PrivateKey: &key}); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, b); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.genl.idle {
		for _, buf := range [][]byte{c.in, c.out[:cap(c.out)]} {
			if slices.ContainsFunc(buf, func(x byte) bool { return x != 0 }) {
				t.Errorf("buffer of an idle connection = %x, want only zeros", buf)
			}
		}
	}
}
