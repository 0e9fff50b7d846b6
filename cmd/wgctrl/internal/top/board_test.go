package top_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// row returns the line of the screen that begins with a name.
func (s *scene) row(name string) string {
	s.t.Helper()
	for line := range strings.SplitSeq(s.screen(200, 60), "\n") {
		if strings.HasPrefix(line[min(2, len(line)):], name+" ") {
			return line
		}
	}
	s.t.Fatalf("no line of %q on\n%s", name, s.screen(200, 60))
	return ""
}

// shows expects words on the line of a device or peer, in this order.
func (s *scene) shows(name string, words ...string) {
	s.t.Helper()
	line := s.row(name)
	rest := line
	for _, w := range words {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			s.t.Errorf("no %q in %q", w, line)
			return
		}
		rest = after
	}
}

// pair is a device with the peers Alice and Bob.
func pair(t *testing.T) *scene {
	s := newScene(t, map[wgtypes.PublicKey]string{peerKey(1): "Alice", peerKey(2): "Bob"})
	s.is("wg0", userDevice("wg0", 1, somePeer(1, 0), somePeer(2, 0)))
	s.ready()
	return s
}

func receive(peer int, bytes uint64) func(*wgtypes.Device) {
	return func(d *wgtypes.Device) { d.Peers[peer].ReceiveBytes += bytes }
}

// TestRates: bytes by the time between two readings, nothing once readings tell
// nothing, and the sum for the device.
func TestRates(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(interval)
	s.change("wg0", func(d *wgtypes.Device) {
		d.Peers[0].ReceiveBytes += 4096
		d.Peers[0].TransmitBytes += 200
		d.Peers[1].ReceiveBytes += 2048
	})
	s.shows("Alice", "2.00 KiB", "100 B")
	s.shows("Bob", "1.00 KiB", " 0 ")
	s.shows("wg0", "3.00 KiB", "100 B")
	s.pass(2500 * time.Millisecond) // a reading that is a little late
	s.change("wg0", receive(0, 5000))
	s.shows("Alice", "1.95 KiB", " 0 ")
	s.shows("Bob", " 0 ", " 0 ")
	s.pass(interval)
	s.shows("Alice", "1.95 KiB") // the next reading may be a little late
	s.pass(2 * interval)
	s.shows("Alice", " 0 ", " 0 ")
	s.shows("wg0", " 0 ", " 0")

	// After long silence, bytes are those of the last interval.
	s.pass(time.Hour)
	s.change("wg0", receive(1, 2000))
	s.shows("Bob", "1000 B")
}

// TestRateAfterTrouble: bytes of the time that a device could not be read are
// spread over it.
func TestRateAfterTrouble(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(interval)
	s.change("wg0", receive(0, 2000))
	s.pass(interval)
	s.unreadable("wg0", "it hangs")
	s.pass(20 * time.Second)
	if text := s.screen(80, 24); !strings.Contains(text, "! wg0  unreadable for 20s: it hangs") {
		t.Error(text)
	}
	s.shows("Alice", " - ", " - ")
	s.readable("wg0")
	s.change("wg0", receive(0, 20_000))
	s.shows("Alice", "1000 B")
	s.shows("wg0", "userspace")
}

// TestRateAfterQuietRecovery: the time that a device could not be read is over for
// later readings, even if the first found nothing new.
func TestRateAfterQuietRecovery(t *testing.T) {
	t.Parallel()
	for _, later := range []time.Duration{interval, 10 * interval} {
		s := pair(t)
		s.pass(interval)
		s.unreadable("wg0", "it hangs")
		s.pass(20 * time.Second)
		s.readable("wg0")
		s.pass(later)
		s.change("wg0", receive(0, 2000))
		s.shows("Alice", "1000 B")
	}
}

// TestOtherReason: a device whose trouble has another reason by now is unreadable
// since the first.
func TestOtherReason(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(time.Minute)
	s.unreadable("wg0", "it hangs")
	s.pass(10 * time.Second)
	s.unreadable("wg0", "it is gone")
	s.pass(10 * time.Second)
	if text := s.screen(80, 24); !strings.Contains(text, "! wg0  unreadable for 20s: it is gone") {
		t.Error(text)
	}
	s.shows("Alice", " 1m00s ") // the age of the handshake, as far as is known
	s.readable("wg0")
	s.change("wg0", receive(0, 20_000))
	s.shows("Alice", "1000 B")
}

// TestNoReason: a device is unreadable also if the error says nothing.
func TestNoReason(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(interval)
	s.unreadable("wg0", "")
	if text := s.screen(80, 24); !strings.Contains(text, "! wg0  unreadable for 0s  ") || !strings.Contains(text, "1 unreadable") {
		t.Error(text)
	}
	if !s.board.Troubled() {
		t.Error("nothing is said to be unreadable")
	}
	s.shows("Alice", " - ", " - ")
	s.readable("wg0")
	s.shows("wg0", "userspace")
}

// TestUnknownIsNotSilent: while a device cannot be read, its peers may shake
// hands all the same.
func TestUnknownIsNotSilent(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(time.Minute)
	s.unreadable("wg0", "it hangs")
	s.pass(time.Hour)
	if line := s.row("Alice"); !strings.HasPrefix(line, "  ") || !strings.Contains(line, " 1m00s ") {
		t.Error(line)
	}
	s.readable("wg0")
	if line := s.row("Alice"); !strings.HasPrefix(line, "! ") || !strings.Contains(line, " 1h01m ") {
		t.Error(line)
	}
}

// TestClockSetBack: rates and graphs go on.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(interval)
	s.change("wg0", receive(0, 2000))
	s.pass(-time.Hour)
	s.change("wg0", receive(0, 4000))
	s.shows("Alice", "1.95 KiB", " 0s ")
	s.pass(interval)
	s.change("wg0", receive(0, 6000))
	s.shows("Alice", "2.93 KiB")
	s.pass(2 * interval)
	s.shows("Alice", " 0 ", " 0 ")
}

// TestHistoryIsEven: readings that come a little early or late, and drift, leave
// no gap in the graph of a peer that is always busy, and no moment twice.
func TestHistoryIsEven(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	s := pair(t)
	for range 500 {
		s.pass(interval + time.Duration(r.IntN(900)-450)*time.Millisecond + 10*time.Millisecond)
		s.change("wg0", receive(0, 1<<20))
	}
	line := s.row("Alice")
	full := 0
	for _, c := range line {
		if c >= 0x2800 && c < 0x2900 {
			full++
		}
	}
	if full != 40 {
		t.Errorf("%d of 40 columns in %q", full, line)
	}
}

// TestSilence: a session is lost after three minutes.
func TestSilence(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(179 * time.Second)
	s.shows("Alice", "2m59s")
	s.pass(time.Second)
	if line := s.row("Alice"); !strings.HasPrefix(line, "! ") || !strings.Contains(line, "3m00s") {
		t.Error(line)
	}
	s.change("wg0", func(d *wgtypes.Device) { d.Peers[0].LastHandshake = s.now })
	if line := s.row("Alice"); !strings.HasPrefix(line, "  ") || !strings.Contains(line, " 0s") {
		t.Error(line)
	}
	s.shows("wg0", "2", "1")
}

// TestUnits: three digits, in at most eight columns.
func TestUnits(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[uint64]string{
		0: "0", 1: "1 B", 1023: "1023 B", 1024: "1.00 KiB", 10_200: "9.96 KiB", 10_235: "10.0 KiB", 102_300: "99.9 KiB", 102_350: "100 KiB",
		1023 << 10: "1023 KiB", 1<<20 - 1: "1.00 MiB", 5 << 30: "5.00 GiB", 1 << 62: "4.00 EiB",
	} {
		s := pair(t)
		s.pass(time.Second)
		s.change("wg0", receive(0, bytes))
		s.shows("Alice", " "+want+" ")
	}
	for age, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", time.Minute: "1m00s", 3599 * time.Second: "59m59s", time.Hour: "1h00m", 24*time.Hour - 1: "23h59m",
		24 * time.Hour: "1d00h", 1000*24*time.Hour - 1: "999d23h",
	} {
		s := pair(t)
		s.pass(age)
		s.shows("Alice", " "+want+" ")
	}
}

// TestDevicesComeAndGo: also while their peers are on the screen, and under other
// names.
func TestDevicesComeAndGo(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.is("wg1", &wgtypes.Device{Name: "wg1", Kind: wgtypes.KindKernel, Index: 7, Peers: []wgtypes.Peer{somePeer(3, 0)}})
	s.pass(0)
	s.press("d d")
	if text := s.screen(80, 24); strings.Contains(text, "Alice") || !strings.Contains(text, "> wg1") || !strings.Contains(text, "peers 1 to 1 of 1, 2 not shown") {
		t.Error(text)
	}
	s.change("wg1", func(d *wgtypes.Device) { d.Name = "renamed" })
	if text := s.screen(80, 24); strings.Contains(text, "wg1") || !strings.Contains(text, "> renamed") {
		t.Error(text)
	}
	s.is("wg1", nil)
	if text := s.screen(80, 24); strings.Contains(text, "renamed") || !strings.Contains(text, "Alice") || !strings.Contains(text, "peers 1 to 2 of 2  ") {
		t.Error(text)
	}
	s.change("wg0", func(d *wgtypes.Device) { d.Peers = d.Peers[1:] })
	if text := s.screen(80, 24); strings.Contains(text, "Alice") {
		t.Error(text)
	}
	s.is("wg0", nil)
	if text := s.screen(80, 24); !strings.Contains(text, "0 devices  0 peers") || !s.board.Empty() {
		t.Error(text)
	}
}

// TestManyDevices: those that there is no room for are counted, and the chosen
// one is there.
func TestManyDevices(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	for i := range 100 {
		s.is(fmt.Sprintf("wg%02d", i), userDevice(fmt.Sprintf("wg%02d", i), 1, somePeer(i, 0)))
	}
	s.ready()
	if text := s.screen(80, 24); !strings.Contains(text, "94 more devices") {
		t.Error(text)
	}
	s.press(strings.Repeat("d ", 50))
	if text := s.screen(80, 24); !strings.Contains(text, "> wg49") {
		t.Error(text)
	}
}
