package wgfreebsd_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// recorded returns a backend for k and the changes that it sends, one for each request.
func recorded(t *testing.T, k *kerneltest.FreeBSD) (b wginternal.Backend, sent *[]wgtypes.Config) {
	sent = new([]wgtypes.Config)
	return intercepted(k, func(c call, do func() error) error {
		if c.request == setRequest {
			change, err := decodeSet(c.data)
			if err != nil {
				t.Errorf("request %x: %v, want a change", c.data, err)
			}
			*sent = append(*sent, change)
		}
		return do()
	}), sent
}

// TestPortBeforePeers checks that a port in use leaves the peers as they are: the kernel
// replaces them before it changes the port.
func TestPortBeforePeers(t *testing.T) {
	t.Parallel()
	k := newKernel()
	configure(t, k, wgtypes.Config{ListenPort: new(uint16(7)), Peers: []wgtypes.PeerConfig{testutil.Allow(testutil.PeerA, "10.0.0.0/8")}})
	want := read(t, k)
	k.SetBusyPort(8)
	for _, c := range []wgtypes.Config{
		{ListenPort: new(uint16(8)), FirewallMark: new(uint32(1)), ReplacePeers: true, Peers: []wgtypes.PeerConfig{testutil.Allow(testutil.PeerB)}},
		{ListenPort: new(uint16(8)), FirewallMark: new(uint32(1)), PrivateKey: &testutil.Key1, Peers: []wgtypes.PeerConfig{testutil.Allow(testutil.PeerB)}},
	} {
		err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", c)
		if _, partial := errors.AsType[*wginternal.PartialError](err); !errors.Is(err, syscall.EADDRINUSE) || partial {
			t.Errorf("Configure(%v) = %v, want EADDRINUSE and no PartialError", c, err)
		}
		if diff := cmp.Diff(want, read(t, k), equal...); diff != "" {
			t.Errorf("device after Configure(%v) (-want +got):\n%s", c, diff)
		}
	}
}

// TestRequests checks what is sent in how many requests.
func TestRequests(t *testing.T) {
	t.Parallel()
	port, mark := new(uint16(7)), new(uint32(9))
	a, b := testutil.Allow(testutil.PeerA, "10.0.0.0/8", "fd00::/8"), testutil.Allow(testutil.PeerB)
	one := testutil.Prefixes("10.0.0.0/8")
	for name, test := range map[string]struct {
		change wgtypes.Config
		want   []wgtypes.Config
	}{
		"nothing":   {wgtypes.Config{}, []wgtypes.Config{{}}},
		"port":      {wgtypes.Config{ListenPort: port, Peers: []wgtypes.PeerConfig{a}}, []wgtypes.Config{{ListenPort: port, Peers: []wgtypes.PeerConfig{a}}}},
		"replace":   {wgtypes.Config{PrivateKey: &testutil.Key1, ReplacePeers: true}, []wgtypes.Config{{PrivateKey: &testutil.Key1, ReplacePeers: true}}},
		"mark only": {wgtypes.Config{FirewallMark: mark, ReplacePeers: true}, []wgtypes.Config{{FirewallMark: mark}, {ReplacePeers: true}}},
		"port and replace": {
			wgtypes.Config{PrivateKey: &testutil.Key1, ListenPort: port, FirewallMark: mark, ReplacePeers: true, Peers: []wgtypes.PeerConfig{a}},
			[]wgtypes.Config{{ListenPort: port, FirewallMark: mark}, {PrivateKey: &testutil.Key1, ReplacePeers: true, Peers: []wgtypes.PeerConfig{a}}},
		},
		"update only": {
			testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, UpdateOnly: true, AllowedIPs: one}, b),
			[]wgtypes.Config{testutil.Peers(b)},
		},
		"removal from an absent peer": {
			testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, UpdateOnly: true, RemoveAllowedIPs: one}),
			nil,
		},
		"removal after addition": {
			testutil.Peers(a, testutil.Disallow(testutil.PeerA, "10.0.0.0/8")),
			[]wgtypes.Config{
				testutil.Peers(a, wgtypes.PeerConfig{PublicKey: testutil.PeerA}),
				probe(testutil.PeerA),
				testutil.Peers(testutil.Disallow(testutil.PeerA, "10.0.0.0/8")),
			},
		},
	} {
		backend, sent := recorded(t, newKernel())
		if err := testutil.ConfigureDevice(t.Context(), backend, "wg0", test.change); err != nil {
			t.Errorf("%s: Configure(%v) = %v, want nil", name, test.change, err)
		}
		if diff := cmp.Diff(test.want, *sent, equal...); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", name, diff)
		}
	}
}

// probe is the request that finds out whether a kernel removes allowed IPs, as decodeSet
// decodes it: an allowed IP without an address.
func probe(k wgtypes.PublicKey) wgtypes.Config {
	return testutil.Peers(wgtypes.PeerConfig{PublicKey: k, AllowedIPs: []netip.Prefix{{}}})
}

// TestProgress checks that the peers of all requests are counted.
func TestProgress(t *testing.T) {
	t.Parallel()
	d, err := newKernel().Backend().Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	c := testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8"), testutil.Disallow(testutil.PeerA, "fd00::/8"))
	c.ReplacePeers, c.ListenPort = true, new(uint16(7))
	err = d.Configure(t.Context(), c, func(done, all int) { got = append(got, fmt.Sprintf("%d/%d", done, all)) })
	if want := []string{"0/3", "2/3", "3/3"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("progress = %q, %v, want %q", got, err, want)
	}
	got = nil
	err = d.Configure(t.Context(), wgtypes.Config{ListenPort: new(uint16(8))}, func(done, all int) { got = append(got, fmt.Sprintf("%d/%d", done, all)) })
	if want := []string{"0/0"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("progress without peers = %q, %v, want %q", got, err, want)
	}
}

// faultChange uses every kind of request. PeerB exists before it, and PeerC does not.
func faultChange() wgtypes.Config {
	return wgtypes.Config{
		PrivateKey: &testutil.Key1, ListenPort: new(uint16(7)), FirewallMark: new(uint32(9)), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{
			testutil.FullPeer(testutil.PeerA, "10.0.0.0/8", "fd00::/8"),
			{PublicKey: testutil.PeerC, UpdateOnly: true, AllowedIPs: testutil.Prefixes("fd00::/8")},
			testutil.Disallow(testutil.PeerA, "10.0.0.0/8"),
			testutil.Allow(testutil.PeerB, "192.0.2.0/24"),
		},
	}
}

// TestFaults lets each call fail and compares the device with what the error says about
// it. A call that fails applies nothing, or what it asks for.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, kernel := range map[string]func() *kerneltest.FreeBSD{"flags": kernels["64 bits"], "no flags": kernels["without flags"]} {
		for _, errno := range []syscall.Errno{syscall.EPERM, syscall.ENXIO, syscall.EINVAL, syscall.ENOMEM, syscall.EADDRINUSE, syscall.EBADMSG} {
			for _, applied := range []bool{false, true} {
				if applied && errno != syscall.EINVAL && errno != syscall.ENOMEM {
					continue // these errors come before anything is applied
				}
				t.Run(fmt.Sprintf("%s/%v/%t", name, errno, applied), func(t *testing.T) {
					t.Parallel()
					for step := 0; faultStep(t, kernel(), step, errno, applied); step++ {
					}
				})
			}
		}
	}
}

// faultStep lets a call of Configure fail, after the kernel performed it if applied is
// true. It returns false if Configure makes fewer calls.
func faultStep(t *testing.T, k *kerneltest.FreeBSD, step int, errno syscall.Errno, applied bool) bool {
	t.Helper()
	k.AddDevice("wg0")
	configure(t, k, testutil.Peers(testutil.Allow(testutil.PeerB, "198.51.100.0/24")))
	have := read(t, k)
	steps := testutil.NewStepCounter()
	b := intercepted(k, func(c call, do func() error) error {
		if !steps.Step() {
			return do()
		}
		if applied && c.request == setRequest {
			_ = do()
		}
		return errno
	})
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	steps.Arm(step, nil)
	c := faultChange()
	err = d.Configure(t.Context(), c, nil)
	if !steps.Reached() {
		if err != nil {
			t.Errorf("Configure() without a fault = %v, want nil", err)
		}
		return false
	}
	got := read(t, k)
	if err == nil {
		t.Errorf("Configure() with %v in call %d = nil, want an error", errno, step)
		return true
	}
	partial, ok := errors.AsType[*wginternal.PartialError](err)
	if !ok {
		partial = &wginternal.PartialError{NotSent: c}
	}
	whole := wginternal.Join([]wgtypes.Config{partial.Applied, partial.Unknown, partial.NotSent})
	if diff := cmp.Diff(wginternal.Apply(have, c), wginternal.Apply(have, whole), equal...); diff != "" {
		t.Errorf("call %d: parts of %#v joined do not have the effect of the change (-want +got):\n%s", step, partial, diff)
	}
	want := wginternal.Apply(have, partial.Applied)
	testutil.SortedAllowedIPs(want)
	testutil.SortedAllowedIPs(got)
	if diff := cmp.Diff(want, got, equal...); diff != "" && partial.Unknown.IsZero() {
		t.Errorf("call %d: device after %v (-want +got):\n%s", step, err, diff)
	}
	return true
}

// TestUnprivileged checks that a change without privilege fails and is not partial.
func TestUnprivileged(t *testing.T) {
	t.Parallel()
	k := newKernel()
	configure(t, k, testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8")))
	k.SetUnprivileged(true)
	for _, c := range []wgtypes.Config{
		{}, faultChange(), testutil.Peers(testutil.Disallow(testutil.PeerA, "10.0.0.0/8")),
		testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, UpdateOnly: true, RemoveAllowedIPs: testutil.Prefixes("10.0.0.0/8")}),
	} {
		err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", c)
		if _, partial := errors.AsType[*wginternal.PartialError](err); !errors.Is(err, fs.ErrPermission) || partial {
			t.Errorf("Configure(%v) = %v, want fs.ErrPermission and no PartialError", c, err)
		}
		if want := "ioctl SIOCSWG: operation not permitted (this needs root)"; err != nil && err.Error() != want {
			t.Errorf("Configure(%v) = %q, want %q", c, err, want)
		}
	}
}

// TestCancelBetweenRequests checks that a context that ends after a request leaves the
// others unsent.
func TestCancelBetweenRequests(t *testing.T) {
	t.Parallel()
	for _, kernel := range kernels {
		for step := range 8 {
			k := kernel()
			k.AddDevice("wg0")
			ctx, cancel := context.WithCancel(t.Context())
			steps := testutil.NewStepCounter()
			config := k.Config()
			ioctl := config.Ioctl
			config.Ioctl = func(request uint32, arg []byte, pointer int, data []byte) error {
				err := ioctl(request, arg, pointer, data)
				steps.Step()
				return err
			}
			b := wgfreebsd.NewWith(config)
			d, err := b.Open(ctx, "wg0")
			if err != nil {
				t.Fatal(err)
			}
			have := read(t, k)
			steps.Arm(step, cancel)
			err = d.Configure(ctx, faultChange(), nil)
			partial, ok := errors.AsType[*wginternal.PartialError](err)
			if !ok {
				partial = &wginternal.PartialError{}
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("Configure() cancelled after call %d = %v, want context.Canceled", step, err)
			}
			want, got := wginternal.Apply(have, partial.Applied), read(t, k)
			if err == nil {
				want = wginternal.Apply(have, faultChange())
			}
			if diff := cmp.Diff(want, got, equal...); diff != "" && partial.Unknown.IsZero() {
				t.Errorf("device after %v in call %d (-want +got):\n%s", err, step, diff)
			}
			cancel()
		}
	}
}

// TestZones checks that zones are names of interfaces for users, and numbers for the
// kernel.
func TestZones(t *testing.T) {
	t.Parallel()
	k := newKernel()
	k.Add("em0", "egress") // index 2
	k.Add("77", "egress")  // index 3
	b, sent := recorded(t, k)
	for zone, want := range map[string]struct{ number, name string }{
		"em0": {"2", "em0"}, "2": {"2", "em0"}, "77": {"3", "77"}, "9": {"9", "9"},
	} {
		*sent = nil
		c := testutil.Peers(testutil.At(testutil.PeerA, "[fe80::1%"+zone+"]:7"))
		if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil {
			t.Fatalf("Configure(%v) = %v, want nil", c, err)
		}
		if got := (*sent)[0].Peers[0].Endpoint.Addr().Zone(); got != want.number {
			t.Errorf("zone sent for %q = %q, want %q", zone, got, want.number)
		}
		if got := read(t, k).Peers[0].Endpoint.Addr().Zone(); got != want.name {
			t.Errorf("zone read after %q = %q, want %q", zone, got, want.name)
		}
	}
	*sent = nil
	c := testutil.Peers(testutil.Allow(testutil.PeerB), testutil.At(testutil.PeerA, "[fe80::1%em7]:7"))
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", c)
	field, ok := errors.AsType[*wgtypes.FieldError](err)
	if !ok || field.Index != 1 || field.Peer != testutil.PeerA || field.Field != "Endpoint" || len(*sent) != 0 {
		t.Errorf("Configure(%v) = %v after %d requests, want a FieldError of peer 1 and no request", c, err, len(*sent))
	}
}
