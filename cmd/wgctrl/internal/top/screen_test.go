package top_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var update = flag.Bool("update", false, "rewrite the golden screens")

// checkScreen checks that text has height lines, that none is wider than width,
// and that all characters are printable.
func checkScreen(t testing.TB, text string, width, height int) {
	t.Helper()
	lines := strings.Split(text, "\n")
	if len(lines) != max(height, 1) {
		t.Errorf("screen has %d lines, want %d", len(lines), max(height, 1))
	}
	for _, line := range lines {
		if got := termtext.Width(line); got > width {
			t.Errorf("line %q has %d columns, want at most %d", line, got, width)
		}
		for _, r := range line {
			if r == utf8.RuneError || !unicode.IsPrint(r) {
				t.Fatalf("line %q contains %q, want printable characters", line, r)
			}
		}
	}
}

// golden compares a screen with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	var lines []string
	for line := range strings.SplitSeq(got, "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	got = strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", path, got, want)
	}
}

// office returns a scene with traffic that rises and falls, with silent peers,
// peers without a handshake, and a device that cannot be read.
func office(t *testing.T) *scene {
	s := newScene(t, map[wgtypes.PublicKey]string{
		peerKey(1): "Alice's laptop", peerKey(2): "Bob", peerKey(3): "Żółw, the build server in the cellar", peerKey(4): "日本語の名前",
	})
	v6 := somePeer(3, 90*time.Second)
	v6.Endpoint = netip.MustParseAddrPort("[fe80::1234:5678:9abc:def0%wlp0s20f3]:51820")
	v6.AllowedIPs = append(v6.AllowedIPs, netip.MustParsePrefix("2001:db8:1::/48"), netip.MustParsePrefix("0.0.0.0/0"))
	never := somePeer(5, -1)
	never.Endpoint = netip.AddrPort{}
	s.set("office", userDevice("office", 51820, somePeer(1, 12*time.Second), somePeer(2, 4*time.Minute), v6))
	s.set("lab", userDevice("lab", 51821, somePeer(4, 0), never, somePeer(6, 26*time.Hour)))
	s.set("stuck", userDevice("stuck", 0))
	s.ready()
	for i := range 30 {
		s.pass(interval)
		s.change("office", func(d *wgtypes.Device) {
			d.Peers[0].ReceiveBytes += uint64(i * 100_000)
			d.Peers[0].TransmitBytes += uint64((i % 7) * 30_000)
			d.Peers[2].ReceiveBytes += 148
			d.Peers[2].TransmitBytes += 92
		})
		if i%3 == 0 {
			s.change("lab", func(d *wgtypes.Device) { d.Peers[0].ReceiveBytes += 40 << 20 })
		}
		if i == 20 {
			s.unreadable("stuck", "read \"stuck\" (userspace): no answer within 5s: context deadline exceeded")
		}
	}
	return s
}

func TestGoldenScreens(t *testing.T) {
	t.Parallel()
	s := office(t)
	for _, size := range [][2]int{{80, 24}, {40, 10}, {200, 60}} {
		golden(t, fmt.Sprintf("office-%dx%d", size[0], size[1]), s.screen(size[0], size[1]))
	}
	s.press("s s r / o f f i enter")
	golden(t, "sorted-80x24", s.screen(80, 24))
	s.press("esc r d d v v")
	golden(t, "silent-80x24", s.screen(80, 24))
	s.press("v / x y z z y")
	golden(t, "typing-80x24", s.screen(80, 24))
	s.press("esc ?")
	golden(t, "help-80x24", s.screen(80, 24))
	golden(t, "help-40x10", s.screen(40, 10))
	s.press("x enter down")
	golden(t, "details-80x24", s.screen(80, 24))
	golden(t, "details-40x10", s.screen(40, 10))

	s = newScene(t, nil)
	golden(t, "looking-80x24", s.screen(80, 24))
	s.ready()
	s.view.Nothing = []string{"no WireGuard devices found; looked at", "  a \x1b[2J place"}
	golden(t, "nothing-80x24", s.screen(80, 24))
	s.unreadable("", "list: permission denied")
	golden(t, "unlisted-80x24", s.screen(80, 24))
}

// TestColours checks which texts have colours, and that every colour ends on its
// line.
func TestColours(t *testing.T) {
	t.Parallel()
	s := office(t)
	s.view.Plain = false
	s.view.Resize(80, 24)
	s.view.Update(s.now)
	text := string(s.view.AppendScreen(nil))
	for _, want := range []string{"\x1b[1;31m! \x1b[m\x1b[1;31mBob", "\x1b[32m    1m12s", "\x1b[1;31m2 silent\x1b[m", "\x1b[1;31m! stuck"} {
		if !strings.Contains(text, want) {
			t.Errorf("AppendScreen(nil) = %q, want it to contain %q", text, want)
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Count(line, "\x1b[")%2 != 0 {
			t.Errorf("line %q has %d escape sequences, want an even number", line, strings.Count(line, "\x1b["))
		}
	}
	s.view.Plain, s.view.ASCII = true, true
	for _, r := range s.screen(80, 24) {
		if r >= 0x2800 && r < 0x2900 {
			t.Fatalf("screen contains %q, want no braille with ASCII set", r)
		}
	}
}

// TestAppendText compares the text form with a file and counts its lines for many
// peers.
func TestAppendText(t *testing.T) {
	t.Parallel()
	s := office(t)
	s.pass(0)
	golden(t, "office-text", strings.TrimSuffix(string(s.view.AppendText(nil)), "\n"))
	text := string(crowd(t, large).view.AppendText(nil))
	if lines := strings.Count(text, "\n"); lines != large+4 {
		t.Errorf("AppendText with %d peers has %d lines, want %d", large, lines, large+4)
	}
}

// TestAppendTextLong checks that long lists, names and errors are not cut.
func TestAppendTextLong(t *testing.T) {
	t.Parallel()
	name, reason := "a-device-with-a-very-long-name", strings.Repeat("reason ", 300)+"end"
	s := newScene(t, nil)
	several, many := allowing(1, 3), allowing(2, 500)
	s.set(name, userDevice(name, 1, several, many))
	s.set("stuck", userDevice("stuck", 2))
	s.ready()
	s.unreadable("stuck", reason)
	s.pass(0)
	text := string(s.view.AppendText(nil))
	for _, want := range []string{name + " userspace", ": " + reason + "\n", " " + listed(several) + "\n", " " + listed(many) + "\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("AppendText(nil) =\n%s\nwant it to contain %q", text, want)
		}
	}
}

// TestAllowedIPsColumn checks that a list of allowed IPs is cut only if it does not
// fit.
func TestAllowedIPsColumn(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		1: "10.0.0.0/24", 2: "10.0.0.0/24, 10.0.1.0/24", 3: "10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24",
		4: "10.0.0.0/24, 10.0.1.0/24, +2", 500: "10.0.0.0/24, 10.0.1.0/24, +498",
	} {
		s := newScene(t, nil)
		s.set("wg0", userDevice("wg0", 1, allowing(1, n)))
		s.ready()
		if got := s.allowed(len("10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24")); got != want {
			t.Errorf("column of %d prefixes = %q, want %q", n, got, want)
		}
	}
}

// allowed returns the allowed IPs of the only peer on a screen on which their
// column has the given width.
func (s *scene) allowed(width int) string {
	s.t.Helper()
	for columns := 80; columns < 400; columns++ {
		lines := strings.Split(s.screen(columns, 24), "\n")
		if at := strings.Index(lines[5], "ALLOWED IPS"); at == columns-width {
			return strings.TrimRight(lines[6][at:], " ")
		}
	}
	s.t.Fatalf("no screen width from 80 to 399 gives the allowed IPs column %d columns, want one", width)
	return ""
}

// allowing returns the n-th peer with the given number of allowed IPs.
func allowing(n, prefixes int) wgtypes.Peer {
	p := somePeer(n, 0)
	p.AllowedIPs = nil
	for i := range prefixes {
		p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0}), 24))
	}
	return p
}

func listed(p wgtypes.Peer) string {
	var all []string
	for _, prefix := range p.AllowedIPs {
		all = append(all, prefix.String())
	}
	return strings.Join(all, ", ")
}
