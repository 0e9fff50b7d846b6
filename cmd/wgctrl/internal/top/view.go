package top

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// View is what of a Board is on the screen.
type View struct {
	// Nothing is shown, line by line, while there is no device.
	Nothing []string
	// ASCII draws graphs without braille.
	ASCII bool
	// Plain leaves out colours.
	Plain bool

	board         *Board
	width, height int
	now           time.Time

	order   order
	reverse bool
	choice  choice
	only    wgtypes.DeviceRef // the identity of the only device shown; zero for all
	filter  string
	typing  bool // keys go into the filter
	help    bool // instead of the rest
	offset  int  // of the first peer shown

	devices []*device // that are there
	peers   []*peer   // that may be scrolled to, in order
	sum     sum

	scratch []byte // of a cell
}

// sum is what all devices have together.
type sum struct {
	devices, peers, silent, unreadable int
	receive, transmit                  float64
}

// NewView returns a View of a Board, on a screen without size.
func NewView(b *Board) *View { return &View{board: b} }

// Resize says how large the screen is.
func (v *View) Resize(width, height int) {
	v.width, v.height = max(width, 0), max(height, 0)
	v.scroll(0)
}

// Look shows what the Board knows by now. It is to be called after events, and
// every second or so, since time passes too.
func (v *View) Look(now time.Time) {
	v.now = now
	v.collect()
	v.scroll(0)
}

// collect counts everything, and chooses and sorts what is shown.
func (v *View) collect() {
	v.devices, v.peers, v.sum = v.devices[:0], v.peers[:0], sum{}
	for _, d := range v.board.devices {
		v.count(d)
		v.devices = append(v.devices, d)
		v.sum.receive += d.receive
		v.sum.transmit += d.transmit
		v.sum.silent += d.silent
		v.sum.peers += len(d.peers)
		if d.ref.Name != "" {
			v.sum.devices++
		}
		if d.unreadable {
			v.sum.unreadable++
		}
	}
	if v.board.devices[v.only] == nil {
		v.only = wgtypes.DeviceRef{}
	}
	filter := strings.ToLower(v.filter)
	for _, d := range v.devices {
		if v.only != (wgtypes.DeviceRef{}) && identity(d.ref) != v.only {
			continue
		}
		for _, p := range d.peers {
			if v.choice.has(p, v.now) && (filter == "" || p.matches(filter)) {
				v.peers = append(v.peers, p)
			}
		}
	}
	sortDevices(v.devices)
	sortPeers(v.peers, v.order, v.reverse)
}

// count adds up the peers of a device, and ends the rates of those of which the
// last readings told nothing.
func (v *View) count(d *device) {
	d.receive, d.transmit, d.silent = 0, 0, 0
	count := d.pace.now(v.now, v.board.interval)
	for _, p := range d.peers {
		if p.history.last != count {
			p.receive, p.transmit = 0, 0
		}
		d.receive += p.receive
		d.transmit += p.transmit
		if p.state(v.now) == stateSilent {
			d.silent++
		}
	}
}

// scroll moves by so many peers, as far as there are some.
func (v *View) scroll(by int) {
	v.offset = max(0, min(v.offset+by, len(v.peers)-v.rows()))
}

// rows is how many peers the screen has room for.
func (v *View) rows() int {
	return max(1, v.height-v.sections().above-1)
}

// order is what peers are sorted by.
type order uint8

const (
	byRate order = iota
	byHandshake
	byName
	byReceived
	bySent
	byEndpoint
	byDevice
	orders // how many there are
)

// orderNames are how the orders are called on the screen.
var orderNames = [orders]string{"rate", "handshake", "name", "received", "sent", "endpoint", "device"}

// compare puts first what one looks for: the busiest, the latest to shake hands,
// the first of the alphabet.
func (o order) compare(a, b *peer) int {
	switch o {
	case byRate:
		return cmp.Compare(b.receive+b.transmit, a.receive+a.transmit)
	case byHandshake:
		return b.handshake.Compare(a.handshake)
	case byReceived:
		return cmp.Compare(b.received, a.received)
	case bySent:
		return cmp.Compare(b.sent, a.sent)
	case byEndpoint:
		return a.addr.Compare(b.addr)
	case byDevice:
		return cmp.Or(strings.Compare(a.device.name, b.device.name), cmp.Compare(a.device.ref.Kind, b.device.ref.Kind))
	}
	return 0
}

// sortPeers sorts by an order, its reverse if so, and what is equal by name.
func sortPeers(peers []*peer, o order, reverse bool) {
	sign := 1
	if reverse {
		sign = -1
	}
	slices.SortFunc(peers, func(a, b *peer) int {
		if c := o.compare(a, b); c != 0 {
			return sign * c
		}
		return cmp.Or(sign*strings.Compare(a.name, b.name), strings.Compare(a.key, b.key), byDevice.compare(a, b))
	})
}

// sortDevices puts those first that cannot be read.
func sortDevices(devices []*device) {
	trouble := func(d *device) int {
		if d.unreadable {
			return 0
		}
		return 1
	}
	slices.SortFunc(devices, func(a, b *device) int {
		return cmp.Or(cmp.Compare(trouble(a), trouble(b)), strings.Compare(a.name, b.name), cmp.Compare(a.ref.Kind, b.ref.Kind), cmp.Compare(a.ref.Index, b.ref.Index))
	})
}

// choice is which peers are shown.
type choice uint8

const (
	allPeers choice = iota
	livePeers
	silentPeers
	choices // how many there are
)

var choiceNames = [choices]string{"all peers", "live peers", "silent peers"}

func (c choice) has(p *peer, now time.Time) bool {
	switch c {
	case livePeers:
		return p.state(now) == stateLive
	case silentPeers:
		return p.state(now) == stateSilent
	}
	return true
}
