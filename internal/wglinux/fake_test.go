//go:build linux

package wglinux

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeKernel answers netlink requests as a kernel does, from devices that
// wginternal.Apply changes. What reality cannot be made to do, fault does.
type fakeKernel struct {
	mu       sync.Mutex
	links    map[uint32]*fakeLink
	family   uint16 // of the wireguard family, 0 when the module is absent
	old      bool   // before 6.16: no removal of single prefixes
	maxSend  int    // of a message, 0 for none
	fragment int    // size of a dump's messages
	sockets  int    // open now
	strays   int    // sets with a number that is not the family's
	sets     []wgtypes.Config

	// fault may replace the answer to a request; nil leaves it.
	fault func(q request) [][]byte
}

type fakeLink struct {
	nlwire.Link
	dev wgtypes.Device
}

// request is what a fault is asked about.
type request struct {
	header  nlwire.Header
	payload []byte
	sets    int // sets that came before
	answer  func() [][]byte
}

// The links that a fakeKernel begins with. Their numbers are none that the
// generators use as zones.
const idxLo, idxEth, idxWG = 70001, 70002, 70003

func newFakeKernel() *fakeKernel {
	return &fakeKernel{
		family:   30,
		fragment: 3776,
		links: map[uint32]*fakeLink{
			idxLo:  {Link: nlwire.Link{Index: idxLo, Name: "lo", Up: true}},
			idxEth: {Link: nlwire.Link{Index: idxEth, Name: "eth0", Kind: "veth"}},
			idxWG:  {Link: nlwire.Link{Index: idxWG, Name: "wg0", Kind: "wireguard", MTU: 1420}},
		},
	}
}

// backend returns a Backend over the fake, which is closed in the end; no
// socket may be left then.
func (k *fakeKernel) backend(t *testing.T) *Backend {
	t.Helper()
	dial := func(route bool) func() (transport, error) {
		return func() (transport, error) { return k.dial(route), nil }
	}
	b := newBackend("", dial(false), dial(true))
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if n := k.open(); n != 0 {
			t.Errorf("%d sockets are left", n)
		}
	})
	return b
}

func (k *fakeKernel) open() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.sockets
}

// device returns the state of the device wg0.
func (k *fakeKernel) device() *wgtypes.Device {
	k.mu.Lock()
	defer k.mu.Unlock()
	d := k.links[idxWG].dev.Clone()
	d.Name, d.Index, d.Kind = "wg0", idxWG, wgtypes.KindKernel
	return d
}

func (k *fakeKernel) setDevice(d *wgtypes.Device) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.links[idxWG].dev = *d.Clone()
}

func (k *fakeKernel) sent() []wgtypes.Config {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.sets)
}

func (k *fakeKernel) setFault(f func(q request) [][]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fault = f
}

func (k *fakeKernel) dial(route bool) *fakeSocket {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sockets++
	return &fakeSocket{k: k, route: route, pid: 1000 + uint32(k.sockets), wake: make(chan struct{}, 1)}
}

// fakeSocket is a transport to a fakeKernel.
type fakeSocket struct {
	k     *fakeKernel
	route bool
	pid   uint32
	wake  chan struct{}

	mu      sync.Mutex
	queue   [][]byte
	expired bool
	closed  bool
}

func (s *fakeSocket) PID() uint32 { return s.pid }

func (s *fakeSocket) Family(name string) (uint16, error) {
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	if name != "wireguard" || s.k.family == 0 {
		return 0, fmt.Errorf("family %q: %w", name, fs.ErrNotExist)
	}
	return s.k.family, nil
}

func (s *fakeSocket) Send(b []byte) error {
	if s.k.maxSend > 0 && len(b) > s.k.maxSend {
		return unix.EMSGSIZE
	}
	m := nlwire.NewMessages(slices.Clone(b))
	if !m.Next() {
		return m.Err()
	}
	answer := s.k.answer(s.route, m.Header, m.Payload)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, answer...)
	return nil
}

func (s *fakeSocket) Recv(b []byte) (int, uint32, error) {
	for {
		s.mu.Lock()
		switch {
		case s.closed:
			s.mu.Unlock()
			return 0, 0, os.ErrClosed
		case s.expired:
			s.mu.Unlock()
			return 0, 0, os.ErrDeadlineExceeded
		case len(s.queue) > 0:
			n, sender := copy(b, s.queue[0]), uint32(0)
			if n == len(foreign) && string(b[:n]) == foreign {
				sender = 4711
			}
			if errno, ok := localErrno(s.queue[0]); ok {
				s.queue = s.queue[1:]
				s.mu.Unlock()
				return 0, 0, errno
			}
			s.queue = s.queue[1:]
			s.mu.Unlock()
			return n, sender, nil
		}
		s.mu.Unlock()
		<-s.wake
	}
}

func (s *fakeSocket) SetDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = !t.IsZero() && t.Before(time.Now())
	s.notify()
	return nil
}

func (s *fakeSocket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.notify()
	s.k.mu.Lock()
	s.k.sockets--
	s.k.mu.Unlock()
	return nil
}

func (s *fakeSocket) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// foreign is a datagram from another process.
const foreign = "not from the kernel"

// failure is a datagram that stands for a failing receive.
func failure(errno unix.Errno) []byte { return fmt.Appendf(nil, "errno %d", int(errno)) }

func localErrno(b []byte) (errno unix.Errno, ok bool) {
	n, err := fmt.Sscanf(string(b), "errno %d", &errno)
	return errno, n == 1 && err == nil
}

// answer returns the datagrams that answer a request.
func (k *fakeKernel) answer(route bool, h nlwire.Header, payload []byte) [][]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	real := func() [][]byte {
		if route {
			return k.answerRoute(h, payload)
		}
		return k.answerFamily(h, payload)
	}
	if k.fault != nil && !route {
		if a := k.fault(request{h, payload, len(k.sets), real}); a != nil {
			return a
		}
	}
	return real()
}

func ack(h nlwire.Header, errno unix.Errno) []byte {
	return nltest.AppendAck(nil, nlwire.Header{Type: nlwire.TypeError, Seq: h.Seq, PID: h.PID}, nlwire.Ack{Errno: errno}, h)
}

func done(h nlwire.Header, flags uint16, errno unix.Errno) []byte {
	return nltest.AppendAck(nil,
		nlwire.Header{Type: nlwire.TypeDone, Flags: nlwire.FlagMulti | flags, Seq: h.Seq, PID: h.PID},
		nlwire.Ack{Errno: errno}, h)
}

func (k *fakeKernel) answerFamily(h nlwire.Header, payload []byte) [][]byte {
	q, err := nltest.DecodeRequest(payload)
	if h.Type != k.family {
		if q.Set {
			k.strays++
		}
		return [][]byte{ack(h, unix.ENOENT)}
	}
	if err != nil {
		return [][]byte{ack(h, unix.EINVAL)}
	}
	link := k.links[q.Index]
	switch {
	case link == nil:
		return [][]byte{ack(h, unix.ENODEV)}
	case link.Kind != "wireguard":
		return [][]byte{ack(h, unix.EOPNOTSUPP)}
	case q.Set:
		return [][]byte{ack(h, k.set(link, q.Config))}
	}
	dev := link.dev
	dev.Name, dev.Index = link.Name, int(link.Index)
	var out [][]byte
	for b := range nltest.Fragment(&dev, nlwire.Header{Type: h.Type, Seq: h.Seq, PID: h.PID}, k.fragment) {
		out = append(out, slices.Clone(b))
	}
	// As of a kernel, the end comes with the last message.
	out[len(out)-1] = append(out[len(out)-1], done(h, 0, 0)...)
	return out
}

func (k *fakeKernel) set(link *fakeLink, c wgtypes.Config) unix.Errno {
	k.sets = append(k.sets, c)
	if k.old && slices.ContainsFunc(c.Peers, func(p wgtypes.PeerConfig) bool { return len(p.RemoveAllowedIPs) > 0 }) {
		return unix.EINVAL
	}
	link.dev = *wginternal.Apply(&link.dev, c)
	return 0
}

func (k *fakeKernel) answerRoute(h nlwire.Header, payload []byte) [][]byte {
	q, err := nltest.DecodeLinkRequest(h, payload)
	if err != nil {
		return [][]byte{ack(h, unix.EINVAL)}
	}
	reply := nlwire.Header{Seq: h.Seq, PID: h.PID}
	if q.Dump { // the kind is ignored, as while the module is not loaded
		reply.Flags = nlwire.FlagMulti
		var b []byte
		for _, index := range slices.Sorted(maps.Keys(k.links)) {
			b = nltest.AppendLink(b, reply, k.links[index].Link)
		}
		return [][]byte{b, done(h, 0, 0)}
	}
	link := k.find(q.Link)
	switch {
	case q.Create && link != nil:
		return [][]byte{ack(h, unix.EEXIST)}
	case q.Create:
		q.Link.Index = uint32(80000 + len(k.links))
		k.links[q.Link.Index] = &fakeLink{Link: q.Link}
	case link == nil:
		return [][]byte{ack(h, unix.ENODEV)}
	case q.Type == 18: // RTM_GETLINK
		return [][]byte{nltest.AppendLink(nil, reply, link.Link)}
	case q.Type == 17: // RTM_DELLINK
		delete(k.links, link.Index)
	default:
		change(link, q.Change)
	}
	return [][]byte{ack(h, 0)}
}

func change(link *fakeLink, c nlwire.LinkChange) {
	if c.MTU != nil {
		link.MTU = *c.MTU
	}
	if c.Up != nil {
		link.Up = *c.Up
	}
}

func (k *fakeKernel) find(l nlwire.Link) *fakeLink {
	for _, link := range k.links {
		if l.Index == link.Index || l.Index == 0 && l.Name == link.Name {
			return link
		}
	}
	return nil
}
