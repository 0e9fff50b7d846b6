package wgctrl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// spectator runs a Watch and keeps the descriptions of its events.
type spectator struct {
	cancel context.CancelFunc
	mu     sync.Mutex
	seen   []string
	last   wgtypes.Event
	err    error
	ended  chan struct{}
}

func spectate(t *testing.T, c *Client, o WatchOptions) *spectator {
	ctx, cancel := context.WithCancel(t.Context())
	s := &spectator{cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		for e, err := range c.Watch(ctx, o) {
			s.mu.Lock()
			if s.last, s.err = e, err; err == nil {
				s.seen = append(s.seen, describe(e))
			}
			s.mu.Unlock()
		}
	}()
	return s
}

// describe returns a short text of an event.
func describe(e wgtypes.Event) string {
	text := e.Kind.String()
	if e.Device.Name != "" {
		text += " " + e.Device.Name
	}
	if p := e.Peer(); p != nil {
		text += fmt.Sprintf(" %d", p.PublicKey[0])
	}
	if e.Changed != nil {
		text += fmt.Sprint(" ", e.Changed)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// saw waits until nothing more happens, and compares the events since the last
// call.
func (s *spectator) saw(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.seen, want) {
		t.Errorf("saw  %q\nwant %q", s.seen, want)
	}
	s.seen = nil
}

// end cancels the loop and returns its last error.
func (s *spectator) end() error {
	s.cancel()
	<-s.ended
	return s.err
}

// watching runs a test with a Client that is watched.
func watching(t *testing.T, o WatchOptions, test func(t *testing.T, c *Client, k, u *world, s *spectator)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k, u := newWorld(wgtypes.KindKernel, "wg0"), newWorld(wgtypes.KindUserspace, "wg0")
		c := clientOf(k, u)
		s := spectate(t, c, o)
		test(t, c, k, u, s)
		if err := s.end(); err != nil {
			t.Errorf("after cancel, the loop ends with %v, want no error", err)
		}
		if k.open != 0 || u.open != 0 {
			t.Errorf("%d and %d devices are open, want 0 and 0", k.open, u.open)
		}
	})
}

var beginning = []string{"device-added wg0", "peer-added wg0 10", "device-added wg0", "peer-added wg0 10", "ready"}

// TestWatchPolls checks that a watch yields the current state, and then the changes
// at each interval.
func TestWatchPolls(t *testing.T) {
	t.Parallel()
	for interval, want := range map[time.Duration]time.Duration{0: 5 * time.Second, time.Hour: time.Hour, time.Millisecond: time.Millisecond} {
		watching(t, WatchOptions{Interval: interval}, func(t *testing.T, _ *Client, k, u *world, s *spectator) {
			began := time.Now().UTC()
			s.saw(t, beginning...)
			u.do(func() {
				d := u.devices["wg0"]
				d.ListenPort = 7
				d.Peers[0].ReceiveBytes = 1
				d.Peers = append(d.Peers, wgtypes.Peer{PublicKey: wgtypes.PublicKey{11}})
			})
			time.Sleep(want - time.Nanosecond)
			s.saw(t)
			time.Sleep(time.Nanosecond)
			s.saw(t, "device-changed wg0 [listen_port]", "transfer wg0 10 [receive_bytes]", "peer-added wg0 11")
			if got := s.last.Time; got != began.Add(want) {
				t.Errorf("seen at %v, want %v", got, began.Add(want))
			}
			if e := s.last; e.Device.Kind != wgtypes.KindUserspace || e.NewPeer.PublicKey[0] != 11 {
				t.Errorf("the last event is %+v, want a userspace device and peer 11", e)
			}
			u.do(func() { u.devices["wg0"].Peers = nil })
			time.Sleep(3 * want)
			s.saw(t, "peer-removed wg0 10", "peer-removed wg0 11")
			k0, _, _ := k.counts("wg0")
			u0, _, _ := u.counts("wg0")
			if k0 != 5 || u0 != 5 {
				t.Errorf("%d and %d readings in 4 intervals, want 5 and 5", k0, u0)
			}
			if err := s.end(); err != nil {
				t.Errorf("after cancel, the loop ends with %v, want no error", err)
			}
		})
	}
}

// TestWatchNotifications checks that added, removed and renamed devices are
// reported immediately, without reading other devices.
func TestWatchNotifications(t *testing.T) {
	t.Parallel()
	watching(t, WatchOptions{}, func(t *testing.T, _ *Client, k, u *world, s *spectator) {
		s.saw(t, beginning...)
		began := time.Now()
		k.announce(func() { k.devices["wg1"] = &wgtypes.Device{Name: "wg1", Index: 20} })
		s.saw(t, "device-added wg1")
		k.announce(func() {
			k.devices["new0"] = k.devices["wg1"]
			delete(k.devices, "wg1")
		})
		s.saw(t, "device-renamed new0 [name]")
		if e := s.last; e.OldDevice.Name != "wg1" || e.NewDevice.Name != "new0" || e.Device.Index != 20 {
			t.Errorf("the last event is %+v, want device 20 renamed from wg1 to new0", e)
		}
		// Two that exchange their names.
		k.announce(func() { k.devices["wg0"], k.devices["new0"] = k.devices["new0"], k.devices["wg0"] })
		s.saw(t, "device-renamed new0 [name]", "device-renamed wg0 [name]")
		// The same name with another index.
		k.announce(func() { k.devices["wg0"] = &wgtypes.Device{Name: "wg0", Index: 21} })
		s.saw(t, "device-removed wg0", "device-added wg0")
		u.announce(func() { clear(u.devices) })
		s.saw(t, "device-removed wg0")
		if e := s.last; e.Device.Kind != wgtypes.KindUserspace {
			t.Errorf("the last event is %+v, want a userspace device", e)
		}
		u.announce(func() {})
		s.saw(t)
		k0, _, _ := k.counts("wg0")
		u0, _, _ := u.counts("wg0")
		if k0 != 2 || u0 != 1 || !time.Now().Equal(began) {
			t.Errorf("%d and %d readings after %v, want 2 and 1 after 0s", k0, u0, time.Since(began))
		}
	})
}

// TestWatchErrors checks that an error is reported once and hides no other device.
func TestWatchErrors(t *testing.T) {
	t.Parallel()
	const tick = defaultInterval
	watching(t, WatchOptions{}, func(t *testing.T, _ *Client, k, u *world, s *spectator) {
		s.saw(t, beginning...)
		k.do(func() { k.errs["wg0"] = syscall.EPERM })
		time.Sleep(3 * tick)
		s.saw(t, `unreadable wg0: wgctrl: read "wg0" (kernel): operation not permitted`)
		var op *OpError
		if e := s.last; !errors.Is(e.Err, fs.ErrPermission) || !errors.As(e.Err, &op) || op.Op != "read" {
			t.Errorf("the last event is %+v, want an OpError of reading that wraps fs.ErrPermission", e)
		}
		k.do(func() { k.errs["wg0"] = syscall.EBUSY })
		u.do(func() { u.devices["wg0"].Peers[0].TransmitBytes = 1 })
		time.Sleep(tick)
		s.sawUnordered(t, `unreadable wg0: wgctrl: read "wg0" (kernel): device or resource busy`, "transfer wg0 10 [transmit_bytes]")
		// What changed meanwhile comes afterwards.
		k.do(func() { k.errs["wg0"], k.devices["wg0"].FirewallMark = nil, 7 })
		time.Sleep(tick)
		s.saw(t, "readable wg0", "device-changed wg0 [firewall_mark]")

		// A listing that fails removes no device, and the devices are still read.
		u.do(func() { u.listErr = syscall.EACCES })
		u.announce(func() { delete(u.devices, "wg0") })
		s.saw(t, "unreadable: wgctrl: list (userspace): permission denied")
		time.Sleep(tick)
		s.saw(t, "device-removed wg0")
		u.announce(func() { u.devices["wg0"], u.listErr = &wgtypes.Device{Name: "wg0"}, nil })
		s.saw(t, "readable", "device-added wg0")
	})
}

// TestWatchUnanswered checks that a peer that does not answer is reported after its
// transfer, once until it answers.
func TestWatchUnanswered(t *testing.T) {
	t.Parallel()
	watching(t, WatchOptions{}, func(t *testing.T, _ *Client, k, _ *world, s *spectator) {
		s.saw(t, beginning...)
		p := &k.devices["wg0"].Peers[0]
		after := func(received, sent uint64, want ...string) {
			t.Helper()
			k.do(func() { p.ReceiveBytes, p.TransmitBytes = p.ReceiveBytes+received, p.TransmitBytes+sent })
			time.Sleep(defaultInterval)
			s.saw(t, want...)
		}
		k.do(func() { p.Endpoint = netip.MustParseAddrPort("192.0.2.1:7") })
		after(0, 0, "endpoint wg0 10 [endpoint]")
		const sent = "transfer wg0 10 [transmit_bytes]"
		for range 2 {
			for range 4 {
				after(0, 148, sent)
			}
			after(0, 148, sent, "unanswered wg0 10")
			if e := s.last; e.OldPeer != nil || e.NewPeer.TransmitBytes != p.TransmitBytes || e.Time.IsZero() {
				t.Errorf("the last event is %+v, want only the new peer, with %d bytes sent, and a time", e, p.TransmitBytes)
			}
			after(0, 148, sent)
			after(92, 32, "transfer wg0 10 [receive_bytes transmit_bytes]")
		}
	})
}

// sawUnordered is saw for events whose order is not fixed.
func (s *spectator) sawUnordered(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	slices.Sort(s.seen)
	s.mu.Unlock()
	slices.Sort(want)
	s.saw(t, want...)
}

// TestWatchUnreadable checks that a device that was never read is added with its
// name.
func TestWatchUnreadable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newWorld(wgtypes.KindKernel, "wg0")
		k.errs["wg0"] = syscall.EPERM
		s := spectate(t, clientOf(k), WatchOptions{})
		s.saw(t, "device-added wg0", `unreadable wg0: wgctrl: read "wg0" (kernel): operation not permitted`, "ready")
		k.do(func() { k.errs["wg0"], k.devices["wg0"].ListenPort = nil, 7 })
		time.Sleep(defaultInterval)
		s.saw(t, "readable wg0", "device-changed wg0 [listen_port]", "peer-added wg0 10")
		s.end()
	})
}

// TestWatchHung checks that a device that does not answer is reported as unreadable
// after the timeout, and that the others are read at each interval.
func TestWatchHung(t *testing.T) {
	t.Parallel()
	for interval, patience := range map[time.Duration]time.Duration{time.Second: 10 * time.Second, time.Minute: time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			u := newWorld(wgtypes.KindUserspace, "hung", "wg0")
			u.hung["hung"] = true
			s := spectate(t, clientOf(u), WatchOptions{Interval: interval})
			s.saw(t, "device-added wg0", "peer-added wg0 10")
			for range patience/interval - 1 {
				u.do(func() { u.devices["wg0"].Peers[0].ReceiveBytes++ })
				time.Sleep(interval)
				s.saw(t, "transfer wg0 10 [receive_bytes]")
			}
			time.Sleep(interval)
			s.saw(t, "device-added hung",
				fmt.Sprintf(`unreadable hung: wgctrl: read "hung" (userspace): no answer within %v: context deadline exceeded`, patience), "ready")
			u.do(func() { u.hung["hung"] = false })
			time.Sleep(2 * patience) // one that is under way, and the next
			s.saw(t, "readable hung", "peer-added hung 10")
			if err := s.end(); err != nil {
				t.Errorf("after cancel, the loop ends with %v, want no error", err)
			}
		})
	}
}

// TestWatchHungListing checks that a backend that does not answer does not delay
// others.
func TestWatchHungListing(t *testing.T) {
	t.Parallel()
	watching(t, WatchOptions{}, func(t *testing.T, _ *Client, k, u *world, s *spectator) {
		s.saw(t, beginning...)
		k.do(func() { k.listHangs = true })
		u.do(func() { u.devices["wg0"].Peers[0].ReceiveBytes++ })
		time.Sleep(defaultInterval)
		s.saw(t, "transfer wg0 10 [receive_bytes]")
		time.Sleep(2 * defaultInterval)
		s.saw(t, "unreadable: wgctrl: list (kernel): no answer within 10s: context deadline exceeded")
		k.do(func() { k.listHangs, k.devices["wg0"].FirewallMark = false, 1 })
		time.Sleep(2 * defaultInterval)
		s.sawUnordered(t, "readable", "device-changed wg0 [firewall_mark]")
	})
}

// TestWatchConcurrentChanges checks that changes during a listing or a reading are
// reported.
func TestWatchConcurrentChanges(t *testing.T) {
	t.Parallel()
	watching(t, WatchOptions{}, func(t *testing.T, _ *Client, k, u *world, s *spectator) {
		s.saw(t, beginning...)
		k.announce(func() {
			k.whileList = func() {
				k.announce(func() { k.devices["wg1"] = &wgtypes.Device{Name: "wg1", Index: 20} })
			}
		})
		time.Sleep(time.Nanosecond)
		s.saw(t, "device-added wg1")
		// A reading that is older than the name.
		held := make(chan struct{})
		k.do(func() { k.held["wg1"] = held })
		time.Sleep(defaultInterval)
		s.saw(t)
		k.announce(func() {
			k.devices["wg2"] = &wgtypes.Device{Name: "wg2", Index: 20}
			delete(k.devices, "wg1")
		})
		s.saw(t, "device-renamed wg2 [name]")
		close(held)
		s.saw(t)
		// A device that is removed while it is read.
		u.do(func() { u.hung["wg0"] = true })
		time.Sleep(defaultInterval)
		s.saw(t)
		u.announce(func() { clear(u.devices) })
		s.saw(t, "device-removed wg0")
		time.Sleep(defaultInterval)
		s.saw(t)
		// A listing that contains every device twice.
		k.announce(func() { k.twice = true; k.devices["wg3"] = &wgtypes.Device{Name: "wg3", Index: 21} })
		s.saw(t, "device-added wg3")
	})
}

// TestWatchNotificationsFail checks that notifications that first work and then
// fail are reported, in whatever order the loop receives both.
func TestWatchNotificationsFail(t *testing.T) {
	t.Parallel()
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			k, u := newWorld(wgtypes.KindKernel), newWorld(wgtypes.KindUserspace, "wg0")
			k.notifyErr, k.fickle = syscall.EIO, true
			var seen []string
			for e, err := range clientOf(k, u).Watch(t.Context(), WatchOptions{Interval: time.Hour}) {
				if err != nil {
					t.Fatal(err)
				}
				if seen = append(seen, describe(e)); len(seen) == 4 {
					break
				}
				<-time.After(time.Second) // by then all goroutines wait
			}
			slices.Sort(seen)
			if want := []string{"device-added wg0", "peer-added wg0 10", "ready", "unreadable: wgctrl: watch (kernel): input/output error"}; !slices.Equal(seen, want) {
				t.Errorf("saw %q, want %q", seen, want)
			}
		})
	}
}

// TestWatchWithoutNotifications checks that polling continues if notifications
// fail, and that each poll subscribes again.
func TestWatchWithoutNotifications(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newWorld(wgtypes.KindKernel)
		k.notifyErr = syscall.EMFILE
		s := spectate(t, clientOf(k), WatchOptions{})
		s.sawUnordered(t, "ready", "unreadable: wgctrl: watch (kernel): too many open files")
		k.add("wg0")
		s.saw(t)
		time.Sleep(defaultInterval)
		s.saw(t, "device-added wg0", "peer-added wg0 10")
		time.Sleep(defaultInterval)
		s.saw(t)
		k.do(func() { k.notifyErr = nil })
		time.Sleep(defaultInterval)
		s.saw(t, "readable")
		k.announce(func() { clear(k.devices) })
		s.saw(t, "device-removed wg0")
		s.end()
	})
}

// TestWatchNotifiesLater checks that Watch reports no error for a backend that cannot notify
// yet, such as one without its kernel module, and asks it again at each poll.
func TestWatchNotifiesLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, a := newWorld(wgtypes.KindKernel, "wg0"), newWorld(wgtypes.KindAmneziaKernel)
		a.silent = true
		s := spectate(t, clientOf(k, a), WatchOptions{})
		s.saw(t, "device-added wg0", "peer-added wg0 10", "ready")
		a.add("awg0")
		s.saw(t)
		time.Sleep(defaultInterval)
		s.saw(t, "device-added awg0", "peer-added awg0 10")
		a.do(func() { a.silent = false })
		time.Sleep(defaultInterval)
		a.announce(func() { clear(a.devices) })
		s.saw(t, "device-removed awg0")
		s.end()
	})
}

// TestWatchVanishes removes a device between a listing and a reading.
func TestWatchVanishes(t *testing.T) {
	t.Parallel()
	absent := wginternal.Tag(fs.ErrNotExist, syscall.ENODEV)
	watching(t, WatchOptions{}, func(t *testing.T, _ *Client, k, _ *world, s *spectator) {
		s.saw(t, beginning...)
		// It is listed but cannot be opened, which is reported the second time.
		k.do(func() { k.errs["wg0"] = absent })
		time.Sleep(defaultInterval)
		s.saw(t)
		_, before, _ := k.counts("")
		time.Sleep(defaultInterval)
		s.saw(t, `unreadable wg0: wgctrl: read "wg0" (kernel): no such device`)
		time.Sleep(10 * defaultInterval)
		s.saw(t)
		if _, lists, _ := k.counts(""); lists > before+12 {
			t.Errorf("%d listings in 11 intervals, want at most 12", lists-before)
		}
		k.announce(func() { clear(k.devices) })
		s.saw(t, "device-removed wg0")
		// A new device that is removed before it was reported.
		k.announce(func() { k.devices["wg1"] = &wgtypes.Device{Name: "wg1", Index: 30}; k.errs["wg1"] = absent })
		s.saw(t, "device-added wg1", `unreadable wg1: wgctrl: read "wg1" (kernel): no such device`)
	})
}

// TestReadRef checks that a device with the name of the listed one but another
// index is not read.
func TestReadRef(t *testing.T) {
	t.Parallel()
	k := newWorld(wgtypes.KindKernel, "wg0")
	ref := k.ref("wg0")
	if d, err := readRef(t.Context(), k, ref, nil); err != nil || len(d.Peers) != 1 {
		t.Errorf("readRef(wg0) = %v, %v, want a device with 1 peer", d, err)
	}
	ref.Index++
	if d, err := readRef(t.Context(), k, ref, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("readRef(wg0) of a replaced device = %v, %v, want fs.ErrNotExist", d, err)
	}
	if k.open != 0 {
		t.Errorf("%d devices are open, want 0", k.open)
	}
}

// TestWatchNames checks that only devices with the given names are watched.
func TestWatchNames(t *testing.T) {
	t.Parallel()
	watching(t, WatchOptions{Devices: []string{"wg1", "wg2"}}, func(t *testing.T, _ *Client, k, u *world, s *spectator) {
		s.saw(t, "ready")
		k.announce(func() { k.devices["wg1"] = &wgtypes.Device{Name: "wg1", Index: 20} })
		s.saw(t, "device-added wg1")
		u.announce(func() { u.devices["wg1"] = &wgtypes.Device{Name: "wg1"} })
		s.saw(t, "device-added wg1")
		rename := func(old, name string) {
			k.announce(func() {
				k.devices[name] = k.devices[old]
				delete(k.devices, old)
			})
		}
		rename("wg1", "wg2")
		s.saw(t, "device-renamed wg2 [name]")
		rename("wg2", "wg3")
		s.saw(t, "device-removed wg2")
		rename("wg3", "wg1")
		s.saw(t, "device-added wg1")
		k0, _, _ := k.counts("wg0")
		u0, _, _ := u.counts("wg0")
		if k0 != 0 || u0 != 0 {
			t.Errorf("other devices were read %d and %d times, want 0 and 0", k0, u0)
		}
	})
}

// TestWatchAlternativeName watches a name that is not in the listing, but that Open
// resolves: an alternative name of a link.
func TestWatchAlternativeName(t *testing.T) {
	t.Parallel()
	watching(t, WatchOptions{Devices: []string{"tunnel", "wg1"}}, func(t *testing.T, _ *Client, k, _ *world, s *spectator) {
		s.saw(t, "ready")
		k.announce(func() { k.aliases = map[string]string{"tunnel": "wg0"} })
		s.saw(t, "device-added wg0", "peer-added wg0 10")
		k.announce(func() { k.aliases["wg1"] = "wg0" }) // a second one
		s.saw(t)
		k.announce(func() { k.aliases = nil })
		s.saw(t, "device-removed wg0")
		// A device that only Open finds is not watched by its own name.
		k.announce(func() { k.unlisted, k.devices["wg1"] = "wg1", &wgtypes.Device{Name: "wg1", Index: 20} })
		s.saw(t)
	})
}

// TestWatchSlowConsumer checks that changes between two iterations are merged, and
// that nothing is read meanwhile.
func TestWatchSlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := newWorld(wgtypes.KindUserspace, "wg0")
		next, stop := iter.Pull2(clientOf(u).Watch(t.Context(), WatchOptions{}))
		defer stop()
		expect := func(want string) wgtypes.Event {
			t.Helper()
			e, err, ok := next()
			if err != nil || !ok || describe(e) != want {
				t.Fatalf("%s, %v, %t, want %s", describe(e), err, ok, want)
			}
			return e
		}
		expect("device-added wg0")
		expect("peer-added wg0 10")
		expect("ready")
		for range 1000 {
			u.do(func() { u.devices["wg0"].Peers[0].ReceiveBytes++ })
			u.announce(func() { u.devices["wg1"] = &wgtypes.Device{Name: "wg1"} })
			<-time.After(time.Minute)
			u.announce(func() { delete(u.devices, "wg1") })
		}
		if n, _, _ := u.counts("wg0"); n > 1 {
			t.Errorf("%d readings while the loop waits, want 0", n-1)
		}
		e := expect("transfer wg0 10 [receive_bytes]")
		if e.NewPeer.ReceiveBytes != 1000 {
			t.Errorf("the event has %d bytes, want 1000", e.NewPeer.ReceiveBytes)
		}
	})
}

// TestWatchTimes checks that an event has the time of the reading, even if it is
// yielded later.
func TestWatchTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		for e, err := range clientOf(newWorld(wgtypes.KindUserspace, "wg0", "wg1")).Watch(t.Context(), WatchOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind == wgtypes.EventReady {
				break
			}
			if !e.Time.Equal(began) || e.Time.Location() != time.UTC || e.Time != e.Time.Round(0) {
				t.Errorf("%s at %v, want %v in UTC without the monotonic clock", describe(e), e.Time, began)
			}
			<-time.After(time.Second)
		}
	})
}

// TestWatchManyDevices checks that at most maxReads devices are read at a time.
func TestWatchManyDevices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 10 * maxReads
		u := newWorld(wgtypes.KindUserspace)
		for i := range n {
			u.add(fmt.Sprintf("wg%d", i))
		}
		s := spectate(t, clientOf(u), WatchOptions{})
		synctest.Wait()
		s.mu.Lock()
		if s.last.Kind != wgtypes.EventReady || len(s.seen) != 2*n+1 {
			t.Errorf("%d events, the last one %+v, want %d and ready", len(s.seen), s.last, 2*n+1)
		}
		s.mu.Unlock()
		u.do(func() {
			for name := range u.devices {
				u.hung[name] = true
			}
		})
		time.Sleep(defaultInterval)
		synctest.Wait()
		if _, _, open := u.counts(""); open != maxReads {
			t.Errorf("%d devices are read at a time, want %d", open, maxReads)
		}
		if err := s.end(); err != nil || u.open != 0 {
			t.Errorf("after cancel, the loop ends with %v and %d open devices, want nil and 0", err, u.open)
		}
	})
}

// TestWatchEnds checks that cancel and Close end the loop at every event and while
// it waits.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end  func(cancel func(), c *Client)
		want error
	}{
		"cancel": {func(cancel func(), _ *Client) { cancel() }, nil},
		"Close":  {func(_ func(), c *Client) { _ = c.Close() }, net.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, at := range []string{"device-added wg0", "peer-added wg0 10", "ready", "waiting", "hung"} {
				synctest.Test(t, func(t *testing.T) {
					began := time.Now()
					u := newWorld(wgtypes.KindUserspace, "hung", "wg0")
					u.hung["hung"] = at == "hung"
					c := clientOf(u)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if at == "waiting" || at == "hung" {
						time.AfterFunc(time.Second, func() { test.end(cancel, c) })
					}
					ended := false
					var last error
					for e, err := range c.Watch(ctx, WatchOptions{}) {
						if ended && err == nil {
							t.Errorf("at %s: the loop yields %s after the end, want nothing", at, describe(e))
						}
						if describe(e) == at {
							test.end(cancel, c)
							ended = true
						}
						last = err
					}
					var op *OpError
					if !errors.Is(last, test.want) || test.want != nil && (!errors.As(last, &op) || op.Op != "watch") {
						t.Errorf("at %s: the loop ends with %v, want %v", at, last, test.want)
					}
					if took := time.Since(began); took > time.Second {
						t.Errorf("at %s: the end took %v, want at most 1s", at, took)
					}
				})
			}
		})
	}
}

// TestWatchBreak checks that no goroutine is left after a break. A bubble of
// synctest fails otherwise.
func TestWatchBreak(t *testing.T) {
	t.Parallel()
	for n := range 6 {
		synctest.Test(t, func(t *testing.T) {
			k, u := newWorld(wgtypes.KindKernel, "wg0"), newWorld(wgtypes.KindUserspace, "hung", "wg0")
			u.hung["hung"] = true
			seen := 0
			for _, err := range clientOf(k, u).Watch(t.Context(), WatchOptions{}) {
				if err != nil {
					t.Errorf("the loop yields %v, want no error", err)
				}
				if seen++; seen > n {
					break
				}
			}
		})
	}
}

// TestWatchError checks that a watch that cannot start yields only its error, and
// nothing if its context was cancelled.
func TestWatchError(t *testing.T) {
	t.Parallel()
	closed := clientOf()
	_ = closed.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	for name, test := range map[string]struct {
		ctx    context.Context
		client *Client
		o      WatchOptions
		want   error
	}{
		"negative interval": {t.Context(), clientOf(), WatchOptions{Interval: -1}, fs.ErrInvalid},
		"invalid name":      {t.Context(), clientOf(), WatchOptions{Devices: []string{"wg0", "a/b"}}, fs.ErrInvalid},
		"closed":            {t.Context(), closed, WatchOptions{}, net.ErrClosed},
		"deadline":          {late, clientOf(), WatchOptions{}, context.DeadlineExceeded},
		"cancelled":         {cancelled, clientOf(), WatchOptions{}, nil},
	} {
		n := 0
		for e, err := range test.client.Watch(test.ctx, test.o) {
			if n++; !errors.Is(err, test.want) || e.Kind != wgtypes.EventUnknown || !strings.HasPrefix(err.Error(), "wgctrl: watch") {
				t.Errorf("%s: Watch() yields %s, %v, want %v", name, describe(e), err, test.want)
			}
		}
		if want := btoi(test.want != nil); n != want {
			t.Errorf("%s: Watch() yields %d results, want %d", name, n, want)
		}
	}
}

// TestWatchNoBackend checks that a Client without backends is ready immediately.
func TestWatchNoBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := spectate(t, clientOf(), WatchOptions{})
		s.saw(t, "ready")
		s.end()
	})
}

// TestWatchDeadline checks that a deadline is an error.
func TestWatchDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var last error
		for _, err := range clientOf(newWorld(wgtypes.KindUserspace, "wg0")).Watch(ctx, WatchOptions{}) {
			last = err
		}
		if !errors.Is(last, context.DeadlineExceeded) {
			t.Errorf("Watch() ends with %v, want context.DeadlineExceeded", last)
		}
	})
}

// TestWatchSessions checks that a poll reports sessions that began or ended, even if
// nothing else changed or the device cannot be read.
func TestWatchSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const tick, life = defaultInterval, wgtypes.SessionLifetime
		k := newWorld(wgtypes.KindKernel, "wg0")
		shakeHands := func() { k.do(func() { k.devices["wg0"].Peers[0].LastHandshake = time.Now() }) }
		shakeHands()
		s := spectate(t, clientOf(k), WatchOptions{})
		s.saw(t, "device-added wg0", "peer-added wg0 10", "connected wg0 10", "ready")
		time.Sleep(life) // the poll at 180 s still finds a session
		s.saw(t)
		time.Sleep(tick)
		s.saw(t, "disconnected wg0 10")
		if e := s.last; e.OldPeer != nil || e.NewPeer == nil || e.Changed != nil {
			t.Errorf("disconnected has the peers %v and %v and changes %v, want only a new peer", e.OldPeer, e.NewPeer, e.Changed)
		}
		time.Sleep(life)
		s.saw(t)
		shakeHands()
		time.Sleep(tick)
		s.saw(t, "handshake wg0 10 [last_handshake]", "connected wg0 10")
		// A renamed device is not read, so its sessions do not change.
		k.do(func() { k.errs["wg1"] = syscall.EPERM })
		time.Sleep(life - 2*tick + tick/2) // between two polls
		k.announce(func() { k.devices["wg1"] = k.devices["wg0"]; delete(k.devices, "wg0") })
		s.saw(t, "device-renamed wg1 [name]")
		time.Sleep(3 * tick)
		s.saw(t, `unreadable wg1: wgctrl: read "wg1" (kernel): operation not permitted`)
		time.Sleep(life)
		s.saw(t)
		k.announce(func() { k.devices["wg2"] = k.devices["wg1"]; delete(k.devices, "wg1") })
		s.saw(t, "device-renamed wg2 [name]")
		time.Sleep(tick)
		s.saw(t, "readable wg2", "disconnected wg2 10")
		s.end()
	})
}

// TestWatchTwice checks that each loop starts a new watch, also two at a time.
func TestWatchTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := newWorld(wgtypes.KindUserspace, "wg0")
		u.devices["wg0"].Peers[0].Endpoint = netip.MustParseAddrPort("192.0.2.1:1")
		events := clientOf(u).Watch(t.Context(), WatchOptions{})
		all := func() (seen []string) {
			for e := range events {
				if seen = append(seen, describe(e)); e.Kind == wgtypes.EventReady {
					break
				}
			}
			return seen
		}
		for range events {
			if got := all(); !slices.Equal(got, beginning[2:]) {
				t.Errorf("another loop saw %q, want %q", got, beginning[2:])
			}
			break
		}
	})
}
