package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// soakTime is how long TestSoak works on each device: a second, or what
// WGTEST_SOAK in the environment says, such as 10m.
func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("WGTEST_SOAK")
	if text == "" {
		return time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("WGTEST_SOAK: %v", err)
	}
	return d
}

// TestSoak reads and changes a device at random, for as long as it is told,
// gives up in between, and makes new Clients. The device always is what the
// model says, and neither memory nor descriptors become more.
//
// Not in parallel: it measures the whole process.
func TestSoak(t *testing.T) {
	for _, device := range []struct {
		name string
		make func(t *testing.T) soaked
	}{
		{"wireguard-go", soakedDaemon},
		{"kernel", func(t *testing.T) soaked {
			d := wgtest.Kernel(t)
			return soaked{name: d.Name, options: d.Options()}
		}},
	} {
		t.Run(device.name, func(t *testing.T) {
			s := device.make(t)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			soak := &soak{soaked: s, t: t, r: rand.New(rand.NewPCG(seed, 1))}
			soak.run(soakTime(t))
		})
	}
}

// soaked is a device that is used for long.
type soaked struct {
	name    string
	options []wgctrl.Option
	pid     int // of its daemon, 0 for none
}

// soak is one run. Its device is have, but for a port that it chose.
type soak struct {
	soaked
	t      *testing.T
	r      *rand.Rand
	client *wgctrl.Client
	have   *wgtypes.Device

	changes, syncs, reads, ended, clients int
}

func (s *soak) run(long time.Duration) {
	s.newClient()
	defer func() { s.client.Close() }()
	s.have = s.mustRead()
	begin := time.Now()
	var early usage
	steps := 0
	for ; time.Since(begin) < long && !s.t.Failed(); steps++ {
		s.step()
		// By then everything was used that is kept.
		if early == (usage{}) && time.Since(begin) > long/10 {
			early = s.usage()
		}
	}
	late := s.usage()
	s.t.Logf("%d steps in %v: %d changes, %d syncs, %d readings, %d ended by their context, %d clients; %v, then %v",
		steps, time.Since(begin).Round(time.Second), s.changes, s.syncs, s.reads, s.ended, s.clients, early, late)
	if early != (usage{}) && late.grew(early) {
		s.t.Errorf("%v became %v", early, late)
	}
}

// step does something.
func (s *soak) step() {
	switch n := s.r.IntN(20); {
	case n < 7:
		s.change(s.randomConfig())
	case n < 10:
		s.sync(s.randomConfig())
	case n < 14:
		s.check(s.mustRead())
	case n < 16:
		s.stream()
	case n < 17:
		s.readAtOnce()
	case n < 19:
		s.giveUp()
	default:
		s.newClient()
	}
}

func (s *soak) newClient() {
	if s.client != nil {
		if err := s.client.Close(); err != nil {
			s.t.Errorf("Close: %v", err)
		}
	}
	c, err := wgctrl.New(s.options...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.client = c
	s.clients++
}

// randomConfig is small, but at times: then it takes several messages.
func (s *soak) randomConfig() wgtypes.Config {
	o := wgtest.GenOptions{MaxPeers: 6, MaxAllowedIPs: 6, Collisions: 0.6, Unnormalized: true}
	if s.r.IntN(100) == 0 {
		o = wgtest.GenOptions{MinPeers: 200, MaxPeers: 400, MaxAllowedIPs: 10}
	}
	return possible(s.have, wgtest.RandomConfig(s.r, s.have, o))
}

func (s *soak) change(c wgtypes.Config) {
	if err := s.client.ConfigureDevice(s.t.Context(), s.name, c); err != nil {
		s.t.Errorf("change %+v: %v", c, err)
	}
	s.changes++
	s.have = wginternal.Apply(s.have, c)
}

// sync makes the device what a description says, which is what is applied.
func (s *soak) sync(want wgtypes.Config) {
	applied, err := s.client.SyncDevice(s.t.Context(), s.name, want, wgctrl.SyncOptions{})
	if err != nil {
		s.t.Errorf("sync: %v", err)
	}
	s.syncs++
	s.have = wginternal.Apply(s.have, applied)
	got := s.mustRead()
	s.check(got)
	if left := wgctrl.Diff(got, want); len(left.Peers) > 0 && !hasZones(want) {
		s.t.Errorf("a sync left %d peers to be changed", len(left.Peers))
	}
}

// hasZones: a zone by number, which a kernel gives back as a name, is written
// by each sync.
func hasZones(c wgtypes.Config) bool {
	for _, p := range c.Peers {
		if p.Endpoint.Addr().Zone() != "" {
			return true
		}
	}
	return false
}

func (s *soak) mustRead() *wgtypes.Device {
	d, err := s.client.Device(s.t.Context(), s.name)
	if err != nil {
		s.t.Fatal(err)
	}
	s.reads++
	return d
}

// check compares the device with the model, and takes its port from then on.
func (s *soak) check(got *wgtypes.Device) {
	if len(s.have.Peers)+len(got.Peers) == 0 {
		s.have.Peers = got.Peers // no list is as good as an empty one
	}
	if diff := compare(s.have, got); diff != "" {
		s.t.Errorf("after %d changes (-predicted +read):\n%s", s.changes+s.syncs, diff)
	}
	s.have = got
}

func (s *soak) stream() {
	r, err := s.client.StreamDevice(s.t.Context(), s.name)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Close()
	got, part := r.Device(), s.r.IntN(3) == 0
	for p, err := range r.Peers() {
		if err != nil {
			s.t.Fatal(err)
		}
		got.Peers = append(got.Peers, p)
		if part && s.r.IntN(4) == 0 {
			return
		}
	}
	s.reads++
	s.check(got)
}

func (s *soak) readAtOnce() {
	const readers = 8
	var got [readers]*wgtypes.Device
	var errs [readers]error
	var wg sync.WaitGroup
	for i := range readers {
		wg.Go(func() { got[i], errs[i] = s.client.Device(s.t.Context(), s.name) })
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		s.t.Fatal(err)
	}
	for _, d := range got {
		s.reads++
		s.check(d)
	}
}

// giveUp begins to read or to change, and ends the context soon. What a change
// left is between before and after, which TestKernelFaultEverywhere and others
// look into; here it is what goes on from.
func (s *soak) giveUp() {
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Duration(s.r.IntN(2000))*time.Microsecond)
	defer cancel()
	var err error
	if s.r.IntN(2) == 0 {
		_, err = s.client.Device(ctx, s.name)
	} else {
		c := s.randomConfig()
		if err = s.client.ConfigureDevice(ctx, s.name, c); err == nil {
			s.have = wginternal.Apply(s.have, c)
			return
		}
		defer func() { s.have = s.settled() }()
	}
	if err == nil {
		return
	}
	s.ended++
	if !errors.Is(err, context.DeadlineExceeded) {
		s.t.Errorf("ended by its context: %v", err)
	}
}

// settled reads the device once what was sent, and not waited for, has been
// applied: a daemon goes on to read what is in its socket.
func (s *soak) settled() *wgtypes.Device {
	// Connections are accepted in order: behind this one none is left.
	if err := s.client.ConfigureDevice(s.t.Context(), s.name, wgtypes.Config{}); err != nil {
		s.t.Errorf("an empty change: %v", err)
	}
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for s.pid != 0 && socketsOf(s.pid) > 1 { // the one that listens
		<-again.C
	}
	return s.mustRead()
}

// socketsOf counts those of a process, where the system tells.
func socketsOf(pid int) (n int) {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd/"
	entries, _ := os.ReadDir(dir) // none: the system does not tell
	for _, e := range entries {
		if name, err := os.Readlink(dir + e.Name()); err == nil && strings.HasPrefix(name, "socket:") {
			n++
		}
	}
	return n
}

// usage is what a process holds.
type usage struct {
	heap, goroutines, descriptors int
	daemon, daemonDescriptors     int // of a daemon in a process of its own
}

func (s *soak) usage() usage {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{
		heap: int(m.HeapAlloc) >> 10, goroutines: runtime.NumGoroutine(), descriptors: descriptorsOf("self"),
		daemon: residentOf(s.pid), daemonDescriptors: descriptorsOf(strconv.Itoa(s.pid)),
	}
}

func (u usage) String() string {
	return fmt.Sprintf("%d KiB of heap, %d goroutines, %d descriptors, daemon %d KiB and %d descriptors",
		u.heap, u.goroutines, u.descriptors, u.daemon, u.daemonDescriptors)
}

// grew leaves room for what depends on the moment: the size of the device, a
// connection that is being closed. A daemon's memory is its own business.
func (u usage) grew(early usage) bool {
	const heap, goroutines, descriptors = 2 << 10, 5, 5
	return u.heap > early.heap+heap || u.goroutines > early.goroutines+goroutines ||
		u.descriptors > early.descriptors+descriptors || u.daemonDescriptors > early.daemonDescriptors+descriptors
}

// descriptorsOf counts those of a process, where the system tells.
func descriptorsOf(process string) int {
	entries, err := os.ReadDir("/proc/" + process + "/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// residentOf returns the memory of a process in KiB, where the system tells.
func residentOf(pid int) (kib int) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	var size, resident int
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0
	}
	return resident * os.Getpagesize() >> 10
}
