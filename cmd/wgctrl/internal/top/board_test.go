package top_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// row returns the line of the screen that begins with the name, after its mark.
func (s *scene) row(name string) string {
	s.t.Helper()
	for line := range strings.SplitSeq(s.screen(200, 60), "\n") {
		if strings.HasPrefix(line[min(2, len(line)):], name+" ") {
			return line
		}
	}
	s.t.Fatalf("screen is\n%s\nwant a line that begins with %q", s.screen(200, 60), name)
	return ""
}

// shows checks that the line of a device or peer contains the words in this order.
func (s *scene) shows(name string, words ...string) {
	s.t.Helper()
	line := s.row(name)
	rest := line
	for _, w := range words {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			s.t.Errorf("row(%q) = %q, want %q in this order", name, line, words)
			return
		}
		rest = after
	}
}

// starts checks that the line of a device or peer begins with the mark and
// contains the word.
func (s *scene) starts(name, mark, word string) {
	s.t.Helper()
	if line := s.row(name); !strings.HasPrefix(line, mark) || !strings.Contains(line, word) {
		s.t.Errorf("row(%q) = %q, want prefix %q and %q", name, line, mark, word)
	}
}

// pair returns a scene with one device that has the peers Alice and Bob.
func pair(t *testing.T) *scene {
	s := newScene(t, map[wgtypes.PublicKey]string{peerKey(1): "Alice", peerKey(2): "Bob"})
	s.set("wg0", userDevice("wg0", 1, somePeer(1, 0), somePeer(2, 0)))
	s.ready()
	return s
}

func receive(peer int, bytes uint64) func(*wgtypes.Device) {
	return func(d *wgtypes.Device) { d.Peers[peer].ReceiveBytes += bytes }
}

// TestRates checks that a rate is the bytes divided by the time between two
// readings, that it drops to zero after readings without news, and that a device
// has the sum of its peers' rates.
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

	// After a long silence the bytes belong to the last interval.
	s.pass(time.Hour)
	s.change("wg0", receive(1, 2000))
	s.shows("Bob", "1000 B")
}

// TestRateAfterFailedReadings checks that bytes that arrived while the device could
// not be read are spread over that time.
func TestRateAfterFailedReadings(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(interval)
	s.change("wg0", receive(0, 2000))
	s.pass(interval)
	s.unreadable("wg0", "it hangs")
	s.pass(20 * time.Second)
	s.has("! wg0  unreadable for 20s: it hangs")
	s.shows("Alice", " - ", " - ")
	s.readable("wg0")
	s.change("wg0", receive(0, 20_000))
	s.shows("Alice", "1000 B")
	s.shows("wg0", "userspace")
}

// TestRateAfterQuietRecovery checks that bytes are not spread over the time of
// failed readings if the first successful reading found nothing new.
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

// TestUnreadableReasonChanges checks that a device whose error changes counts as
// unreadable since the first error.
func TestUnreadableReasonChanges(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(time.Minute)
	s.unreadable("wg0", "it hangs")
	s.pass(10 * time.Second)
	s.unreadable("wg0", "it is gone")
	s.pass(10 * time.Second)
	s.has("! wg0  unreadable for 20s: it is gone")
	s.shows("Alice", " 1m00s ") // the age when the device became unreadable
	s.readable("wg0")
	s.change("wg0", receive(0, 20_000))
	s.shows("Alice", "1000 B")
}

// TestUnreadableWithoutReason checks that a device with an empty error text counts
// as unreadable.
func TestUnreadableWithoutReason(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(interval)
	s.unreadable("wg0", "")
	s.has("! wg0  unreadable for 0s  ", "1 unreadable")
	if !s.board.HasUnreadable() {
		t.Error("HasUnreadable() = false, want true")
	}
	s.shows("Alice", " - ", " - ")
	s.readable("wg0")
	s.shows("wg0", "userspace")
}

// TestUnreadableIsNotSilent checks that peers of an unreadable device do not become
// silent: they may have shaken hands since.
func TestUnreadableIsNotSilent(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(time.Minute)
	s.unreadable("wg0", "it hangs")
	s.pass(time.Hour)
	s.starts("Alice", "  ", " 1m00s ")
	s.readable("wg0")
	s.starts("Alice", "! ", " 1h01m ")
}

// TestClockSetBack checks rates after the clock was set back.
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

// TestGraphWithoutGaps checks that readings that come early or late, and drift,
// leave no gap in the graph of a peer that is always busy.
func TestGraphWithoutGaps(t *testing.T) {
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
		t.Errorf("graph in %q has %d columns, want 40", line, full)
	}
}

// TestSilentPeer checks that a peer becomes silent three minutes after its last
// handshake.
func TestSilentPeer(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(179 * time.Second)
	s.shows("Alice", "2m59s")
	s.pass(time.Second)
	s.starts("Alice", "! ", "3m00s")
	s.change("wg0", func(d *wgtypes.Device) { d.Peers[0].LastHandshake = s.now })
	s.starts("Alice", "  ", " 0s")
	s.shows("wg0", "2", "1")
}

// TestUnits checks the formats of byte counts and ages.
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
		0: "0s", 59 * time.Second: "59s", time.Minute: "1m00s", 69 * time.Second: "1m09s", 70 * time.Second: "1m10s", 3599 * time.Second: "59m59s", time.Hour: "1h00m", 24*time.Hour - 1: "23h59m",
		24 * time.Hour: "1d00h", 1000*24*time.Hour - 1: "999d23h",
	} {
		s := pair(t)
		s.pass(age)
		s.shows("Alice", " "+want+" ")
	}
}

// TestDevicesChange adds, renames and removes devices and a peer while their peers
// are on the screen.
func TestDevicesChange(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.set("wg1", &wgtypes.Device{Name: "wg1", Kind: wgtypes.KindKernel, Index: 7, Peers: []wgtypes.Peer{somePeer(3, 0)}})
	s.pass(0)
	s.press("d d")
	s.has("> wg1", "peers 1 to 1 of 1, 2 not shown")
	s.lacks("Alice")
	s.change("wg1", func(d *wgtypes.Device) { d.Name = "renamed" })
	s.has("> renamed")
	s.lacks("wg1")
	s.set("wg1", nil)
	s.has("Alice", "peers 1 to 2 of 2  ")
	s.lacks("renamed")
	s.change("wg0", func(d *wgtypes.Device) { d.Peers = d.Peers[1:] })
	s.lacks("Alice")
	s.set("wg0", nil)
	s.has("0 devices  0 peers")
	if !s.board.Empty() {
		t.Error("Empty() = false, want true")
	}
}

// TestManyDevices checks that devices that do not fit are counted, and that the
// selected one is always shown.
func TestManyDevices(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	for i := range 100 {
		s.set(fmt.Sprintf("wg%02d", i), userDevice(fmt.Sprintf("wg%02d", i), 1, somePeer(i, 0)))
	}
	s.ready()
	s.has("94 more devices")
	for i := range 100 {
		s.press("d")
		s.has(fmt.Sprintf("> wg%02d ", i))
	}
}

// TestOneMoreDevice checks the border of what fits.
func TestOneMoreDevice(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	for i := range 6 {
		s.set(fmt.Sprintf("wg%d", i), userDevice(fmt.Sprintf("wg%d", i), 0))
	}
	s.ready()
	s.lacks(" more ")
	s.shows("wg0", "userspace", " - ", " 0 ", " - ") // port, peers, silent peers
	s.set("wg6", userDevice("wg6", 1))
	s.has(", 1 more device ")
}

// TestRateAtOnce checks that bytes in the same moment as the first reading have no
// rate.
func TestRateAtOnce(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.change("wg0", receive(0, 1<<20))
	s.shows("Alice", " 0 ", " 0 ", "2.00 MiB")
	s.shows("wg0", " 0 ", " 0")
	s.has("rx 0 B/s  tx 0 B/s")
}

// TestRateAfterShortFailure checks that the rate after a failed reading is that of at
// least one interval.
func TestRateAfterShortFailure(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(interval)
	s.unreadable("wg0", "busy")
	s.pass(interval / 20)
	s.readable("wg0")
	s.change("wg0", receive(0, 2000))
	s.shows("Alice", " 1000 B ")
}

// TestRateOfLateReading checks that a reading which is nearly two intervals late
// counts as the second one: there was none in between with traffic.
func TestRateOfLateReading(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(interval * 7 / 4)
	s.change("wg0", receive(0, 4096))
	s.shows("Alice", " 2.00 KiB ")
}
