package top_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestFilter checks which texts of a peer the filter searches, in any case.
func TestFilter(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[wgtypes.PublicKey]string{peerKey(1): "Alice", peerKey(2): "Bob"})
	s.set("office", userDevice("office", 1, somePeer(1, 0)))
	s.set("lab", userDevice("lab", 1, somePeer(2, 0)))
	s.ready()
	for _, filter := range []string{"alice", "ALI", "office", "OFFICE", peerKey(1).String()[:6], strings.ToLower(peerKey(1).String()[:6]), "192.0.2.1", "51821", "10.0.1.0/24"} {
		s.press("/")
		s.view.Type(filter)
		s.press("enter")
		s.has("peers 1 to 1 of 1, 1 not shown, filter: "+filter[:min(4, len(filter))], "  Alice ")
		s.press("esc")
		s.has("peers 1 to 2 of 2")
	}
	// The text follows changes of the peer and of its device.
	s.press("/ 9 9 9 9 enter")
	s.has("no peers, 2 not shown")
	// A Watch yields the same list of allowed IPs until it changes.
	change := func(f func(p *wgtypes.Peer)) {
		next := *s.known["office"]
		next.Peers = slices.Clone(next.Peers)
		f(&next.Peers[0])
		s.set("office", &next)
	}
	change(func(p *wgtypes.Peer) { p.Endpoint = somePeer(9999-51820, 0).Endpoint })
	s.has("  Alice ")
	change(func(p *wgtypes.Peer) { p.Endpoint = somePeer(1, 0).Endpoint })
	s.has("no peers, 2 not shown")
	s.press("esc / 1 0 . 7 . enter")
	s.has("no peers")
	change(func(p *wgtypes.Peer) { p.AllowedIPs = somePeer(7<<8, 0).AllowedIPs })
	s.has("  Alice ")
	s.lacks("Bob")
}

// TestFilterKeys checks the keys that change the filter.
func TestFilterKeys(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.view.Type("ignored") // the filter is not being typed
	s.has("peers 1 to 2 of 2  ")
	s.press("/ b o x backspace")
	s.has("/bo_", "  Bob ")
	s.lacks("Alice")
	s.press("ctrl+u a space")
	s.has("/a _", "no peers")
	s.press("backspace enter")
	s.lacks("/a_")
	s.press("/ esc")
	s.has("peers 1 to 2 of 2  ", "/ filter")
	s.press("/")
	s.view.Type(strings.Repeat("x", 64))
	s.press("y")
	s.has("/" + strings.Repeat("x", 64) + "_")
	s.press("esc")
	s.press("/ f1 enter")
	s.has("peers 1 to 2 of 2  ") // f1 is not a character
}

// TestScroll checks the keys that scroll, and that the list begins at the top after
// it was sorted or filtered.
func TestScroll(t *testing.T) {
	t.Parallel()
	s := crowd(t, 100)
	for _, test := range []struct{ keys, want string }{
		{"home", "peers 1 to 17 of 100"}, {"pgdown", "peers 17 to 33 of 100"}, {"space", "peers 33 to 49 of 100"}, {"pgup", "peers 17 to 33 of 100"},
		{"down", "peers 17 to 33 of 100"}, {"up", "peers 16 to 32 of 100"}, {"j j", "peers 16 to 32 of 100"}, {"k k k k", "peers 14 to 30 of 100"},
		{"pgdown", "peers 30 to 46 of 100"}, {"space", "peers 46 to 62 of 100"}, {"pgup", "peers 30 to 46 of 100"}, {"pgup", "peers 14 to 30 of 100"},
		{"b b", "peers 1 to 17 of 100"}, {"G", "peers 84 to 100 of 100"}, {"down", "peers 84 to 100 of 100"}, {"s", "peers 1 to 17 of 100"},
		{"end r", "peers 1 to 17 of 100"}, {"end v", "peers 1 to "}, {"v v end / enter", "peers 1 to 17 of 100"}, {"/ 0 enter", "peers 1 to 17 of 100"}, {"esc g", "peers 1 to 17 of 100"},
		{"x", "peers 1 to 17 of 100"},
	} {
		s.press(test.keys)
		s.has(test.want)
	}
	// A page is at least one line.
	s.screen(80, 5)
	s.press("pgdown")
	s.screen(80, 24)
	s.has("peers 2 to 18 of 100")
}

// TestOrders checks each order, in both directions, with the keys s, S and r.
func TestOrders(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[wgtypes.PublicKey]string{peerKey(1): "Alice", peerKey(2): "Bob", peerKey(3): "Carol"})
	s.set("b", userDevice("b", 1, somePeer(3, 5*time.Second), somePeer(1, 20*time.Second)))
	s.set("a", userDevice("a", 1, somePeer(2, 10*time.Second)))
	s.ready()
	s.pass(interval)
	s.change("a", func(d *wgtypes.Device) { d.Peers[0].TransmitBytes += 90000 })
	s.change("b", func(d *wgtypes.Device) {
		d.Peers[0].ReceiveBytes, d.Peers[0].TransmitBytes = d.Peers[0].ReceiveBytes+5000, d.Peers[0].TransmitBytes+1
		d.Peers[1].ReceiveBytes += 90
	})
	name := regexp.MustCompile(`(?m)^[ !-] (Alice|Bob|Carol) `)
	order := func() string {
		var names []string
		for _, m := range name.FindAllStringSubmatch(s.screen(100, 24), -1) {
			names = append(names, m[1][:1])
		}
		return strings.Join(names, "")
	}
	orders := []struct{ name, want, reversed string }{
		{"rate", "BCA", "ACB"}, {"handshake", "CBA", "ABC"}, {"name", "ABC", "CBA"}, {"received", "CBA", "ABC"},
		{"sent", "BCA", "ACB"}, {"endpoint", "ABC", "CBA"}, {"device", "BAC", "CAB"},
	}
	for _, o := range orders {
		if got := order(); got != o.want {
			t.Errorf("peers by %s are %q, want %q", o.name, got, o.want)
		}
		s.has("s by " + o.name)
		s.press("r")
		if got := order(); got != o.reversed {
			t.Errorf("peers by %s, reversed, are %q, want %q", o.name, got, o.reversed)
		}
		s.press("r s")
	}
	s.has("s by rate")
	s.press("S")
	s.has("s by device")
}

// TestChoices checks which peers the key v shows.
func TestChoices(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[wgtypes.PublicKey]string{peerKey(1): "Alice", peerKey(2): "Bob", peerKey(3): "Carol"})
	s.set("wg0", userDevice("wg0", 1, somePeer(1, 0), somePeer(2, 4*time.Minute), somePeer(3, -1)))
	s.ready()
	s.has("Alice", "Bob", "Carol", "1 silent")
	s.shows("wg0", "3", "1")
	s.press("v")
	s.has("v live", "  Alice ", "1 of 1, 2 not shown")
	s.press("v")
	s.has("v silent", "! Bob ", "1 of 1, 2 not shown")
	s.press("v")
	s.has("3 of 3")
	s.starts("Carol", "- ", "never")
}

// TestDeviceKey checks that the key d selects each device that has a name, and then
// all devices.
func TestDeviceKey(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	for i := range 3 {
		name := fmt.Sprintf("wg%d", i)
		s.set(name, userDevice(name, 1, somePeer(i+1, 0)))
	}
	s.unreadable("", "list: no")
	s.ready()
	s.has("3 devices", "1 unreadable", "d all", "! (userspace devices)  unreadable")
	for i := range 3 {
		s.press("d")
		s.has(fmt.Sprintf("> wg%d", i), fmt.Sprintf("d wg%d", i), "peers 1 to 1 of 1, 2 not shown")
	}
	s.press("d")
	s.has("d all", "peers 1 to 3 of 3")
	s.readable("")
	s.lacks("(userspace devices)", "unreadable")
	if screen := s.screen(80, 24); strings.Count(screen, " userspace ") != 3 {
		t.Errorf("screen is\n%s\nwant 3 devices", screen)
	}
}

// TestHelpKey checks that any key leaves the help.
func TestHelpKey(t *testing.T) {
	t.Parallel()
	s := pair(t)
	for _, keys := range []string{"? x", "h q", "? ?"} {
		s.press(strings.Fields(keys)[0])
		s.has("any key goes back")
		s.press(strings.Fields(keys)[1])
		s.has("Alice")
	}
}

// TestGraphOfIdlePeer checks that readings without traffic are gaps in the graph,
// also after more readings than the graph has, and that no old reading reappears.
func TestGraphOfIdlePeer(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.view.ASCII = true
	busy := func(readings int) {
		for range readings {
			s.pass(interval)
			s.change("wg0", receive(0, 1<<20))
		}
	}
	busy(100)
	s.pass(6 * interval)
	if line := s.row("Alice"); !regexp.MustCompile(` #{38} {3}10`).MatchString(line) {
		t.Errorf("after 6 idle readings, row(Alice) = %q, want 38 columns and a gap of 2 at the right", line)
	}
	busy(4)
	if line := s.row("Alice"); !regexp.MustCompile(` #{35} {2}.?#{2,3} `).MatchString(line) {
		t.Errorf("after an idle time, row(Alice) = %q, want a gap within the graph", line)
	}
}

// TestStableOrder checks the order of devices with the same name, and of a peer that
// several devices have.
func TestStableOrder(t *testing.T) {
	t.Parallel()
	for range 20 {
		s := newScene(t, nil)
		s.set("user", userDevice("wg0", 1, somePeer(1, 0)))
		s.set("kernel", &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, Index: 7, ListenPort: 2, Peers: []wgtypes.Peer{somePeer(1, 0)}})
		s.set("a", userDevice("a", 3, somePeer(1, 0)))
		s.ready()
		screen := s.screen(200, 24)
		key := peerKey(1).String()
		want := regexp.MustCompile(`(?s) a +userspace .* wg0 +kernel .* wg0 +userspace .*` + regexp.QuoteMeta(key) + ` +a .*` + regexp.QuoteMeta(key) + ` +wg0 .*` + regexp.QuoteMeta(key) + ` +wg0 `)
		if !want.MatchString(screen) {
			t.Fatalf("screen is\n%s\nwant a match of %s", screen, want)
		}
	}
}

// TestOrderOfRates checks that peers whose rates differ less than what is shown are
// sorted by name at each reading, and idle peers by their last handshake.
func TestOrderOfRates(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[wgtypes.PublicKey]string{
		peerKey(1): "Alice", peerKey(2): "Bob", peerKey(3): "Carol", peerKey(4): "Dave", peerKey(5): "Eve",
	})
	s.set("wg0", userDevice("wg0", 1, somePeer(1, 0), somePeer(2, 0), somePeer(3, -1), somePeer(4, time.Hour), somePeer(5, time.Minute)))
	s.ready()
	check := func(keys, want string) {
		t.Helper()
		s.press(keys)
		var got strings.Builder
		for _, m := range regexp.MustCompile(`(?m)^[ !-] (Alice|Bob|Carol|Dave|Eve) `).FindAllStringSubmatch(s.screen(80, 24), -1) {
			got.WriteString(m[1][:1])
		}
		if got.String() != want {
			t.Errorf("after the keys %q, peers are %q, want %q", keys, got.String(), want)
		}
	}
	for i := range 10 {
		s.pass(interval)
		s.change("wg0", func(d *wgtypes.Device) {
			d.Peers[0].ReceiveBytes += uint64(1_000_000 + i%2*900)
			d.Peers[1].ReceiveBytes += uint64(1_000_900 - i%2*900)
		})
		check("", "ABEDC")
	}
	s.pass(interval)
	s.change("wg0", func(d *wgtypes.Device) {
		d.Peers[0].ReceiveBytes += 1_000_000
		d.Peers[1].ReceiveBytes += 1_010_000
	})
	check("", "BAEDC")
	check("r", "CDEAB")
	s.pass(10 * interval)
	s.change("wg0", func(d *wgtypes.Device) { d.Peers[3].LastHandshake = s.now })
	check("r", "DABEC")
	check("s", "DABEC")
}

// TestNarrowFooter checks that words of at most nine columns are not cut.
func TestNarrowFooter(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.press("s")
	if screen := s.screen(60, 24); !strings.Contains(screen, "s handshake r ") {
		t.Errorf("screen is\n%s\nwant %q in it", screen, "s handshake r ")
	}
	s.press("/")
	s.view.Type("1234567890")
	s.press("enter")
	if screen := s.screen(60, 24); !strings.Contains(screen, "/ 12345678~ s ") {
		t.Errorf("screen is\n%s\nwant %q in it", screen, "/ 12345678~ s ")
	}
}

// TestSilentColour checks that the number of silent peers is highlighted.
func TestSilentColour(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.set("wg0", userDevice("wg0", 1, somePeer(1, 0), somePeer(2, 4*time.Minute)))
	s.ready()
	s.view.Plain = false
	s.view.Resize(80, 24)
	s.view.Update(s.now)
	if text := string(s.view.AppendScreen(nil)); !strings.Contains(text, "\x1b[1;31m     1\x1b[m") {
		t.Errorf("AppendScreen = %q, want the number of silent peers in red", text)
	}
}
