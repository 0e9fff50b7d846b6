package top

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

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
