package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// actAs is the environment variable that names the act which this test binary runs
// instead of tests, as another user or as a daemon that a test can kill.
const actAs = "WGCTRL_TEST_ACT"

func TestMain(m *testing.M) {
	act := acts[os.Getenv(actAs)]
	if act == nil {
		os.Exit(testutil.RunMain(m))
	}
	if err := act(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// subject is a new device, and a Client that can access it.
type subject struct {
	client *wgctrl.Client
	name   string
}

// backend makes subjects.
type backend struct {
	name string
	make func(testing.TB, ...wgctrl.Option) subject // the options are added to those of the device
}

// backends are the ways to access a device. Tests of "kernel" are skipped if the
// kernel has no WireGuard.
var backends = []backend{
	{"userspace", userspace},
	{"in-process", func(t testing.TB, opts ...wgctrl.Option) subject {
		d := wireguardgotest.OfflineDevice(t)
		opts = append(opts, wgctrl.WithZeroPublicKeys(), wgctrl.WithBackends(wgtypes.KindInProcess), wgctrl.WithDevice("here", d.UAPI()))
		return subject{d.Client(t, opts...), "here"}
	}},
	{"kernel", kernel},
}

// newClient returns a Client without a reply timeout, unless opts set one.
func newClient(t *testing.T, opts ...wgctrl.Option) *wgctrl.Client {
	t.Helper()
	c, err := wgctrl.New(append([]wgctrl.Option{wgctrl.WithReplyTimeout(-1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func userspace(t testing.TB, opts ...wgctrl.Option) subject {
	d := wireguardgotest.OfflineDevice(t)
	return subject{d.Client(t, append(opts, wgctrl.WithZeroPublicKeys())...), d.Name}
}

func kernel(t testing.TB, opts ...wgctrl.Option) subject {
	d := wgtest.Kernel(t)
	return subject{d.Client(t, append(opts, wgctrl.WithZeroPublicKeys())...), d.Name}
}

func (s subject) read(t testing.TB) *wgtypes.Device {
	t.Helper()
	d, err := s.client.Device(t.Context(), s.name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (s subject) configure(t testing.TB, c wgtypes.Config) {
	t.Helper()
	if err := s.client.ConfigureDevice(t.Context(), s.name, c); err != nil {
		t.Fatal(err)
	}
}

// apply configures the device with c. It returns the device that the model
// predicts and the one that the Client reads.
func (s subject) apply(t testing.TB, c wgtypes.Config) (want, got *wgtypes.Device) {
	t.Helper()
	have := s.read(t)
	s.configure(t, c)
	return wginternal.Apply(have, c), s.read(t)
}

// compare returns the difference between want and got. It ignores the fields that
// packets change, the port if want has none, and the order of peers unless the
// device is a kernel device.
func compare(want, got *wgtypes.Device) string {
	want, got = canonical(want), canonical(got)
	if want.ListenPort == 0 {
		want.ListenPort = got.ListenPort
	}
	return cmp.Diff(want, got,
		cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
		cmpopts.IgnoreFields(wgtypes.Peer{}, "LastHandshake", "ReceiveBytes", "TransmitBytes"),
		cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal))
}

// canonical returns a copy of d with numeric zones. It sorts the peers of a
// device that has no order.
func canonical(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	zones := map[string]string{"lo": "1", d.Name: strconv.Itoa(d.Index)}
	for i := range d.Peers {
		e := &d.Peers[i].Endpoint
		if number, ok := zones[e.Addr().Zone()]; ok && d.Kind == wgtypes.KindKernel {
			*e = netip.AddrPortFrom(e.Addr().WithZone(number), e.Port())
		}
	}
	if d.Kind != wgtypes.KindKernel {
		byKey(d)
	}
	return d
}

func byKey(d *wgtypes.Device) {
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int {
		return bytes.Compare(a.PublicKey[:], b.PublicKey[:])
	})
}

// end is one end of a tunnel.
type end struct {
	subject
	key  wgtypes.PrivateKey
	port uint16
}

// newEnd generates a key for a device and reads the device's port.
func newEnd(t *testing.T, s subject) end {
	t.Helper()
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	s.configure(t, wgtypes.Config{PrivateKey: &key})
	return end{s, key, s.read(t).ListenPort}
}

// connect makes a and b peers of each other, and waits for their handshake. A
// keepalive starts it, so that no other packet is needed.
func connect(t *testing.T, a, b end) {
	t.Helper()
	peer := func(e end) wgtypes.Config {
		return testutil.Peers(wgtypes.PeerConfig{
			PublicKey: e.key.PublicKey(), AllowedIPs: testutil.Prefixes("10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"),
			Endpoint:            netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), e.port),
			PersistentKeepalive: new(time.Second),
		})
	}
	a.configure(t, peer(b))
	b.configure(t, peer(a))
	for _, e := range []end{a, b} {
		e.await(t, "a handshake", func(p wgtypes.Peer) bool {
			return !p.LastHandshake.IsZero() && p.ReceiveBytes > 0 && p.TransmitBytes > 0
		})
	}
}

// sendBoth makes each end send a keepalive to the other. By themselves, all may come
// from one end: a packet that the other end receives delays its own keepalives.
func sendBoth(t *testing.T, a, b end) {
	t.Helper()
	// b sends a keepalive when they are turned on. Later only a sends them.
	for _, interval := range []time.Duration{0, time.Second, 0} {
		b.configure(t, testutil.Peers(wgtypes.PeerConfig{PublicKey: a.key.PublicKey(), UpdateOnly: true, PersistentKeepalive: &interval}))
	}
}

// await reads the device until is(p) is true for its only peer p.
func (e end) await(t *testing.T, what string, is func(wgtypes.Peer) bool) wgtypes.Peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		d, err := e.client.Device(ctx, e.name)
		if err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		if len(d.Peers) == 1 && is(d.Peers[0]) {
			return d.Peers[0]
		}
	}
}
