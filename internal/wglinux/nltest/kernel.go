//go:build linux

package nltest

import (
	"maps"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Kernel answers netlink requests as a kernel does. wginternal.Apply changes its
// devices. A fault replaces answers.
type Kernel struct {
	Old     bool // refuse to remove single allowed IPs, as Linux before 6.16 does
	MaxSend int  // largest message that a socket sends; 0 for no limit
	// Other is the namespace of every file descriptor in requests. Without it they
	// are invalid.
	Other *Kernel
	// Amnezia is the version of the module. Zero means WireGuard.
	Amnezia wgtypes.AmneziaVersion

	mu      sync.Mutex
	links   map[uint32]*Link
	family  uint16 // number of the family; 0 if the module is not loaded
	sockets int    // open sockets
	strays  int    // see Strays
	sets    []wgtypes.Config
	fault   func(x Exchange) [][]byte
	crash   string // see Crash
}

// Link is a network interface of a Kernel, with the state of its device.
type Link struct {
	nlwire.Link
	Device wgtypes.Device

	amnezia *amnezia // nil for WireGuard
}

// Exchange is a request to the family that a fault may answer.
type Exchange struct {
	Header  nlwire.Header
	Payload []byte
	Sets    int                // number of earlier sets
	Answer  func() [][]byte    // the datagrams of the kernel's answer
	Link    func(uint32) *Link // the link with an index, or nil
}

// Indexes of the links of a new Kernel. The generators of random devices do not
// use them as zones.
const (
	IndexLo  = 70001 // lo
	IndexEth = 70002 // eth0
	IndexWG  = 70003 // wg0
)

// maxDump is the size of the messages of a dump.
const maxDump = 3776

// NewKernel returns a Kernel with the module loaded and the links lo, eth0 and
// wg0.
func NewKernel() *Kernel {
	return &Kernel{
		family: 30,
		links: map[uint32]*Link{
			IndexLo:  {Link: nlwire.Link{Index: IndexLo, Name: "lo", Up: true}},
			IndexEth: {Link: nlwire.Link{Index: IndexEth, Name: "eth0", Kind: "veth"}},
			IndexWG:  {Link: nlwire.Link{Index: IndexWG, Name: "wg0", Kind: nlwire.Family, MTU: 1420}},
		},
	}
}

// Device returns the state of wg0.
func (k *Kernel) Device() *wgtypes.Device {
	k.mu.Lock()
	defer k.mu.Unlock()
	d := k.links[IndexWG].Device.Clone()
	d.Name, d.Index, d.Kind = "wg0", IndexWG, wgtypes.KindKernel
	if m := k.links[IndexWG].amnezia; m != nil {
		d.Kind, d.Amnezia = wgtypes.KindAmneziaKernel, m.Amnezia.Clone()
	}
	return d
}

// SetDevice replaces the state of wg0.
func (k *Kernel) SetDevice(d *wgtypes.Device) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.links[IndexWG].Device = *d.Clone()
	k.links[IndexWG].amnezia = newAmnezia(d.Amnezia)
}

// SetFamily loads the module, so that its family has this number, or unloads it
// if number is 0.
func (k *Kernel) SetFamily(number uint16) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.family = number
}

// SetFault makes f answer the requests to the family. If f returns nil, the
// kernel answers.
func (k *Kernel) SetFault(f func(x Exchange) [][]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fault = f
}

// Links returns the links in the order of their indexes.
func (k *Kernel) Links() (links []nlwire.Link) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, index := range slices.Sorted(maps.Keys(k.links)) {
		links = append(links, k.links[index].Link)
	}
	return links
}

// Replace renames the link with this name, if there is one, and creates another
// WireGuard link with the name.
func (k *Kernel) Replace(name, renamed string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if link := k.find(nlwire.Link{Name: name}); link != nil {
		link.Name = renamed
	}
	index := uint32(90000 + len(k.links))
	k.links[index] = k.newLink(nlwire.Link{Index: index, Name: name, Kind: k.kind()})
}

// Sets returns the changes of all set requests.
func (k *Kernel) Sets() []wgtypes.Config {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.sets)
}

// Sockets returns the number of open sockets.
func (k *Kernel) Sockets() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.sockets
}

// Strays returns the number of set requests that did not have the number of the
// family.
func (k *Kernel) Strays() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.strays
}

// answer returns the datagrams that answer a request.
func (k *Kernel) answer(s *Socket, h nlwire.Header, payload []byte) [][]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s.route {
		return k.answerRoute(h, payload)
	}
	real := func() [][]byte {
		if k.Amnezia != 0 {
			return k.answerAmnezia(s, h, payload)
		}
		return k.answerFamily(h, payload)
	}
	if k.fault != nil {
		x := Exchange{h, payload, len(k.sets), real, func(index uint32) *Link { return k.links[index] }}
		if a := k.fault(x); a != nil {
			return a
		}
	}
	return real()
}

// Ack returns the acknowledgement of the request with header h.
func Ack(h nlwire.Header, errno unix.Errno) []byte {
	return AppendAck(nil, nlwire.Header{Type: nlwire.TypeError, Seq: h.Seq, PID: h.PID}, nlwire.Ack{Errno: errno}, h)
}

// Done returns the message that ends the dump that h requested.
func Done(h nlwire.Header, flags uint16, errno unix.Errno) []byte {
	return AppendAck(nil,
		nlwire.Header{Type: nlwire.TypeDone, Flags: nlwire.FlagMulti | flags, Seq: h.Seq, PID: h.PID},
		nlwire.Ack{Errno: errno}, h)
}

func (k *Kernel) answerFamily(h nlwire.Header, payload []byte) [][]byte {
	q, err := DecodeRequest(payload)
	if h.Type != k.family {
		if q.Set {
			k.strays++
		}
		return [][]byte{Ack(h, unix.ENOENT)}
	}
	if err != nil {
		return [][]byte{Ack(h, unix.EINVAL)}
	}
	link := k.links[q.Index]
	switch {
	case link == nil:
		return [][]byte{Ack(h, unix.ENODEV)}
	case link.Kind != nlwire.Family:
		return [][]byte{Ack(h, unix.EOPNOTSUPP)}
	case q.Set:
		return [][]byte{Ack(h, k.set(link, q.Config))}
	}
	dev := link.Device
	dev.Name, dev.Index = link.Name, int(link.Index)
	var out [][]byte
	for b := range Fragment(&dev, nlwire.Header{Type: h.Type, Seq: h.Seq, PID: h.PID}, maxDump) {
		out = append(out, slices.Clone(b))
	}
	// A kernel sends the end with the last message.
	out[len(out)-1] = append(out[len(out)-1], Done(h, 0, 0)...)
	return out
}

func (k *Kernel) set(link *Link, c wgtypes.Config) unix.Errno {
	k.sets = append(k.sets, c)
	if k.Old && slices.ContainsFunc(c.Peers, func(p wgtypes.PeerConfig) bool { return len(p.RemoveAllowedIPs) > 0 }) {
		return unix.EINVAL
	}
	link.Device = *wginternal.Apply(&link.Device, c)
	return 0
}

func (k *Kernel) answerRoute(h nlwire.Header, payload []byte) [][]byte {
	q, err := DecodeLinkRequest(h, payload)
	if err != nil {
		return [][]byte{Ack(h, unix.EINVAL)}
	}
	reply := nlwire.Header{Seq: h.Seq, PID: h.PID}
	if q.Dump { // ignore the kind, as a kernel without the module does
		reply.Flags = nlwire.FlagMulti
		var b []byte
		for _, index := range slices.Sorted(maps.Keys(k.links)) {
			b = AppendLink(b, reply, k.links[index].Link)
		}
		return [][]byte{b, Done(h, 0, 0)}
	}
	link := k.find(q.Link)
	switch {
	case q.Create:
		return [][]byte{Ack(h, k.create(q))}
	case link == nil:
		return [][]byte{Ack(h, unix.ENODEV)}
	case q.Type == GetLink:
		return [][]byte{AppendLink(nil, reply, link.Link)}
	case q.Change.NetNS != 0: // it does not move links
		return [][]byte{Ack(h, unix.EBADF)}
	case q.Type == DelLink:
		delete(k.links, link.Index)
	default:
		link.change(q.Change)
	}
	return [][]byte{Ack(h, 0)}
}

// create creates a link, as kernels since 6.15 do: only a link in the new link's
// namespace can have the same name.
func (k *Kernel) create(q LinkRequest) unix.Errno {
	if q.Change.NetNS != 0 {
		if k = k.Other; k == nil {
			return unix.EBADF
		}
		k.mu.Lock()
		defer k.mu.Unlock()
	}
	if k.find(nlwire.Link{Name: q.Link.Name}) != nil {
		return unix.EEXIST
	}
	q.Link.Index = uint32(80000 + len(k.links))
	k.links[q.Link.Index] = k.newLink(q.Link)
	return 0
}

func (l *Link) change(c nlwire.LinkChange) {
	if c.MTU != nil {
		l.MTU = *c.MTU
	}
	if c.Up != nil {
		l.Up = *c.Up
	}
}

func (k *Kernel) find(l nlwire.Link) *Link {
	for _, link := range k.links {
		if l.Index == link.Index || l.Index == 0 && l.Name == link.Name {
			return link
		}
	}
	return nil
}
