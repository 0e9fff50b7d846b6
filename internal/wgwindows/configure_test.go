package wgwindows_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgwindows"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// mixed is a change with a removal and other settings.
var mixed = wgtypes.Config{ListenPort: new(uint16(7)), Peers: []wgtypes.PeerConfig{
	{PublicKey: testutil.PeerA, RemoveAllowedIPs: testutil.Prefixes("10.0.0.0/8"), AllowedIPs: testutil.Prefixes("fd00::/8")},
}}

// prepare adds the peer that mixed changes.
func prepare(t *testing.T, b wginternal.Backend) {
	t.Helper()
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", testutil.Peers(testutil.FullPeer(testutil.PeerA, "10.0.0.0/8", "192.0.2.0/24")))
	if err != nil {
		t.Fatal(err)
	}
}

// TestRequests counts the requests of a change, and checks that they are wiped.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		version string
		want    []uint32
	}{
		{"1.0", []uint32{set}},
		{"0.11", []uint32{set}},
		{"0.10.1", []uint32{set, get, set}}, // rest, reading, moving the prefix away
		{"", []uint32{set, get, set}},
	} {
		k := kerneltest.NewWindows()
		k.AddAdapter("wg0", c.version, hasFlag(c.version))
		f := &faulty{System: k}
		b := f.backend(t)
		prepare(t, b)
		f.codes = nil
		progress := 0
		d, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		err = d.Configure(t.Context(), wginternal.Normalize(mixed), func(done, all int) { progress = done })
		if err != nil || !slices.Equal(f.codes, c.want) || progress == 0 {
			t.Errorf("version %q: Configure() = %v with requests %x and progress %d, want nil, %x and more than 0", c.version, err, f.codes, progress, c.want)
		}
		if n := f.dirty(); n != 0 {
			t.Errorf("version %q: %d requests are not wiped, want 0", c.version, n)
		}
	}
}

// TestRequestsWithoutSettings checks that a change that sets nothing is sent, so that its
// errors are found, and that single removals are sent alone.
func TestRequestsWithoutSettings(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewWindows()
	k.AddAdapter("wg0", "0.10.1", hasFlag("0.10.1"))
	f := &faulty{System: k}
	b := f.backend(t)
	prepare(t, b)
	removal := testutil.Disallow(testutil.PeerA, "10.0.0.0/8")
	removal.UpdateOnly = true
	for _, c := range []struct {
		name   string
		change wgtypes.Config
		want   []uint32
	}{
		{"nothing", wgtypes.Config{}, []uint32{set}},
		{"a removal", testutil.Peers(removal), []uint32{get, set}},
	} {
		f.codes = nil
		if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c.change); err != nil || !slices.Equal(f.codes, c.want) {
			t.Errorf("%s: Configure() = %v with requests %x, want nil and %x", c.name, err, f.codes, c.want)
		}
	}
}

func hasFlag(version string) bool { return version == "1.0" || version == "0.11" }

// TestSecondAdapter checks that an adapter with an old driver makes removals safe for all.
func TestSecondAdapter(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewWindows()
	k.AddAdapter("old", "0.10.1", false)
	k.AddAdapter("wg0", "1.0", false) // the old driver is still loaded
	b := k.Backend()
	prepare(t, b)
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", mixed); err != nil {
		t.Fatal(err)
	}
	d, err := testutil.ReadDevice(t.Context(), b, "wg0")
	if want := testutil.Prefixes("192.0.2.0/24", "fd00::/8"); err != nil || !slices.Equal(d.Peers[0].AllowedIPs, want) {
		t.Errorf("allowed IPs = %v, %v, want %v", d.Peers, err, want)
	}
}

// outcome is what became of the parts of a change.
type outcome struct {
	applied, unknown, notSent bool
	partial                   bool
}

func outcomeOf(err error) (o outcome) {
	var p *wginternal.PartialError
	if o.partial = errors.As(err, &p); o.partial {
		o.applied, o.unknown, o.notSent = !p.Applied.IsZero(), !p.Unknown.IsZero(), !p.NotSent.IsZero()
	}
	return o
}

// TestConfigureErrors fails each request of a change, before or after the driver applies
// it.
func TestConfigureErrors(t *testing.T) {
	t.Parallel()
	const noMemory = wgwindows.Errno(1450)
	for _, c := range []struct {
		name    string
		version string
		request int
		code    wgwindows.Errno
		want    outcome
	}{
		{"new driver", "1.0", 1, noMemory, outcome{partial: true, unknown: true}},
		{"new driver, privilege", "1.0", 1, wgwindows.ErrAccessDenied, outcome{}},
		{"first part", "0.10.1", 1, noMemory, outcome{partial: true, unknown: true, notSent: true}},
		{"first part, privilege", "0.10.1", 1, wgwindows.ErrAccessDenied, outcome{}},
		{"reading", "0.10.1", 2, noMemory, outcome{partial: true, applied: true, notSent: true}},
		{"removal", "0.10.1", 3, noMemory, outcome{partial: true, applied: true, unknown: true}},
		{"removal, privilege", "0.10.1", 3, wgwindows.ErrAccessDenied, outcome{partial: true, applied: true, notSent: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := kerneltest.NewWindows()
			k.AddAdapter("wg0", c.version, hasFlag(c.version))
			f := &faulty{System: k}
			b := f.backend(t)
			prepare(t, b)
			f.number = 0
			f.control = func(n int, _ uint32, _ []byte, next func() (uint32, error)) (uint32, error) {
				if n == c.request {
					return 0, c.code
				}
				return next()
			}
			err := testutil.ConfigureDevice(t.Context(), b, "wg0", mixed)
			if got := outcomeOf(err); got != c.want || !errors.Is(err, c.code) {
				t.Errorf("Configure() = %v, %+v, want %v, %+v", err, got, c.code, c.want)
			}
			if n := f.dirty(); n != 0 {
				t.Errorf("%d buffers have data, want 0", n)
			}
			d, err := testutil.ReadDevice(t.Context(), b, "wg0")
			if err != nil || len(d.Peers) != 1 {
				t.Errorf("device after the error = %v, %v, want one peer", d, err)
			}
		})
	}
}

// TestInterruptedRemoval fails the second of two requests that move prefixes away, after
// the driver has applied a part of it. The temporary peer is removed again.
func TestInterruptedRemoval(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewWindows()
	k.AddAdapter("wg0", "0.10.1", false)
	f := &faulty{System: k}
	b := f.backend(t)
	peer := testutil.FullPeers(1, 1500)[0]
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", testutil.Peers(peer)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	sets := 0
	f.control = func(_ int, code uint32, buf []byte, next func() (uint32, error)) (uint32, error) {
		if code == set {
			sets++
		}
		if sets != 2 || code != set {
			return next()
		}
		// The driver applies only the first peer, which has the prefixes.
		buf[72] = 1
		end := len(buf) - 136
		handle, err := k.Open(mustPath(t, k))
		if err != nil {
			return 0, err
		}
		if n, err := handle.Control(code, buf[:end]); err != nil {
			return n, err
		}
		cancel()
		return 0, wgwindows.ErrInvalidParameter
	}
	removal := testutil.Peers(wgtypes.PeerConfig{PublicKey: peer.PublicKey, UpdateOnly: true, RemoveAllowedIPs: peer.AllowedIPs})
	err := testutil.ConfigureDevice(ctx, b, "wg0", removal)
	if got, want := outcomeOf(err), (outcome{partial: true, unknown: true}); got != want || !errors.Is(err, wgwindows.ErrInvalidParameter) {
		t.Errorf("Configure() = %v, %+v, want %v, %+v", err, got, wgwindows.ErrInvalidParameter, want)
	}
	d, err := testutil.ReadDevice(t.Context(), b, "wg0")
	if err != nil || len(d.Peers) != 1 || d.Peers[0].PublicKey != peer.PublicKey {
		t.Errorf("device after the error = %d peers, %v, want only %v", len(d.Peers), err, peer.PublicKey)
	}
}

func mustPath(t *testing.T, k *kerneltest.Windows) string {
	t.Helper()
	list, err := k.Adapters()
	if err != nil || len(list) == 0 {
		t.Fatalf("Adapters() = %v, %v, want one", list, err)
	}
	return list[0].Path
}

// TestConfigureContext ends the context before the change and between its parts.
func TestConfigureContext(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewWindows()
	k.AddAdapter("wg0", "0.10.1", false)
	f := &faulty{System: k}
	b := f.backend(t)
	prepare(t, b)
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.control = func(_ int, _ uint32, _ []byte, next func() (uint32, error)) (uint32, error) {
		cancel()
		return next()
	}
	err = d.Configure(ctx, wginternal.Normalize(mixed), nil)
	if got, want := outcomeOf(err), (outcome{partial: true, applied: true, notSent: true}); got != want || !errors.Is(err, context.Canceled) {
		t.Errorf("Configure() = %v, %+v, want %v, %+v", err, got, context.Canceled, want)
	}
	f.number = 0
	err = d.Configure(ctx, wginternal.Normalize(mixed), nil)
	if got := outcomeOf(err); got.partial || !errors.Is(err, context.Canceled) || f.number != 0 {
		t.Errorf("Configure() after the end = %v, %+v, %d requests, want %v and none", err, got, f.number, context.Canceled)
	}
}

// TestCloseBetweenParts closes the backend after the first part of a change.
func TestCloseBetweenParts(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewWindows()
	k.AddAdapter("wg0", "0.10.1", false)
	f := &faulty{System: k}
	b := f.backend(t)
	prepare(t, b)
	f.control = func(n int, _ uint32, _ []byte, next func() (uint32, error)) (uint32, error) {
		if n == 3 { // the reading of the removal
			b.Close()
		}
		return next()
	}
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", mixed)
	if got, want := outcomeOf(err), (outcome{partial: true, applied: true, notSent: true}); got != want || !errors.Is(err, net.ErrClosed) {
		t.Errorf("Configure() = %v, %+v, want %v, %+v", err, got, net.ErrClosed, want)
	}
}

// TestInvalidRequest checks that the driver keeps what it applied before an invalid peer,
// and that the error says so.
func TestInvalidRequest(t *testing.T) {
	t.Parallel()
	f, _ := newFaulty()
	b := f.backend(t)
	f.control = func(_ int, code uint32, buf []byte, next func() (uint32, error)) (uint32, error) {
		if code == set {
			buf[len(buf)-24+18] = 200 // the last mask
		}
		return next()
	}
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", testutil.Peers(testutil.Allow(testutil.PeerA), testutil.Allow(testutil.PeerB, "10.0.0.0/8")))
	if got, want := outcomeOf(err), (outcome{partial: true, unknown: true}); got != want || !errors.Is(err, wgwindows.ErrInvalidParameter) {
		t.Errorf("Configure() = %v, %+v, want %v, %+v", err, got, wgwindows.ErrInvalidParameter, want)
	}
	f.control = nil
	d, err := testutil.ReadDevice(t.Context(), b, "wg0")
	want := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, Peers: []wgtypes.Peer{
		{PublicKey: testutil.PeerA, ProtocolVersion: 1}, {PublicKey: testutil.PeerB, ProtocolVersion: 1},
	}}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, d, equal...); diff != "" {
		t.Errorf("device after the error (-want +got):\n%s", diff)
	}
}

// TestErrnoText checks that an unknown code is readable.
func TestErrnoText(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprint(wgwindows.Errno(1450)); got == "" {
		t.Errorf("Errno(1450) = %q, want a text", got)
	}
}
