package top_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// crowd returns a scene with one device that has n peers with traffic.
func crowd(t testing.TB, n int) *scene {
	names := make(map[wgtypes.PublicKey]string)
	peers := make([]wgtypes.Peer, n)
	for i := range peers {
		peers[i] = somePeer(i+1, time.Duration(i%400)*time.Second)
		names[peers[i].PublicKey] = fmt.Sprintf("peer %05d", i)
	}
	s := newScene(t, names)
	s.set("wg0", userDevice("wg0", 51820, peers...))
	s.ready()
	for range 3 {
		s.pass(interval)
		s.change("wg0", func(d *wgtypes.Device) {
			for i := range d.Peers {
				d.Peers[i].ReceiveBytes += uint64(i+1) * 100
			}
		})
	}
	s.screen(80, 24)
	return s
}

const large = 10_000

// TestLarge scrolls and filters ten thousand peers.
func TestLarge(t *testing.T) {
	t.Parallel()
	s := crowd(t, large)
	s.has("10000 peers", "peers 1 to 17 of 10000", "! peer 09999 ")
	s.press("end")
	s.has("peers 9984 to 10000 of 10000", "  peer 00000 ")
	s.press("up pgup home down pgdown")
	s.has("peers 17 to 33 of 10000")
	s.press("/ 0 5 1 2 3 enter")
	s.has("peers 1 to 1 of 1, 9999 not shown", "! peer 05123 ")
}

// TestAppendScreenAllocations checks that drawing allocates about as much for ten
// thousand peers as for a hundred.
func TestAppendScreenAllocations(t *testing.T) {
	few, many := crowd(t, 100), crowd(t, large)
	allocations := func(s *scene) float64 {
		var b []byte
		return testing.AllocsPerRun(20, func() { b = s.view.AppendScreen(b[:0]) })
	}
	if f, m := allocations(few), allocations(many); m > f+10 {
		t.Errorf("AppendScreen with %d peers makes %v allocations, want at most %v, 10 more than with 100 peers", large, m, f+10)
	}
}

// TestUpdateAllocations checks that Update does not allocate for each peer.
func TestUpdateAllocations(t *testing.T) {
	s := crowd(t, large)
	if n := testing.AllocsPerRun(5, func() { s.view.Update(s.now) }); n > 4 {
		t.Errorf("Update with %d peers makes %v allocations, want at most 4", large, n)
	}
}

func BenchmarkDraw(b *testing.B) {
	for _, n := range []int{100, large} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := crowd(b, n)
			var screen []byte
			b.ReportAllocs()
			for b.Loop() {
				screen = s.view.AppendScreen(screen[:0])
			}
		})
	}
}

func BenchmarkUpdate(b *testing.B) {
	s := crowd(b, large)
	b.ReportAllocs()
	for b.Loop() {
		s.view.Update(s.now)
	}
}

// BenchmarkApply applies the events of a reading in which all peers had traffic.
func BenchmarkApply(b *testing.B) {
	s := crowd(b, large)
	var events []wgtypes.Event
	for i := range s.known["wg0"].Peers {
		was := s.known["wg0"].Peers[i]
		is := was
		is.ReceiveBytes += 1000
		events = append(events, wgtypes.Event{
			Kind: wgtypes.EventTransfer, Device: wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindUserspace}, OldPeer: &was, NewPeer: &is,
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		s.now = s.now.Add(interval)
		for _, e := range events {
			s.apply(e)
		}
	}
}

// TestUntrustedText checks that control characters in names, zones and messages
// never reach the screen, and that every line fits it.
func TestUntrustedText(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	nasty := []string{"\x1b[2J", "\x1b]0;x\x07", "\r", "\n", "\t", "\x00", "\x7f", "\u009b31m", "\u202e", "\ufeff", "\xff\xfe", "日本", "👩\u200d👩", "e\u0301\u0301\u0301\u0301\u0301", "abc", "%s"}
	draw := func() string {
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteString(nasty[r.IntN(len(nasty))])
		}
		return b.String()
	}
	keys := strings.Fields("s S r v d / esc ? up down pgup pgdown home end enter backspace ctrl+u space x \x1b 日 tab f1")
	for range 100 {
		names := map[wgtypes.PublicKey]string{}
		s := newScene(t, names)
		var peers []wgtypes.Peer
		for i := range r.IntN(30) {
			p := somePeer(i, time.Duration(r.IntN(400)-50)*time.Second)
			p.Endpoint = netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone("z"+draw()), 1)
			names[p.PublicKey] = draw()
			peers = append(peers, p)
		}
		s.set("a", userDevice("x"+draw(), 1, peers...))
		s.set("b", userDevice("y"+draw(), 1))
		s.unreadable("z"+draw(), draw())
		s.ready()
		s.view.Nothing = []string{draw()}
		for range 20 {
			s.pass(time.Duration(r.IntN(3)) * time.Second)
			s.view.Key(keys[r.IntN(len(keys))])
			s.view.Type(draw())
			s.screen(r.IntN(100), r.IntN(40))
		}
	}
}

// TestNewView checks keys and drawing before the first event.
func TestNewView(t *testing.T) {
	t.Parallel()
	v := top.NewView(top.NewBoard(top.Options{Interval: interval}))
	v.Plain = true
	// The first q leaves the help, as any key does.
	keys := []string{"d", "end", "/", "x", "enter", "?", "?", "?", "q", "q"}
	for i, key := range keys {
		if quit := v.Key(key); quit != (i == len(keys)-1) {
			t.Errorf("key %d: Key(%q) = %t, want %t", i, key, quit, !quit)
		}
		v.Resize(-1, -1)
		checkScreen(t, string(v.AppendScreen(nil)), 0, 0)
		v.Resize(30, 5)
		checkScreen(t, string(v.AppendScreen(nil)), 30, 5)
	}
}

// TestAmneziaKind checks that an AmneziaWG device has its version next to its kind, and
// that the column is as wide as it needs if there is room.
func TestAmneziaKind(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.set("wg0", &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, Index: 1})
	s.set("awg0", &wgtypes.Device{
		Name: "awg0", Kind: wgtypes.KindAmneziaUserspace, ListenPort: 51820,
		Amnezia: &wgtypes.Amnezia{Version: wgtypes.AmneziaV20},
	})
	s.ready()
	s.has("  awg0            amneziawg-userspace 2.0 51820      0", "  wg0             kernel                      -      0")
	if screen, want := s.screen(60, 10), " amneziawg~ "; !strings.Contains(screen, want) {
		t.Errorf("screen of 60 columns is\n%s\nwant it to contain %q", screen, want)
	}
	s.change("awg0", func(d *wgtypes.Device) { d.Amnezia.Version = wgtypes.AmneziaV31 })
	s.has(" amneziawg-userspace 3.1 ")
	if text, want := string(s.view.AppendText(nil)), "awg0     amneziawg-userspace 3.1 51820"; !strings.Contains(text, want) {
		t.Errorf("AppendText = %q, want it to contain %q", text, want)
	}
}
