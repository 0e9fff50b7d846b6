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

// began is the time at which scenes begin; interval is the time between readings.
var began = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

const interval = 2 * time.Second

// scene feeds a Board with the events that a Watch would report while a test
// changes devices.
type scene struct {
	t      testing.TB
	board  *top.Board
	view   *top.View
	known  map[string]*wgtypes.Device
	now    time.Time
	readAt time.Time // of the states in known
}

// newScene returns a scene without devices. names are the names of peers.
func newScene(t testing.TB, names map[wgtypes.PublicKey]string) *scene {
	b := top.NewBoard(top.Options{Interval: interval, PeerName: func(k wgtypes.PublicKey) string { return names[k] }})
	v := top.NewView(b)
	v.Plain = true
	return &scene{t: t, board: b, view: v, known: make(map[string]*wgtypes.Device), now: began}
}

// apply applies an event at the scene's time.
func (s *scene) apply(e wgtypes.Event) {
	e.Time = s.now
	s.board.Apply(e)
}

// set replaces the state of a device and applies the resulting events. nil removes
// the device.
func (s *scene) set(name string, next *wgtypes.Device) {
	for e := range wginternal.Changes(s.known[name], next, s.readAt, s.now) {
		s.apply(e)
	}
	s.known[name], s.readAt = next, s.now
}

// change changes a device with f and applies the resulting events.
func (s *scene) change(name string, f func(*wgtypes.Device)) {
	next := s.known[name].Clone()
	f(next)
	s.set(name, next)
}

func (s *scene) ready() { s.apply(wgtypes.Event{Kind: wgtypes.EventReady}) }

// unreadable reports that a device cannot be read. The name "" stands for all
// userspace devices.
func (s *scene) unreadable(name, reason string) {
	e := wgtypes.Event{Kind: wgtypes.EventUnreadable, Device: wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindUserspace}, Err: errors.New(reason)}
	s.apply(e)
}

func (s *scene) readable(name string) {
	s.apply(wgtypes.Event{Kind: wgtypes.EventReadable, Device: wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindUserspace}})
}

// pass advances the clock and refreshes the view.
func (s *scene) pass(d time.Duration) {
	s.now = s.now.Add(d)
	s.view.Update(s.now)
}

// screen returns the screen in this size, after checking it with checkScreen.
func (s *scene) screen(width, height int) string {
	s.t.Helper()
	s.view.Resize(width, height)
	s.view.Update(s.now)
	text := string(s.view.AppendScreen(nil))
	checkScreen(s.t, text, width, height)
	return text
}

// has checks that the screen contains each of the texts.
func (s *scene) has(texts ...string) {
	s.t.Helper()
	screen := s.screen(80, 24)
	for _, want := range texts {
		if !strings.Contains(screen, want) {
			s.t.Errorf("screen is\n%s\nwant it to contain %q", screen, want)
		}
	}
}

// lacks checks that the screen contains none of the texts.
func (s *scene) lacks(texts ...string) {
	s.t.Helper()
	screen := s.screen(80, 24)
	for _, unwanted := range texts {
		if strings.Contains(screen, unwanted) {
			s.t.Errorf("screen is\n%s\nwant it without %q", screen, unwanted)
		}
	}
}

// press presses keys, given by their names and separated by spaces.
func (s *scene) press(keys string) {
	for key := range strings.FieldsSeq(keys) {
		s.view.Key(key)
	}
}

// peerKey is the public key of the n-th peer.
func peerKey(n int) wgtypes.PublicKey {
	return wgtypes.PublicKey{byte(n), byte(n >> 8), 'k', 'e', 'y', byte(n * 37)}
}

// userDevice returns a userspace device.
func userDevice(name string, port uint16, peers ...wgtypes.Peer) *wgtypes.Device {
	return &wgtypes.Device{Name: name, Kind: wgtypes.KindUserspace, ListenPort: port, Peers: peers}
}

// somePeer returns the n-th peer. Its last handshake was ago before began; a
// negative value means no handshake.
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
