package top_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// began is when scenes begin, and interval how often their devices are read.
var began = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

const interval = 2 * time.Second

// scene is a Board whose devices a test changes, as a Watch would tell of it.
type scene struct {
	t      testing.TB
	board  *top.Board
	view   *top.View
	known  map[string]*wgtypes.Device
	now    time.Time
	readAt time.Time // of the states in known
}

// newScene shows names for some peers.
func newScene(t testing.TB, names map[wgtypes.PublicKey]string) *scene {
	b := top.NewBoard(top.Options{Interval: interval, PeerName: func(k wgtypes.PublicKey) string { return names[k] }})
	v := top.NewView(b)
	v.Plain = true
	return &scene{t: t, board: b, view: v, known: make(map[string]*wgtypes.Device), now: began}
}

// tell applies an event, now.
func (s *scene) tell(e wgtypes.Event) {
	e.Time = s.now
	s.board.Apply(e)
}

// is says what has become of a device: nil is its end.
func (s *scene) is(name string, next *wgtypes.Device) {
	for e := range wginternal.Changes(s.known[name], next, s.readAt, s.now) {
		s.tell(e)
	}
	s.known[name], s.readAt = next, s.now
}

// change changes a copy of a device.
func (s *scene) change(name string, f func(*wgtypes.Device)) {
	next := s.known[name].Clone()
	f(next)
	s.is(name, next)
}

func (s *scene) ready() { s.tell(wgtypes.Event{Kind: wgtypes.EventReady}) }

// unreadable says that a device cannot be read; "" is all devices of the kind.
func (s *scene) unreadable(name, reason string) {
	e := wgtypes.Event{Kind: wgtypes.EventUnreadable, Device: wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindUserspace}, Err: errors.New(reason)}
	s.tell(e)
}

func (s *scene) readable(name string) {
	s.tell(wgtypes.Event{Kind: wgtypes.EventReadable, Device: wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindUserspace}})
}

// pass lets time pass, and looks.
func (s *scene) pass(d time.Duration) {
	s.now = s.now.Add(d)
	s.view.Look(s.now)
}

// screen draws, and checks what holds for every screen.
func (s *scene) screen(width, height int) string {
	s.t.Helper()
	s.view.Resize(width, height)
	s.view.Look(s.now)
	text := string(s.view.AppendScreen(nil))
	checkScreen(s.t, text, width, height)
	return text
}

// press presses keys, whose names have spaces between them.
func (s *scene) press(keys string) {
	for key := range strings.FieldsSeq(keys) {
		s.view.Key(key)
	}
}

// peerKey is the public key of the n-th peer.
func peerKey(n int) wgtypes.PublicKey {
	return wgtypes.PublicKey{byte(n), byte(n >> 8), 'k', 'e', 'y', byte(n * 37)}
}

// userDevice is a device of a daemon.
func userDevice(name string, port uint16, peers ...wgtypes.Peer) *wgtypes.Device {
	return &wgtypes.Device{Name: name, Kind: wgtypes.KindUserspace, ListenPort: port, Peers: peers}
}

// somePeer is the n-th peer, which shook hands so long ago; a negative time is
// never.
func somePeer(n int, ago time.Duration) wgtypes.Peer {
	p := wgtypes.Peer{
		PublicKey:  peerKey(n),
		Endpoint:   netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), uint16(51820+n)),
		AllowedIPs: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 0}), 24)},
	}
	if ago >= 0 {
		p.LastHandshake = began.Add(-ago)
		p.ReceiveBytes, p.TransmitBytes = uint64(n)<<20, uint64(n)<<16
	}
	return p
}
