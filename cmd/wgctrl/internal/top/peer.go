package top

import (
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
