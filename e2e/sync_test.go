package e2e_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// sync syncs the device to want, and returns the change that SyncDevice applied.
func (s subject) sync(t testing.TB, want wgtypes.Config, o wgctrl.SyncOptions) wgtypes.Config {
	t.Helper()
	applied, err := s.client.SyncDevice(t.Context(), s.name, want, o)
	if err != nil {
		t.Fatal(err)
	}
	return applied
}

func isZero(c wgtypes.Config) bool { return reflect.ValueOf(c).IsZero() }

// TestSyncRandom syncs a device to random descriptions. The applied change has
// the effect that the model predicts, and a second sync applies nothing.
func TestSyncRandom(t *testing.T) {
	t.Parallel()
	o := wgtest.RandomOptions{MinPeers: 1, MaxPeers: 6, Collisions: 0.6, Unnormalized: true}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(10) {
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
					t.Parallel()
					s, r := b.make(t), rand.New(rand.NewPCG(seed, 2))
					for i := range randomSteps {
						have := s.read(t)
						want := distant(possible(have, testutil.RandomConfig(r, have, testutil.RandomOptions(o))))
						applied := s.sync(t, want, wgctrl.SyncOptions{})
						if diff := compare(wginternal.Apply(have, applied), s.read(t)); diff != "" {
							t.Fatalf("Device(%q) after step %d, which applied %+v of %+v (-want +got):\n%s", s.name, i, applied, want, diff)
						}
						if again := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(again) {
							t.Fatalf("step %d: the second SyncDevice = %+v, want no change\nafter %+v\nof %+v", i, again, applied, want)
						}
					}
				})
			}
		})
	}
}

// distant replaces the zones of endpoints by numbers that no interface has. With a
// kernel device, the number of an interface would be read as the interface's name.
func distant(c wgtypes.Config) wgtypes.Config {
	c.Peers = slices.Clone(c.Peers)
	for i := range c.Peers {
		e := &c.Peers[i].Endpoint
		if zone := e.Addr().Zone(); zone != "" {
			*e = netip.AddrPortFrom(e.Addr().WithZone("9000"+zone), e.Port())
		}
	}
	return c
}

// TestSyncScenario syncs a device to a description, to the same one in another
// order, and to one that moves prefixes and removes a peer.
func TestSyncScenario(t *testing.T) {
	t.Parallel()
	exactly := func(p wgtypes.PeerConfig) wgtypes.PeerConfig {
		p.ReplaceAllowedIPs = true
		return p
	}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			want := wgtypes.Config{
				PrivateKey: &testutil.KeyUnclamped, ListenPort: new(uint16(0)), FirewallMark: new(uint32(0)), ReplacePeers: true,
				Peers: []wgtypes.PeerConfig{
					exactly(testutil.FullPeer(testutil.PeerA, "10.0.0.1/8", "fd00::/8")), exactly(testutil.FullPeer(testutil.PeerB, "192.0.2.0/24")),
					testutil.FullPeer(testutil.KeyUnclamped.Clamped().PublicKey(), "::/0"), // its own key
				},
			}
			if applied := s.sync(t, want, wgctrl.SyncOptions{}); applied.PrivateKey == nil || applied.ListenPort != nil || applied.FirewallMark != nil || len(applied.Peers) != 2 {
				t.Errorf("the first SyncDevice = %+v, want a private key and two peers", applied)
			}
			slices.Reverse(want.Peers)
			if applied := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(applied) {
				t.Errorf("the second SyncDevice = %+v, want no change", applied)
			}
			want.Peers = []wgtypes.PeerConfig{exactly(testutil.FullPeer(testutil.PeerA, "fd00::/8", "192.0.2.0/24")), exactly(testutil.Allow(testutil.PeerC, "10.0.0.0/8"))}
			applied := s.sync(t, want, wgctrl.SyncOptions{})
			expected := testutil.Peers(
				wgtypes.PeerConfig{PublicKey: testutil.PeerA, UpdateOnly: true, AllowedIPs: testutil.Prefixes("192.0.2.0/24")},
				testutil.Allow(testutil.PeerC, "10.0.0.0/8"), wgtypes.PeerConfig{PublicKey: testutil.PeerB, Remove: true},
			)
			if !reflect.DeepEqual(applied, expected) {
				t.Errorf("SyncDevice that moves prefixes = %+v, want %+v", applied, expected)
			}
			if applied := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(applied) {
				t.Errorf("the last SyncDevice = %+v, want no change", applied)
			}
		})
	}
}

// counting counts the operations on a device. If fail is set, every change
// returns it.
type counting struct {
	uapi.Device
	gets, sets int
	fail       error
}

func (c *counting) IpcGetOperation(w io.Writer) error {
	c.gets++
	return c.Device.IpcGetOperation(w)
}

func (c *counting) IpcSetOperation(r io.Reader) error {
	c.sets++
	if c.fail != nil {
		return c.fail
	}
	return c.Device.IpcSetOperation(r)
}

func newCounting(t *testing.T) (*counting, subject) {
	d := &counting{Device: wireguardgotest.OfflineDevice(t).UAPI()}
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindInProcess), wgctrl.WithDevice("here", d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return d, subject{c, "here"}
}

// TestSyncSendsNothing checks that SyncDevice reads once, and writes only if
// something has to change.
func TestSyncSendsNothing(t *testing.T) {
	t.Parallel()
	d, s := newCounting(t)
	want := wgtypes.Config{PrivateKey: &testutil.Key1, ReplacePeers: true, Peers: []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA, "10.0.0.0/8")}}
	for i := range 3 {
		if applied := s.sync(t, want, wgctrl.SyncOptions{}); isZero(applied) != (i > 0) {
			t.Errorf("SyncDevice %d = %+v, want a change only from the first", i, applied)
		}
		if d.gets != i+1 || d.sets != 1 {
			t.Errorf("after SyncDevice %d there were %d reads and %d writes, want %d and 1", i, d.gets, d.sets, i+1)
		}
	}
}

func TestSyncErrors(t *testing.T) {
	t.Parallel()
	d, s := newCounting(t)
	want := testutil.Peers(testutil.FullPeer(testutil.PeerA, "10.0.0.0/8"))
	sync := func(ctx context.Context, name string, want wgtypes.Config) error {
		t.Helper()
		applied, err := s.client.SyncDevice(ctx, name, want, wgctrl.SyncOptions{})
		var op *wgctrl.OpError
		if !errors.As(err, &op) || op.Op != "sync" || op.Device != name || !isZero(applied) {
			t.Errorf("SyncDevice(%q) = %+v, %v, want no change and an OpError for it", name, applied, err)
		}
		return err
	}
	var field *wgtypes.FieldError
	bad := testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, AllowedIPs: make([]netip.Prefix, 1)})
	if err := sync(t.Context(), s.name, bad); !errors.As(err, &field) || field.Field != "AllowedIPs[0]" || d.gets > 0 {
		t.Errorf("SyncDevice with an invalid prefix = %v after %d reads, want a FieldError for AllowedIPs[0] after 0 reads", err, d.gets)
	}
	if err := sync(t.Context(), "absent", want); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("SyncDevice(%q) = %v, want error wrapping fs.ErrNotExist", "absent", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sync(ended, s.name, want); !errors.Is(err, context.Canceled) {
		t.Errorf("SyncDevice with a canceled context = %v, want error wrapping context.Canceled", err)
	}
	d.fail = syscall.EADDRINUSE
	var partial *wgctrl.PartialError
	err := sync(t.Context(), s.name, want)
	if !errors.As(err, &partial) || len(partial.Unknown.Peers) != 1 || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("SyncDevice of a device that fails = %v, want a PartialError wrapping EADDRINUSE with one unknown peer", err)
	}
}

// TestSyncKeepsSession syncs one of two devices of wireguard-go, which are
// connected over the loopback interface.
func TestSyncKeepsSession(t *testing.T) {
	t.Parallel()
	one, two := wireguardgotest.Device(t), wireguardgotest.Device(t)
	a, b := newEnd(t, subject{one.Client(t), one.Name}), newEnd(t, subject{two.Client(t), two.Name})
	connect(t, a, b)
	keepsSession(t, a, b)
}

// keepsSession changes the peer b of a while packets flow. The session continues
// when prefixes of the peer and other peers change, and KeepEndpoints keeps the
// endpoint.
func keepsSession(t *testing.T, a, b end) {
	t.Helper()
	before := a.read(t).Peers[0]
	elsewhere := netip.MustParseAddrPort("192.0.2.1:1")
	want := wgtypes.Config{PrivateKey: &a.key, ListenPort: new(a.port), ReplacePeers: true, Peers: []wgtypes.PeerConfig{
		{
			PublicKey: b.key.PublicKey(), Endpoint: elsewhere, PersistentKeepalive: new(time.Second),
			ReplaceAllowedIPs: true, AllowedIPs: testutil.Prefixes("10.0.0.0/8", "198.51.100.0/24"),
		},
		testutil.Allow(testutil.PeerA, "192.0.2.0/24"), // moves
	}}
	kept := wgctrl.SyncOptions{KeepEndpoints: true}
	applied := a.sync(t, want, kept)
	if applied.PrivateKey != nil || len(applied.Peers) != 2 || applied.Peers[0].Endpoint.IsValid() {
		t.Errorf("SyncDevice = %+v, want two peers, the first without an endpoint, and no private key", applied)
	}
	after := a.read(t)
	p := find(after, before.PublicKey)
	if p == nil || len(after.Peers) != 2 || !sameSet(p.AllowedIPs, "10.0.0.0/8", "198.51.100.0/24") || p.Endpoint != before.Endpoint {
		t.Fatalf("the peers are %+v, want two, and %v with [10.0.0.0/8 198.51.100.0/24] and the endpoint %v",
			after.Peers, before.PublicKey, before.Endpoint)
	}
	if p.LastHandshake.Before(before.LastHandshake) || p.TransmitBytes < before.TransmitBytes || p.ReceiveBytes < before.ReceiveBytes {
		t.Errorf("the peer is %+v, want a handshake and counters not below those of %+v", p, before)
	}
	if applied := a.sync(t, want, kept); !isZero(applied) {
		t.Errorf("the second SyncDevice = %+v, want no change", applied)
	}
	want.Peers = want.Peers[:1]
	if applied := a.sync(t, want, kept); len(applied.Peers) != 1 || applied.Peers[0].PublicKey != testutil.PeerA || !applied.Peers[0].Remove {
		t.Errorf("SyncDevice without peer %v = %+v, want only its removal", testutil.PeerA, applied)
	}
	sendBoth(t, a, b)
	a.await(t, "more keepalives", func(q wgtypes.Peer) bool {
		return q.TransmitBytes > p.TransmitBytes && q.ReceiveBytes > p.ReceiveBytes && !q.LastHandshake.Before(before.LastHandshake)
	})
	if applied := a.sync(t, want, wgctrl.SyncOptions{}); len(applied.Peers) != 1 || applied.Peers[0].Endpoint != elsewhere {
		t.Errorf("SyncDevice without KeepEndpoints = %+v, want one peer with the endpoint %v", applied, elsewhere)
	}
}

func find(d *wgtypes.Device, k wgtypes.PublicKey) *wgtypes.Peer {
	i := slices.IndexFunc(d.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == k })
	if i < 0 {
		return nil
	}
	return &d.Peers[i]
}

func sameSet(got []netip.Prefix, want ...string) bool {
	got, list := slices.Clone(got), testutil.Prefixes(want...)
	slices.SortFunc(got, netip.Prefix.Compare)
	slices.SortFunc(list, netip.Prefix.Compare)
	return slices.Equal(got, list)
}

func TestSyncDryRun(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			want := wgtypes.Config{FirewallMark: new(uint32(0)), Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
			have := s.read(t)
			change := s.sync(t, want, wgctrl.SyncOptions{DryRun: true})
			if diff := compare(have, s.read(t)); diff != "" {
				t.Errorf("the device after a dry run (-want +got):\n%s", diff)
			}
			applied := s.sync(t, want, wgctrl.SyncOptions{})
			if isZero(applied) || len(change.Peers) != 1 || len(applied.Peers) != 1 {
				t.Errorf("the dry run returned %+v and SyncDevice %+v, want one peer in both", change, applied)
			}
		})
	}
}
