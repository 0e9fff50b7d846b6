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
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// sync makes the device into want, and returns what that took.
func (s subject) sync(t testing.TB, want wgtypes.Config, o wgctrl.SyncOptions) wgtypes.Config {
	t.Helper()
	applied, err := s.client.SyncDevice(t.Context(), s.name, want, o)
	if err != nil {
		t.Fatal(err)
	}
	return applied
}

func isZero(c wgtypes.Config) bool { return reflect.ValueOf(c).IsZero() }

// Random descriptions, one after the other on the same device: what was applied
// is the Diff, it has the effect of the Diff, and a second time it is nothing.
func TestSyncRandom(t *testing.T) {
	t.Parallel()
	o := wgtest.GenOptions{MinPeers: 1, MaxPeers: 6, Collisions: 0.6, Unnormalized: true}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(10) {
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
					t.Parallel()
					s, r := b.make(t), rand.New(rand.NewPCG(seed, 2))
					for i := range randomSteps {
						have := s.read(t)
						want := distant(possible(have, wgtest.RandomConfig(r, have, o)))
						applied := s.sync(t, want, wgctrl.SyncOptions{})
						if diff := compare(wginternal.Apply(have, applied), s.read(t)); diff != "" {
							t.Fatalf("step %d, %+v of %+v (-predicted +read):\n%s", i, applied, want, diff)
						}
						if again := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(again) {
							t.Fatalf("step %d, the second time: %+v\nafter %+v\nof %+v", i, again, applied, want)
						}
					}
				})
			}
		})
	}
}

// distant gives endpoints zones that are no interface's number, since a kernel
// device's come back as names.
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

// A whole device is described, twice in other words, and then a little less.
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
				PrivateKey: &keyLoose, ListenPort: new(uint16(0)), FirewallMark: new(uint32(0)), ReplacePeers: true,
				Peers: []wgtypes.PeerConfig{
					exactly(full(peerA, "10.0.0.1/8", "fd00::/8")), exactly(full(peerB, "192.0.2.0/24")),
					full(keyLoose.Clamped().PublicKey(), "::/0"), // its own key
				},
			}
			if applied := s.sync(t, want, wgctrl.SyncOptions{}); applied.PrivateKey == nil || applied.ListenPort != nil || applied.FirewallMark != nil || len(applied.Peers) != 2 {
				t.Errorf("at first: %+v", applied)
			}
			slices.Reverse(want.Peers)
			if applied := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(applied) {
				t.Errorf("the second time: %+v", applied)
			}
			want.Peers = []wgtypes.PeerConfig{exactly(full(peerA, "fd00::/8", "192.0.2.0/24")), exactly(allow(peerC, "10.0.0.0/8"))}
			applied := s.sync(t, want, wgctrl.SyncOptions{})
			expected := peers(
				wgtypes.PeerConfig{PublicKey: peerA, UpdateOnly: true, AllowedIPs: prefixes("192.0.2.0/24")},
				allow(peerC, "10.0.0.0/8"), wgtypes.PeerConfig{PublicKey: peerB, Remove: true},
			)
			if !reflect.DeepEqual(applied, expected) {
				t.Errorf("prefixes that move: %+v", applied)
			}
			if applied := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(applied) {
				t.Errorf("the last time: %+v", applied)
			}
		})
	}
}

// counting counts what is asked of a device. With fail it answers every change
// with that.
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

// A sync reads once, and writes only if there is something to write.
func TestSyncSendsNothing(t *testing.T) {
	t.Parallel()
	d, s := newCounting(t)
	want := wgtypes.Config{PrivateKey: &key1, ReplacePeers: true, Peers: []wgtypes.PeerConfig{full(peerA, "10.0.0.0/8")}}
	for i := range 3 {
		if applied := s.sync(t, want, wgctrl.SyncOptions{}); isZero(applied) != (i > 0) {
			t.Errorf("sync %d applied %+v", i, applied)
		}
		if d.gets != i+1 || d.sets != 1 {
			t.Errorf("after sync %d there were %d reads and %d writes", i, d.gets, d.sets)
		}
	}
}

func TestSyncErrors(t *testing.T) {
	t.Parallel()
	d, s := newCounting(t)
	want := peers(full(peerA, "10.0.0.0/8"))
	sync := func(ctx context.Context, name string, want wgtypes.Config) error {
		t.Helper()
		applied, err := s.client.SyncDevice(ctx, name, want, wgctrl.SyncOptions{})
		var op *wgctrl.OpError
		if !errors.As(err, &op) || op.Op != "sync" || op.Device != name || !isZero(applied) {
			t.Errorf("%+v, %v", applied, err)
		}
		return err
	}
	var field *wgtypes.FieldError
	bad := peers(wgtypes.PeerConfig{PublicKey: peerA, AllowedIPs: make([]netip.Prefix, 1)})
	if err := sync(t.Context(), s.name, bad); !errors.As(err, &field) || field.Field != "AllowedIPs[0]" || d.gets > 0 {
		t.Errorf("no prefix: %v, after %d reads", err, d.gets)
	}
	if err := sync(t.Context(), "absent", want); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent device: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sync(ended, s.name, want); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	d.fail = syscall.EADDRINUSE
	var partial *wgctrl.PartialError
	err := sync(t.Context(), s.name, want)
	if !errors.As(err, &partial) || len(partial.Unknown.Peers) != 1 || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a device that refuses: %v", err)
	}
}

// Over loopback, with two devices of wireguard-go.
func TestSyncKeepsSession(t *testing.T) {
	t.Parallel()
	one, two := wireguardgotest.Device(t), wireguardgotest.Device(t)
	a, b := newEnd(t, subject{one.Client(t), one.Name}), newEnd(t, subject{two.Client(t), two.Name})
	connect(t, a, b)
	keepsSession(t, a, b)
}

// keepsSession changes the peer b of a under traffic: its session goes on,
// whatever happens to its prefixes and to other peers, and its endpoint stays
// if it is said to.
func keepsSession(t *testing.T, a, b end) {
	t.Helper()
	before := a.read(t).Peers[0]
	elsewhere := netip.MustParseAddrPort("192.0.2.1:1")
	want := wgtypes.Config{PrivateKey: &a.key, ListenPort: new(a.port), ReplacePeers: true, Peers: []wgtypes.PeerConfig{
		{
			PublicKey: b.key.PublicKey(), Endpoint: elsewhere, PersistentKeepalive: new(time.Second),
			ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.0.0.0/8", "198.51.100.0/24"),
		},
		allow(peerA, "192.0.2.0/24"), // moves
	}}
	kept := wgctrl.SyncOptions{KeepEndpoints: true}
	applied := a.sync(t, want, kept)
	if applied.PrivateKey != nil || len(applied.Peers) != 2 || applied.Peers[0].Endpoint.IsValid() {
		t.Errorf("applied was %+v", applied)
	}
	after := a.read(t)
	p := find(after, before.PublicKey)
	if p == nil || len(after.Peers) != 2 || !sameSet(p.AllowedIPs, "10.0.0.0/8", "198.51.100.0/24") || p.Endpoint != before.Endpoint {
		t.Fatalf("the peers are %+v", after.Peers)
	}
	if p.LastHandshake.Before(before.LastHandshake) || p.TransmitBytes < before.TransmitBytes || p.ReceiveBytes < before.ReceiveBytes {
		t.Errorf("the session is lost: %+v, before %+v", p, before)
	}
	if applied := a.sync(t, want, kept); !isZero(applied) {
		t.Errorf("the second time: %+v", applied)
	}
	want.Peers = want.Peers[:1]
	if applied := a.sync(t, want, kept); len(applied.Peers) != 1 || applied.Peers[0].PublicKey != peerA || !applied.Peers[0].Remove {
		t.Errorf("a peer goes: %+v", applied)
	}
	a.await(t, "more keepalives", func(q wgtypes.Peer) bool {
		return q.TransmitBytes > p.TransmitBytes && q.ReceiveBytes > p.ReceiveBytes && !q.LastHandshake.Before(before.LastHandshake)
	})
	if applied := a.sync(t, want, wgctrl.SyncOptions{}); len(applied.Peers) != 1 || applied.Peers[0].Endpoint != elsewhere {
		t.Errorf("the endpoint is written otherwise: %+v", applied)
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
	got, list := slices.Clone(got), prefixes(want...)
	slices.SortFunc(got, netip.Prefix.Compare)
	slices.SortFunc(list, netip.Prefix.Compare)
	return slices.Equal(got, list)
}
