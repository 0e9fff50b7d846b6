package top_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// atCursor checks which peer of a crowd has the cursor: "peer 00012", or "" for none.
func (s *scene) atCursor(after, want string) {
	s.t.Helper()
	var got strings.Builder
	for _, m := range regexp.MustCompile(`(?m)^[ !-]>(peer \d+) `).FindAllStringSubmatch(s.screen(80, 24), -1) {
		got.WriteString(m[1])
	}
	if got.String() != want {
		s.t.Errorf("after %s, the cursor is on %q, want %q", after, got.String(), want)
	}
}

// TestCursor checks the keys that move the cursor, and which remove it. Sorted by rate,
// peer 00099 is the first.
func TestCursor(t *testing.T) {
	t.Parallel()
	s := crowd(t, 100)
	s.atCursor("no key", "")
	for _, test := range []struct{ keys, want string }{
		{"down", "peer 00099"}, {"down", "peer 00098"}, {"j j", "peer 00096"}, {"up k", "peer 00098"}, {"up up up", "peer 00099"},
		{"pgdown", "peer 00083"}, {"end", "peer 00000"}, {"down", "peer 00000"}, {"pgup", "peer 00016"}, {"home", "peer 00099"},
		{"s", ""}, {"S up", "peer 00099"}, {"r", ""}, {"r pgdown down", "peer 00083"}, {"? x", "peer 00083"}, {"/ z z z enter", ""}, {"down", ""},
		{"enter", ""}, {"esc enter", "peer 00099"}, {"down", "peer 00098"}, {"s", "peer 00098"}, {"S esc", "peer 00098"}, {"esc", ""},
	} {
		s.press(test.keys)
		s.atCursor(test.keys, test.want)
	}
}

// TestCursorFollows checks that the cursor stays on its peer when the order changes, and
// on the line when its peer is removed.
func TestCursorFollows(t *testing.T) {
	t.Parallel()
	s := crowd(t, 100)
	s.press("down down down")
	s.atCursor("3 times down", "peer 00097")
	s.pass(interval)
	s.change("wg0", func(d *wgtypes.Device) {
		for i := range d.Peers {
			d.Peers[i].ReceiveBytes += uint64(100-i) * 100
		}
	})
	s.atCursor("another order", "peer 00097")
	s.has("peers 82 to 98 of 100")
	s.change("wg0", func(d *wgtypes.Device) { d.Peers = append(d.Peers[:97:97], d.Peers[98:]...) })
	s.atCursor("removing the peer", "peer 00098")
	s.change("wg0", func(d *wgtypes.Device) { d.Peers = nil })
	s.atCursor("removing all peers", "")
	s.press("down enter")
	s.has("no peers")
}

// TestCursorStyle checks that the line of the cursor is reversed and has no other style.
func TestCursorStyle(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(0)
	s.press("down")
	s.view.Plain = false
	s.view.Resize(60, 24)
	s.view.Update(s.now)
	text := string(s.view.AppendScreen(nil))
	if want := regexp.MustCompile(`\n\x1b\[7m >Alice [^\x1b]{52}\x1b\[m\n`); !want.MatchString(text) {
		t.Errorf("AppendScreen(nil) = %q, want a match of %s", text, want)
	}
}

// TestDetails checks the fields of a peer's details, and that they follow the cursor.
func TestDetails(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[wgtypes.PublicKey]string{peerKey(1): "Alice", peerKey(2): "Bob", peerKey(3): "Carol"})
	idle := somePeer(3, -1)
	idle.Endpoint, idle.AllowedIPs = netip.AddrPort{}, nil
	s.set("wg0", userDevice("wg0", 1, somePeer(1, 5*time.Minute), allowing(2, 3), idle))
	s.ready()
	s.pass(interval)
	s.change("wg0", receive(1, 4096))
	s.press("enter")
	s.has("  Bob, peer of wg0", "  key         "+peerKey(2).String(), "  endpoint    192.0.2.2:51822", "  handshake   2s ago ",
		"  received    2.00 MiB, 2.00 KiB/s", "  sent        128 KiB, 0/s", "  history     ", "  2.00 KiB/s  ", "  allowed IPs 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24")
	s.press("down")
	s.has("  Alice, peer of wg0", "  handshake   5m02s ago, silent")
	s.press("down")
	s.has("  Carol, peer of wg0", "  endpoint    unknown", "  handshake   never", "  allowed IPs none")
	s.press("esc")
	s.lacks("peer of")
	s.press("enter enter")
	s.lacks("peer of")
	s.press("enter")
	s.unreadable("wg0", "it hangs")
	s.has("  received    0 B, -/s")
	s.change("wg0", func(d *wgtypes.Device) { d.Peers = nil })
	s.lacks("peer of")
}

// TestDetailsOfManyAllowedIPs checks that the details show as many allowed IPs as they
// have room for, and how many there are.
func TestDetailsOfManyAllowedIPs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ width, height, prefixes int }{{80, 24, 1}, {80, 24, 10}, {80, 24, 500}, {200, 60, 40}, {40, 10, 500}, {80, 16, 9}} {
		s := newScene(t, nil)
		s.set("wg0", userDevice("wg0", 1, allowing(1, test.prefixes)))
		s.ready()
		s.screen(test.width, test.height)
		s.press("enter")
		_, after, _ := strings.Cut(s.screen(test.width, test.height), "  allowed IPs ")
		shown, more := strings.Count(after, "/24"), 0
		if _, number, ok := strings.Cut(after, "+"); ok {
			if _, err := fmt.Sscan(number, &more); err != nil {
				t.Fatal(err)
			}
		}
		if shown == 0 || shown+more != test.prefixes {
			t.Errorf("at %dx%d, the details show %d allowed IPs and %d more, want %d in total:\n%s", test.width, test.height, shown, more, test.prefixes, after)
		}
	}
}

// TestDetailsKeepTheList checks that the list is as long for a peer with many allowed IPs
// as for one with few, and that at least one peer is shown.
func TestDetailsKeepTheList(t *testing.T) {
	t.Parallel()
	s := newScene(t, map[wgtypes.PublicKey]string{peerKey(1): "Alice", peerKey(2): "Bob"})
	s.set("wg0", userDevice("wg0", 1, allowing(1, 500), allowing(2, 1)))
	s.ready()
	for height := range 60 {
		s.screen(40, height)
		s.press("home enter")
		first := s.screen(40, height)
		s.press("down")
		second := s.screen(40, height)
		if height >= 5 && (!strings.Contains(first, " >Alice ") || !strings.Contains(second, " >Bob ")) {
			t.Errorf("height %d: screens are\n%s\nand\n%s\nwant the cursor on Alice, then on Bob", height, first, second)
		}
		if got, want := strings.Count(second, "\n  key "), strings.Count(first, "\n  key "); got != want || height >= 10 && got != 1 {
			t.Errorf("height %d: the details of the peers have %d and %d keys, want the same, and 1 from height 10", height, want, got)
		}
		s.press("esc")
	}
}
