package top

import (
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// peer is one peer of a device. Its texts are clean.
type peer struct {
	device    *device
	name      string // or its key
	key       string
	addr      netip.AddrPort
	endpoint  string // of addr; "" while unknown
	allowed   []netip.Prefix
	handshake time.Time // zero before the first
	received  uint64
	sent      uint64
	receive   float64 // bytes each second, by the last reading in history
	transmit  float64
	history   history
	text      string // what a filter looks in; "" until it is needed
}

func newPeer(d *device, key wgtypes.PublicKey, name string) *peer {
	p := &peer{device: d, key: key.String(), name: termtext.Clean(strings.TrimSpace(name))}
	p.history.last = -1
	if p.name == "" {
		p.name = p.key
	}
	return p
}

// become takes over what is told of the peer.
func (p *peer) become(now *wgtypes.Peer) {
	if p.addr != now.Endpoint {
		p.addr, p.endpoint, p.text = now.Endpoint, termtext.Clean(now.Endpoint.String()), ""
	}
	if !sameList(p.allowed, now.AllowedIPs) {
		p.allowed, p.text = now.AllowedIPs, ""
	}
	p.handshake, p.received, p.sent = now.LastHandshake, now.ReceiveBytes, now.TransmitBytes
}

// sameList is quick, since what did not change is mostly the same memory.
func sameList(a, b []netip.Prefix) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// record takes the rates of a reading.
func (p *peer) record(before, now *wgtypes.Peer) {
	seconds := p.device.pace.span.Seconds()
	if seconds <= 0 {
		return
	}
	p.receive = float64(now.ReceiveBytes-before.ReceiveBytes) / seconds
	p.transmit = float64(now.TransmitBytes-before.TransmitBytes) / seconds
	p.history.add(p.device.pace.count, p.receive+p.transmit)
}

// state is what has become of a peer's session.
type state uint8

const (
	stateNever  state = iota // no handshake yet
	stateLive                // a session, as far as one can tell
	stateSilent              // no session any more
)

func (p *peer) state(now time.Time) state {
	switch {
	case p.handshake.IsZero():
		return stateNever
	case p.age(now) < wgtypes.SessionLifetime:
		return stateLive
	}
	return stateSilent
}

// age is how long ago the last handshake was or, while the device cannot be
// read, had been when that began: there may have been others since.
func (p *peer) age(now time.Time) time.Duration {
	if p.device.unreadable {
		now = p.device.since
	}
	return now.Sub(p.handshake)
}

// matches reports whether the peer has a text, which is in lower case.
func (p *peer) matches(filter string) bool {
	if p.text == "" {
		var b strings.Builder
		for _, s := range []string{p.name, p.key, p.device.name, p.endpoint} {
			b.WriteString(strings.ToLower(s))
			b.WriteByte('\n')
		}
		for _, prefix := range p.allowed {
			b.WriteString(prefix.String())
			b.WriteByte('\n')
		}
		p.text = b.String()
	}
	return strings.Contains(p.text, filter)
}

// depth is how many readings a history has: enough for the widest graph.
const depth = 80

// history is how many bytes a peer received and sent in each second, up to a
// reading. Readings that found no difference are not in it.
type history struct {
	last  int // the count of the last reading that is in it
	rates [depth]float32
}

// add puts the rate of a reading in.
func (h *history) add(count int, rate float64) {
	for i := max(h.last+1, count-depth+1); i < count; i++ {
		h.rates[i%depth] = 0
	}
	h.last = count
	h.rates[count%depth] = float32(rate)
}

// at returns the rate of a reading.
func (h *history) at(count int) float32 {
	if count > h.last || count <= h.last-depth || count < 0 {
		return 0
	}
	return h.rates[count%depth]
}

// pace counts the readings of a device, of which only those are told that found
// something new. So the moments of a history are a reading apart, and readings
// that come a little early or late make no gaps in it.
type pace struct {
	count int       // of the last reading that is known
	at    time.Time // its time
	span  time.Duration
}

// begin is the first reading.
func (p *pace) begin(at time.Time) {
	if p.at.IsZero() {
		p.at = at
	}
}

// resume is the first reading after those that failed since a time, over which
// what it finds is spread.
func (p *pace) resume(at, since time.Time, interval time.Duration) {
	p.read(at, interval)
	p.span = max(interval, at.Sub(since))
}

// read is a reading at a time. Several events may tell of one.
func (p *pace) read(at time.Time, interval time.Duration) {
	p.begin(at)
	passed := at.Sub(p.at)
	switch {
	case passed == 0:
		return
	case passed < 0: // the clock was set back
		passed = interval
	}
	steps := max(1, int(math.Round(float64(passed)/float64(interval))))
	p.span = passed
	if steps > 1 { // what the last readings would have told of is not part of it
		p.span = interval
	}
	p.count, p.at = p.count+steps, at
}

// now returns the count of the last reading, told or not, before a time. One
// that is half an interval late is not missed yet.
func (p *pace) now(at time.Time, interval time.Duration) int {
	return p.count + max(0, int(float64(at.Sub(p.at))/float64(interval)-0.5))
}
