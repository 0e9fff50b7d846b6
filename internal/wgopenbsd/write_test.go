package wgopenbsd_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestPortInUse checks that a port that is in use makes a change fail before it replaces
// peers and the key, as on Linux.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		k.Load("wg0", large(2, 1))
		k.SetUp("wg0")
		k.UsePort(53)
		before := read(t, k)
		err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", wgtypes.Config{
			PrivateKey: &testutil.Key2, ListenPort: new(uint16(53)), FirewallMark: new(uint32(7)), ReplacePeers: true,
			Peers: []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA)},
		})
		var partial *wginternal.PartialError
		if !errors.Is(err, syscall.EADDRINUSE) || errors.As(err, &partial) {
			t.Errorf("Configure() = %v, want EADDRINUSE without a PartialError", err)
		}
		if diff := cmp.Diff(before, read(t, k), equal...); diff != "" {
			t.Errorf("device (-want +got):\n%s", diff)
		}
	})
}

// TestRoutingTableFails checks the error of a routing table that OpenBSD does not have:
// whether the kernel stored the port is unknown, and nothing else was sent.
func TestRoutingTableFails(t *testing.T) {
	t.Parallel()
	k := start(t, kerneltest.NewOpenBSD())
	k.SetUp("wg0")
	c := wgtypes.Config{FirewallMark: new(uint32(1000)), Peers: []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA)}}
	err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", c)
	partial, ok := errors.AsType[*wginternal.PartialError](err)
	if !ok || !errors.Is(err, syscall.EINVAL) || partial.Unknown.FirewallMark == nil || len(partial.NotSent.Peers) != 1 {
		t.Errorf("Configure() = %v, want a PartialError with an unknown mark and a peer that was not sent", err)
	}
}

// TestFirewallMark checks the largest mark, and that a larger one is refused before
// anything is sent.
func TestFirewallMark(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		isOpenBSD := k.Config().OS == wgopenbsd.OpenBSD
		for _, mark := range []uint32{0, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32} {
			before := k.Requests()
			err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", wgtypes.Config{FirewallMark: &mark})
			if mark > math.MaxInt32 && isOpenBSD {
				if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), fmt.Sprint(mark)) || k.Requests() != before {
					t.Errorf("Configure() with mark %d = %v, %d requests, want errors.ErrUnsupported that names it and no request", mark, err, k.Requests()-before)
				}
				continue
			}
			if got := read(t, k).FirewallMark; err != nil || got != mark {
				t.Errorf("Configure() with mark %d = %v, and the mark is %d, want it set", mark, err, got)
			}
		}
	})
}

// TestDescriptionsStay checks that changes of a peer keep its description.
func TestDescriptionsStay(t *testing.T) {
	t.Parallel()
	for _, k := range []*kerneltest.OpenBSD{kerneltest.NewOpenBSD(), kerneltest.NewDragonFly()} {
		start(t, k)
		b := k.Backend()
		c := testutil.Peers(testutil.FullPeer(testutil.PeerA, "10.0.0.0/8", "fd00::/8"))
		remove := testutil.Peers(testutil.Disallow(testutil.PeerA, "fd00::/8"))
		for i, change := range []wgtypes.Config{c, c, remove} {
			if err := testutil.ConfigureDevice(t.Context(), b, "wg0", change); err != nil {
				t.Fatalf("Configure() = %v, want nil", err)
			}
			if i == 0 {
				k.Describe("wg0", testutil.PeerA, "laptop")
			}
		}
		if got := k.Description("wg0", testutil.PeerA); got != "laptop" {
			t.Errorf("description = %q, want laptop", got)
		}
	}
}

// TestRequests checks how many requests a change needs. Kernels before 7.4 do not read
// what follows a removed or skipped peer, so they get one peer in a request.
func TestRequests(t *testing.T) {
	t.Parallel()
	peers := []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA), {PublicKey: testutil.PeerB, Remove: true}, testutil.FullPeer(testutil.PeerC)}
	for _, test := range []struct {
		name       string
		change     wgtypes.Config
		older, now int
	}{
		{"nothing", wgtypes.Config{}, 1, 1},
		{"port", wgtypes.Config{ListenPort: new(uint16(7)), FirewallMark: new(uint32(1))}, 1, 1},
		{"key", wgtypes.Config{PrivateKey: &testutil.Key1}, 1, 1},
		{"peers", wgtypes.Config{Peers: peers}, 3, 1},
		{"everything", wgtypes.Config{PrivateKey: &testutil.Key1, ListenPort: new(uint16(7)), ReplacePeers: true, Peers: peers}, 4, 2},
		{"removal", testutil.Peers(testutil.Disallow(testutil.PeerA, "10.0.0.0/8")), 3, 2}, // creates PeerA, moves, removes
	} {
		for release, want := range map[string]int{"7.2": test.older, "7.8": test.now} {
			k := start(t, kerneltest.NewOpenBSDRelease(release, "amd64"))
			if test.name == "removal" {
				k.Load("wg0", &wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: testutil.PeerA, AllowedIPs: testutil.Prefixes("10.0.0.0/8")}}})
			}
			if err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", test.change); err != nil {
				t.Errorf("%s on %s: Configure() = %v, want nil", test.name, release, err)
			}
			if got := k.Requests(); got != want {
				t.Errorf("%s on %s: %d requests, want %d", test.name, release, got, want)
			}
		}
	}
}

// TestProgress checks that progress counts the peers of all requests.
func TestProgress(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		c := testutil.Peers(testutil.FullPeer(testutil.PeerA, "10.0.0.0/8"), testutil.FullPeer(testutil.PeerB), testutil.FullPeer(testutil.PeerC))
		var last, all, calls int
		progress := func(done, total int) {
			if done < last {
				t.Errorf("progress went from %d to %d, want it to grow", last, done)
			}
			last, all = done, total
			calls++
		}
		if err := open(t, k.Backend()).Configure(t.Context(), c, progress); err != nil {
			t.Fatal(err)
		}
		if last != 3 || all != 3 {
			t.Errorf("last progress = %d of %d, want 3 of 3", last, all)
		}
		if want := k.Requests(); calls != want {
			t.Errorf("%d calls of progress, want %d as there are requests", calls, want)
		}
	})
}

// TestWriteUnprivileged checks that a change without the privilege reports that nothing
// was applied, also if it begins with reading the device.
func TestWriteUnprivileged(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		k.Load("wg0", &wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: testutil.PeerA, AllowedIPs: testutil.Prefixes("10.0.0.0/8")}}})
		k.SetUnprivileged(true)
		for _, c := range []wgtypes.Config{
			{},
			{PrivateKey: &testutil.Key1, ListenPort: new(uint16(7)), Peers: []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA)}},
			testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, UpdateOnly: true, RemoveAllowedIPs: testutil.Prefixes("10.0.0.0/8")}),
		} {
			err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", c)
			var partial *wginternal.PartialError
			if !errors.Is(err, fs.ErrPermission) || errors.As(err, &partial) || !strings.Contains(err.Error(), "root") {
				t.Errorf("Configure(%v) = %v, want fs.ErrPermission that names root, without a PartialError", c, err)
			}
		}
	})
}

// partialChange needs every kind of request.
func partialChange() wgtypes.Config {
	return wgtypes.Config{
		PrivateKey: &testutil.Key2, ListenPort: new(uint16(7)), FirewallMark: new(uint32(7)),
		Peers: []wgtypes.PeerConfig{
			testutil.FullPeer(testutil.PeerA, "10.0.0.0/8"),
			{PublicKey: testutil.PeerB, Remove: true},
			{PublicKey: testutil.PeerC, UpdateOnly: true, RemoveAllowedIPs: testutil.Prefixes("fd00::/8")},
		},
	}
}

// TestFaults lets each ioctl of a change fail in turn, before or after the kernel has
// performed it. The error must say what the kernel may have applied, and the same change
// must succeed afterwards.
func TestFaults(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		have := &wgtypes.Device{Peers: []wgtypes.Peer{
			{PublicKey: testutil.PeerB, AllowedIPs: testutil.Prefixes("192.0.2.0/24")},
			{PublicKey: testutil.PeerC, AllowedIPs: testutil.Prefixes("fd00::/8", "2001:db8::/32")},
		}}
		for _, afterwards := range []bool{false, true} {
			for fail := 1; ; fail++ {
				k.Load("wg0", have)
				if !faultAt(t, k, fail, afterwards) {
					if fail < 4 {
						t.Errorf("the change needs %d ioctls, want more", fail-1)
					}
					break
				}
			}
		}
	})
}

// faultAt lets one ioctl of a change fail. It returns false if the change needs fewer.
func faultAt(t *testing.T, k *kerneltest.OpenBSD, fail int, afterwards bool) bool {
	t.Helper()
	calls := 0
	var d wginternal.Device
	hook := func(call) error {
		if d == nil {
			return nil // it is being opened
		}
		if calls++; calls == fail {
			return syscall.EIO
		}
		return nil
	}
	nothing := func(call) error { return nil }
	b := between(k, hook, nothing)
	if afterwards {
		b = between(k, nothing, hook)
	}
	d = open(t, b)
	before := read(t, k)
	err := d.Configure(t.Context(), partialChange(), nil)
	if err == nil && calls < fail {
		return false
	}
	got := read(t, k)
	applied, unknown := wgtypes.Config{}, wgtypes.Config{}
	if partial, ok := errors.AsType[*wginternal.PartialError](err); ok {
		applied, unknown = partial.Applied, partial.Unknown
	}
	least := wginternal.Apply(before, applied)
	states := []*wgtypes.Device{least, wginternal.Apply(least, unknown)}
	isState := func(state *wgtypes.Device) bool { return cmp.Equal(state, got, equal...) }
	if !errors.Is(err, syscall.EIO) || !slices.ContainsFunc(states, isState) {
		t.Errorf("ioctl %d fails: Configure() = %v, and the device is %v, want EIO and one of %v", fail, err, got, states)
	}
	if err := d.Configure(t.Context(), partialChange(), nil); err != nil {
		t.Errorf("Configure() again = %v, want nil", err)
	}
	if diff := cmp.Diff(wginternal.Apply(before, partialChange()), read(t, k), equal...); diff != "" {
		t.Errorf("ioctl %d fails: device after the second change (-want +got):\n%s", fail, diff)
	}
	return true
}

// TestRemovalCancelled checks that a removal whose context ends between its two requests,
// which kernels before 7.4 need, leaves no peer behind.
func TestRemovalCancelled(t *testing.T) {
	t.Parallel()
	k := start(t, kerneltest.NewOpenBSDRelease("7.2", "amd64"))
	k.Load("wg0", &wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: testutil.PeerA, AllowedIPs: testutil.Prefixes("10.0.0.0/8", "fd00::/8")}}})
	ctx, cancel := context.WithCancel(t.Context())
	b := between(k, func(call) error { return nil }, func(c call) error {
		if c.isSet() {
			cancel()
		}
		return nil
	})
	c := testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, UpdateOnly: true, RemoveAllowedIPs: testutil.Prefixes("fd00::/8")})
	err := open(t, b).Configure(ctx, c, nil)
	partial, ok := errors.AsType[*wginternal.PartialError](err)
	if !ok || !errors.Is(err, context.Canceled) || len(partial.Unknown.Peers) != 1 {
		t.Errorf("Configure() = %v, want context.Canceled in a PartialError with an unknown peer", err)
	}
	if got := read(t, k).Peers; len(got) != 1 || !slices.Equal(got[0].AllowedIPs, testutil.Prefixes("10.0.0.0/8")) {
		t.Errorf("peers = %v, want only %v with 10.0.0.0/8", got, testutil.PeerA)
	}
}

// TestBuffersAreWiped checks that no buffer of an ioctl keeps what may be a key, also
// after errors.
func TestBuffersAreWiped(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		for fail := range 8 {
			have := someDevice()
			have.Peers = append(have.Peers, wgtypes.Peer{PublicKey: testutil.PeerC, AllowedIPs: testutil.Prefixes("fd00::/8")})
			for i := range have.Peers {
				have.Peers[i].PresharedKey = testutil.PresharedKey1
			}
			k.Load("wg0", have)
			var buffers [][]byte
			b := between(k,
				func(c call) error { buffers = append(buffers, c.data); return nil },
				func(call) error {
					if len(buffers) == fail {
						return syscall.EIO
					}
					return nil
				})
			_ = testutil.ConfigureDevice(t.Context(), b, "wg0", partialChange()) // may fail
			_, _ = testutil.ReadDevice(t.Context(), b, "wg0")
			for i, buffer := range buffers {
				if n := len(buffer) - len(slices.DeleteFunc(slices.Clone(buffer), func(v byte) bool { return v != 0 })); n > 0 {
					t.Errorf("buffer %d has %d bytes that are not 0, want none", i, n)
				}
			}
		}
	})
}
