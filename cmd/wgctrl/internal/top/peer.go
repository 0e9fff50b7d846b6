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
	name      string // the key if it has no name
	key       string
	addr      netip.AddrPort
	endpoint  string // of addr; "" while unknown
	allowed   []netip.Prefix
	handshake time.Time // zero before the first
	received  uint64
	sent      uint64
	receive   float64 // bytes per second, by the last reading in history
	transmit  float64
	rank      float64 // the sum of both as rounded, by View.Update
	history   history
	text      string // searched by the filter; "" until needed
}

func newPeer(d *device, key wgtypes.PublicKey, name string) *peer {
	p := &peer{device: d, key: key.String(), name: termtext.Clean(strings.TrimSpace(name))}
	p.history.last = -1
	if p.name == "" {
		p.name = p.key
	}
	return p
}

// update sets the peer to its new state.
func (p *peer) update(now *wgtypes.Peer) {
	if p.addr != now.Endpoint {
		p.addr, p.endpoint, p.text = now.Endpoint, termtext.Clean(now.Endpoint.String()), ""
	}
	if !sameList(p.allowed, now.AllowedIPs) {
		p.allowed, p.text = now.AllowedIPs, ""
	}
	p.handshake, p.received, p.sent = now.LastHandshake, now.ReceiveBytes, now.TransmitBytes
}

// sameList reports whether two lists share their memory, as they do in events if the
// list did not change.
func sameList(a, b []netip.Prefix) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// record computes the rates of a reading from the states before and after it.
func (p *peer) record(before, now *wgtypes.Peer) {
	seconds := p.device.pace.span.Seconds()
	if seconds <= 0 {
		return
	}
	p.receive = float64(now.ReceiveBytes-before.ReceiveBytes) / seconds
	p.transmit = float64(now.TransmitBytes-before.TransmitBytes) / seconds
	p.history.add(p.device.pace.count, p.receive+p.transmit)
}

// rounded returns a rate with three digits, as tables show it, or 0 for one that is
// shown as 0. Peers with equal rates keep their order although the bytes of each
// reading differ a little.
func rounded(rate float64) float64 {
	if rate < leastRate {
		return 0
	}
	step := math.Pow(10, math.Floor(math.Log10(rate))-2)
	return math.Round(rate/step) * step
}

// state is the state of a peer's session.
type state uint8

const (
	stateNever  state = iota // no handshake yet
	stateLive                // the last handshake is recent
	stateSilent              // the session has expired
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

// age returns the time since the last handshake. For an unreadable device it is the
// age at the time the device became unreadable: there may have been handshakes since.
func (p *peer) age(now time.Time) time.Duration {
	if p.device.unreadable {
		now = p.device.since
	}
	return now.Sub(p.handshake)
}

// matches reports whether a text of the peer contains filter, which is lower case.
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

// depth is the number of readings in a history: enough for the widest graph.
const depth = 80

// history has the bytes per second that a peer received and sent in the last
// readings. Readings without traffic are not recorded.
type history struct {
	last  int // the count of the last recorded reading
	rates [depth]float32
}

// add records the rate of a reading.
func (h *history) add(count int, rate float64) {
	for i := max(h.last+1, count-depth+1); i < count; i++ {
		h.rates[i%depth] = 0
	}
	h.last = count
	h.rates[count%depth] = float32(rate)
}

// at returns the rate of a reading, one of the last depth readings of the device.
func (h *history) at(count int) float32 {
	if count > h.last || count < 0 {
		return 0
	}
	return h.rates[count%depth]
}

// pace counts the readings of a device. A Watch yields events only for readings that
// found changes; pace infers the others from the time, so that readings that are a
// little early or late leave no gaps in a history.
type pace struct {
	count int       // of the last known reading
	at    time.Time // its time
	span  time.Duration
}

// begin records the first reading.
func (p *pace) begin(at time.Time) {
	if p.at.IsZero() {
		p.at = at
	}
}

// resume records the first reading after failed ones. Its traffic is spread over the
// time since they began to fail.
func (p *pace) resume(at, since time.Time, interval time.Duration) {
	p.read(at, interval)
	p.span = max(interval, at.Sub(since))
}

// read records a reading. Several events may belong to the same reading.
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
	if steps > 1 { // the readings in between found no traffic
		p.span = interval
	}
	p.count, p.at = p.count+steps, at
}

// now returns the count of the last reading before at, with or without changes. A
// reading may be half an interval late.
func (p *pace) now(at time.Time, interval time.Duration) int {
	return p.count + max(0, int(float64(at.Sub(p.at))/float64(interval)-0.5))
}
