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
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// soakTime returns how long TestSoak uses each device: a second, or the duration
// in the environment variable WGTEST_SOAK, such as 10m.
func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("WGTEST_SOAK")
	if text == "" {
		return time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("WGTEST_SOAK=%s, want a duration such as 10m: %v", text, err)
	}
	return d
}

// TestSoak reads and changes a device at random until soakTime is over, cancels
// some calls, and opens new Clients. The device always agrees with the model, and
// memory, goroutines and file descriptors do not grow.
//
// It is not parallel, since it measures the whole process.
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

// soaked is the device of a soak.
type soaked struct {
	name    string
	options []wgctrl.Option
	pid     int // of its daemon; 0 if it has none
}

// soak is a run of TestSoak on one device. The device should be equal to have,
// except for a port that the system chooses.
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
		// By then every cache and pool has been filled.
		if early == (usage{}) && time.Since(begin) > long/10 {
			early = s.usage()
		}
	}
	late := s.usage()
	s.t.Logf("%d steps in %v: %d changes, %d syncs, %d readings, %d ended by their context, %d clients; %v, then %v",
		steps, time.Since(begin).Round(time.Second), s.changes, s.syncs, s.reads, s.ended, s.clients, early, late)
	if early != (usage{}) && late.grew(early) {
		s.t.Errorf("usage grew from %v to %v, want no growth", early, late)
	}
}

// step does one random operation.
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
			s.t.Errorf("Close() = %v, want no error", err)
		}
	}
	c, err := wgctrl.New(append(s.options, wgctrl.WithZeroPublicKeys())...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.client = c
	s.clients++
}

// randomConfig returns a random change. It is small, or, once in a hundred times,
// large enough for several messages.
func (s *soak) randomConfig() wgtypes.Config {
	o := wgtest.RandomOptions{MaxPeers: 6, MaxAllowedIPs: 6, Collisions: 0.6, Unnormalized: true}
	if s.r.IntN(100) == 0 {
		o = wgtest.RandomOptions{MinPeers: 200, MaxPeers: 400, MaxAllowedIPs: 10}
	}
	return possible(s.have, testutil.RandomConfig(s.r, s.have, testutil.RandomOptions(o)))
}

func (s *soak) change(c wgtypes.Config) {
	if err := s.client.ConfigureDevice(s.t.Context(), s.name, c); err != nil {
		s.t.Errorf("ConfigureDevice(%q, %+v) = %v, want no error", s.name, c, err)
	}
	s.changes++
	s.have = wginternal.Apply(s.have, c)
}

// sync syncs the device to want, and applies the returned change to the model.
func (s *soak) sync(want wgtypes.Config) {
	applied, err := s.client.SyncDevice(s.t.Context(), s.name, want, wgctrl.SyncOptions{})
	if err != nil {
		s.t.Errorf("SyncDevice(%q) = %v, want no error", s.name, err)
	}
	s.syncs++
	s.have = wginternal.Apply(s.have, applied)
	got := s.mustRead()
	s.check(got)
	if left := wgctrl.Diff(got, want); len(left.Peers) > 0 && !hasZones(want) {
		s.t.Errorf("Diff after SyncDevice(%q) has %d peers, want 0", s.name, len(left.Peers))
	}
}

// hasZones reports whether an endpoint of c has a zone. If the zone of a kernel
// device's endpoint is set as a number, it is read as the name of the interface, so that
// every sync writes it again.
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

// check compares the device with the model. The model continues from got, since
// the system may have chosen its port.
func (s *soak) check(got *wgtypes.Device) {
	if len(s.have.Peers)+len(got.Peers) == 0 {
		s.have.Peers = got.Peers // a nil list is equal to an empty one
	}
	if diff := compare(s.have, got); diff != "" {
		s.t.Errorf("Device(%q) after %d changes (-want +got):\n%s", s.name, s.changes+s.syncs, diff)
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

// giveUp reads or changes the device with a context that expires soon. A change
// may have been applied in part, which TestKernelPartialErrorStates and others
// check; here the model continues from the device.
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
		s.t.Errorf("call with an expired context = %v, want error wrapping context.DeadlineExceeded", err)
	}
}

// settled waits until the daemon has applied all requests, and reads the device.
// A daemon continues to read a socket whose client has left.
func (s *soak) settled() *wgtypes.Device {
	// A daemon accepts connections in order, so that this one is the last.
	if err := s.client.ConfigureDevice(s.t.Context(), s.name, wgtypes.Config{}); err != nil {
		s.t.Errorf("ConfigureDevice(%q) with an empty Config = %v, want no error", s.name, err)
	}
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for s.pid != 0 && socketsOf(s.pid) > 1 { // one is the listener
		<-again.C
	}
	return s.mustRead()
}

// socketsOf counts the sockets of a process. It returns 0 on systems without
// /proc.
func socketsOf(pid int) (n int) {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd/"
	entries, _ := os.ReadDir(dir) // fails without /proc
	for _, e := range entries {
		if name, err := os.Readlink(dir + e.Name()); err == nil && strings.HasPrefix(name, "socket:") {
			n++
		}
	}
	return n
}

// usage is the memory, in KiB, the goroutines and the file descriptors of this
// process and of the daemon's.
type usage struct {
	heap, goroutines, descriptors int
	daemon, daemonDescriptors     int // 0 without a daemon
}

// usage measures with a new Client, because how many idle connections the last one keeps
// depends on the calls before.
func (s *soak) usage() usage {
	s.newClient()
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

// grew reports whether u is larger than early. It tolerates what depends on the
// moment, such as the size of the device or a connection that is being closed. It
// ignores the memory of the daemon, which the library cannot influence.
func (u usage) grew(early usage) bool {
	const heap, goroutines, descriptors = 2 << 10, 5, 5
	return u.heap > early.heap+heap || u.goroutines > early.goroutines+goroutines ||
		u.descriptors > early.descriptors+descriptors || u.daemonDescriptors > early.daemonDescriptors+descriptors
}

// descriptorsOf counts the file descriptors of a process. It returns 0 on systems
// without /proc.
func descriptorsOf(process string) int {
	entries, err := os.ReadDir("/proc/" + process + "/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// residentOf returns the memory of a process in KiB. It returns 0 on systems
// without /proc.
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
