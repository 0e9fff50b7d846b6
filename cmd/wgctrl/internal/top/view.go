package top

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// View is the screen that shows a Board, and the state of its keys.
type View struct {
	// Nothing has the lines to show while there are no devices.
	Nothing []string
	// ASCII draws graphs without braille.
	ASCII bool
	// Plain omits colours.
	Plain bool
	// Units are the units of rates and counters.
	Units Units

	board         *Board
	width, height int
	now           time.Time

	order   order
	reverse bool
	choice  choice
	only    wgtypes.DeviceRef // identity of the selected device; zero for all
	filter  string
	typing  bool // whether keys change the filter
	help    bool // whether the help is shown

	helpOffset int // of the first line of the help shown

	offset int // of the first peer shown

	cursor  *peer // among peers, or nil
	at      int   // the cursor's index
	details bool  // whether the details of the cursor's peer are shown

	onDevices    bool // whether keys that scroll select a device
	deviceOffset int  // of the first device shown

	devices []*device // all, in order
	peers   []*peer   // those selected, in order
	sum     sum

	scratch []byte // for the text of a cell
}

// sum has the totals of all devices.
type sum struct {
	devices, peers, silent, unreadable int
	receive, transmit                  float64
}

// NewView returns a View of a Board with a screen of size 0.
func NewView(b *Board) *View { return &View{board: b} }

// Resize sets the size of the screen.
func (v *View) Resize(width, height int) {
	width, height = max(width, 0), max(height, 0)
	if width != v.width || height != v.height {
		v.width, v.height = width, height
		v.showSelected()
		v.scrollHelp(0)
	}
	v.scroll(0)
}

// Update updates the View from the Board. Call it after applying events, and about
// every second because ages and rates depend on the time.
func (v *View) Update(now time.Time) {
	v.now = now
	v.collect()
	v.follow()
	v.scrollDevices(0)
	v.scroll(0)
}

// collect computes the totals and selects and sorts what is shown.
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
		if v.only != (wgtypes.DeviceRef{}) && d.ref.Identity() != v.only {
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

// count adds up the peers of a device. The rates of peers without traffic in the
// last reading become 0.
func (v *View) count(d *device) {
	d.receive, d.transmit, d.silent = 0, 0, 0
	count := d.pace.now(v.now, v.board.interval)
	for _, p := range d.peers {
		if p.history.last != count {
			p.receive, p.transmit = 0, 0
		}
		p.rank = rounded(p.receive + p.transmit)
		d.receive += p.receive
		d.transmit += p.transmit
		if p.state(v.now) == stateSilent {
			d.silent++
		}
	}
}

// rows returns the number of peers that fit on the screen.
func (v *View) rows() int {
	s := v.sections()
	return max(1, v.height-s.above-s.details-1)
}

// order is an order of peers.
type order uint8

const (
	byRate order = iota
	byHandshake
	byName
	byReceived
	bySent
	byEndpoint
	byDevice
	orders // the number of orders
)

// orderNames are the names of the orders on the screen.
var orderNames = [orders]string{"rate", "handshake", "name", "received", "sent", "endpoint", "device"}

// compare sorts rates, counters and handshakes in descending order, names and
// addresses in ascending order. Idle peers are sorted by handshake among the rates.
func (o order) compare(a, b *peer) int {
	switch o {
	case byRate:
		if a.rank == 0 && b.rank == 0 {
			return b.handshake.Compare(a.handshake)
		}
		return cmp.Compare(b.rank, a.rank)
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

// sortPeers sorts peers by an order or its reverse. Peers that are equal are sorted
// by name.
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

// sortDevices sorts devices by name, unreadable ones first.
func sortDevices(devices []*device) {
	rank := func(d *device) int {
		if d.unreadable {
			return 0
		}
		return 1
	}
	slices.SortFunc(devices, func(a, b *device) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.name, b.name), cmp.Compare(a.ref.Kind, b.ref.Kind), cmp.Compare(a.ref.Index, b.ref.Index))
	})
}

// choice selects peers by the state of their session.
type choice uint8

const (
	allPeers choice = iota
	livePeers
	silentPeers
	choices // the number of choices
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
