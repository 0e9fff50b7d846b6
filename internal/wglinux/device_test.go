//go:build linux

package wglinux

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// diff returns the difference of two values, or "" if they are equal. A nil list
// equals an empty one. It tries reflect.DeepEqual first because cmp is slow.
func diff(want, got any) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Prefix{}, netip.AddrPort{}))
}

// read reads wg0 as the Client does.
func read(t *testing.T, b *Backend) (*wgtypes.Device, error) {
	t.Helper()
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	return wginternal.ReadDevice(t.Context(), d, nil)
}

func configure(t *testing.T, b *Backend, c wgtypes.Config) error {
	t.Helper()
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	return d.Configure(t.Context(), wginternal.Normalize(c), nil)
}

func TestRandomConfigs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(16) {
		k := nltest.NewKernel()
		k.Old = seed%2 == 0
		b := fakeBackend(t, k)
		r := rand.New(rand.NewPCG(seed, 1))
		want := k.Device()
		for range 5 {
			o := testutil.RandomOptions{MaxPeers: 12, MaxAllowedIPs: 60, Collisions: 0.5, Unnormalized: true}
			if seed%8 == 0 {
				o.MaxPeers, o.MaxAllowedIPs = 4, 3000 // several messages for a peer
			}
			c := testutil.RandomConfig(r, want, o)
			if err := configure(t, b, c); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			want = wginternal.Apply(want, c)
			got, err := read(t, b)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if diff := diff(want, got); diff != "" {
				t.Fatalf("seed %d: the device (-want +got):\n%s", seed, diff)
			}
		}
	}
}

// TestDeviceAttributesOnce checks that only the first message of a change has the
// device's own attributes, and that no peer is split.
func TestDeviceAttributesOnce(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := fakeBackend(t, k)
	r := rand.New(rand.NewPCG(1, 1))
	c := testutil.ConfigOf(testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: 2000, MinAllowedIPs: 2}))
	key, _ := wgtypes.GeneratePrivateKey()
	c.PrivateKey, c.ListenPort, c.FirewallMark, c.ReplacePeers = &key, new(uint16(0)), new(uint32(7)), true
	if err := configure(t, b, c); err != nil {
		t.Fatal(err)
	}
	sets := k.Sets()
	if len(sets) < 3 {
		t.Fatalf("%d set messages, want at least 3", len(sets))
	}
	var peers []wgtypes.PeerConfig
	for i, s := range sets {
		peers = append(peers, s.Peers...)
		if first := i == 0; (s.PrivateKey != nil) != first || (s.ListenPort != nil) != first ||
			(s.FirewallMark != nil) != first || s.ReplacePeers != first {
			t.Errorf("message %d = %+v, want settings of the device only in the first", i, s)
		}
	}
	if diff := diff(c.Peers, peers); diff != "" {
		t.Errorf("peers of all messages (-want +got):\n%s", diff)
	}
}

func TestMessageTooLong(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	k.MaxSend = 3000
	sends := 0
	b := between(t, k, func(inner transport) transport {
		return tampering{transport: inner, sent: func(b []byte) []byte {
			if len(b) > 1000 {
				sends++
			}
			return b
		}}
	})
	r := rand.New(rand.NewPCG(1, 1))
	want := testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: 100, MinAllowedIPs: 3})
	want.Kind, want.Name, want.Index = wgtypes.KindKernel, "wg0", nltest.IndexWG
	if err := configure(t, b, testutil.ConfigOf(want)); err != nil {
		t.Fatal(err)
	}
	got, err := read(t, b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Peers {
		p := &want.Peers[i]
		p.LastHandshake, p.ReceiveBytes, p.TransmitBytes = time.Time{}, 0, 0
	}
	if diff := diff(want, got); diff != "" {
		t.Errorf("the device (-want +got):\n%s", diff)
	}
	if n := len(k.Sets()); n > 20 || sends > n+8 {
		t.Errorf("%d set messages in %d attempts, want at most 20 in few more attempts", n, sends)
	}
}

// TestMessageTooLongLimit checks that halving ends, and that messages that the
// socket refuses are in NotSent.
func TestMessageTooLongLimit(t *testing.T) {
	t.Parallel()
	for _, prefixes := range []int{0, 200} {
		k := nltest.NewKernel()
		b := fakeBackend(t, k)
		k.MaxSend = 60 // enough for every request but sets
		c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}, AllowedIPs: manyPrefixes(prefixes)}}}
		err := configure(t, b, c)
		var partial *wginternal.PartialError
		if !errors.Is(err, unix.EMSGSIZE) || !errors.As(err, &partial) || len(partial.Applied.Peers) != 0 || len(partial.Unknown.Peers) != 0 {
			t.Fatalf("%d prefixes: configure() = %v, want a PartialError of EMSGSIZE with only NotSent", prefixes, err)
		}
		if diff := diff(wginternal.Apply(k.Device(), c), wginternal.Apply(k.Device(), partial.NotSent)); diff != "" {
			t.Errorf("%d prefixes: effect of NotSent (-want +got):\n%s", prefixes, diff)
		}
	}
}

// TestFailingMessage makes each message of a change fail in turn. Applied must be what
// the device has, and the three parts together must be the change.
func TestFailingMessage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	c := testutil.ConfigOf(testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: 600, MinAllowedIPs: 5}))
	c.Peers[0].AllowedIPs = manyPrefixes(5000)
	messages := 0
	for range nlwire.Split(c, nlwire.MaxSet, 0) {
		messages++
	}
	for failing := range messages {
		k := nltest.NewKernel()
		b := fakeBackend(t, k)
		k.SetFault(func(q nltest.Exchange) [][]byte {
			if q.Sets == failing {
				return [][]byte{nltest.Ack(q.Header, unix.ENOMEM)}
			}
			return nil
		})
		have := k.Device()
		err := configure(t, b, c)
		var partial *wginternal.PartialError
		if !errors.As(err, &partial) || !errors.Is(err, unix.ENOMEM) {
			t.Fatalf("message %d: configure() = %v, want a PartialError of ENOMEM", failing, err)
		}
		if diff := diff(k.Device(), wginternal.Apply(have, partial.Applied)); diff != "" {
			t.Errorf("message %d: effect of Applied (-want +got):\n%s", failing, diff)
		}
		all := have
		for _, part := range []wgtypes.Config{partial.Applied, partial.Unknown, partial.NotSent} {
			all = wginternal.Apply(all, part)
		}
		if diff := diff(wginternal.Apply(have, c), all); diff != "" {
			t.Errorf("message %d: effect of Applied, Unknown and NotSent (-want +got):\n%s", failing, diff)
		}
	}
}

func manyPrefixes(n int) (ps []netip.Prefix) {
	for i := range n {
		ps = append(ps, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32))
	}
	return ps
}

// TestRemovalFallback removes prefixes from a peer in a kernel that cannot remove single
// ones. Other peers must keep theirs.
func TestRemovalFallback(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	k.Old = true
	b := fakeBackend(t, k)
	prefixes := manyPrefixes(2500)
	mine, other := wgtypes.PublicKey{1}, wgtypes.PublicKey{2}
	k.SetDevice(&wgtypes.Device{Peers: []wgtypes.Peer{
		{PublicKey: mine, ReceiveBytes: 9, AllowedIPs: prefixes[:2400]},
		{PublicKey: other, AllowedIPs: prefixes[2400:]},
	}})
	want := k.Device()
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: mine, RemoveAllowedIPs: prefixes[100:]}}}
	for range 2 { // the second one removes nothing
		if err := configure(t, b, c); err != nil {
			t.Fatal(err)
		}
		want = wginternal.Apply(want, c)
		if diff := diff(want, k.Device()); diff != "" {
			t.Errorf("the device (-want +got):\n%s", diff)
		}
	}
	tried := func(s wgtypes.Config) bool { return len(s.Peers) > 0 && len(s.Peers[0].RemoveAllowedIPs) > 0 }
	if !tried(k.Sets()[1]) || slices.ContainsFunc(k.Sets()[2:], tried) {
		t.Errorf("set messages = %+v, want RemoveAllowedIPs in the second only", k.Sets())
	}
}

// TestRemovalRefusals checks with which errors the fallback is used: EINVAL and
// EOPNOTSUPP. Others are returned.
func TestRemovalRefusals(t *testing.T) {
	t.Parallel()
	for errno, fallback := range map[unix.Errno]bool{unix.EINVAL: true, unix.EOPNOTSUPP: true, unix.ENOMEM: false, unix.ENODEV: false} {
		k := nltest.NewKernel()
		b := fakeBackend(t, k)
		k.SetDevice(&wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{9}, AllowedIPs: manyPrefixes(600)}}})
		want := wginternal.Apply(k.Device(), removeConfig)
		k.SetFault(func(q nltest.Exchange) [][]byte {
			if r, err := nltest.DecodeRequest(q.Payload); err == nil && r.Set && len(r.Config.Peers) > 0 && len(r.Config.Peers[0].RemoveAllowedIPs) > 0 {
				return [][]byte{nltest.Ack(q.Header, errno)}
			}
			return nil
		})
		err := configure(t, b, removeConfig)
		if fallback && err != nil || !fallback && !errors.Is(err, errno) {
			t.Errorf("errno %v: configure() = %v, want nil: %t", errno, err, fallback)
		}
		if diff := diff(want, k.Device()); (diff == "") != fallback {
			t.Errorf("errno %v: the device is changed as wanted: %t, want %t (-want +got):\n%s", errno, diff == "", fallback, diff)
		}
		if b.keepsPrefixes.Load() != fallback {
			t.Errorf("errno %v: keepsPrefixes = %t, want %t", errno, b.keepsPrefixes.Load(), fallback)
		}
	}
}

// TestRemovalFallbackCancelled ends the context after each message of the fallback. Its
// temporary peer must not remain.
func TestRemovalFallbackCancelled(t *testing.T) {
	t.Parallel()
	prefixes := manyPrefixes(500)
	for last := 1; ; last++ {
		k := nltest.NewKernel()
		k.Old = true
		k.MaxSend = 3000 // one change needs several messages
		b := fakeBackend(t, k)
		k.SetDevice(&wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{1}, AllowedIPs: prefixes}}})
		d, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		k.SetFault(func(q nltest.Exchange) [][]byte {
			if q.Sets == last {
				cancel()
			}
			return nil
		})
		err = d.Configure(ctx, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}, RemoveAllowedIPs: prefixes[10:]}}}, nil)
		cancel()
		if n := len(k.Device().Peers); n != 1 {
			t.Errorf("cancelled after %d messages: the device has %d peers, want 1", last, n)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled after %d messages: Configure() = %v, want context.Canceled", last, err)
		}
	}
}

func TestZones(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := fakeBackend(t, k)
	peer := func(key byte, endpoint string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{key}, Endpoint: netip.MustParseAddrPort(endpoint)}
	}
	err := configure(t, b, wgtypes.Config{Peers: []wgtypes.PeerConfig{
		peer(1, "[fe80::1%eth0]:1"), peer(2, "[fe80::1%70002]:1"), peer(3, "[fe80::1%77]:1"), peer(4, "[fe80::1]:1"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if zone := k.Device().Peers[0].Endpoint.Addr().Zone(); zone != "70002" {
		t.Errorf("zone in the kernel = %q, want %q", zone, "70002")
	}
	got, err := read(t, b)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"[fe80::1%eth0]:1", "[fe80::1%eth0]:1", "[fe80::1%77]:1", "[fe80::1]:1"} {
		if got.Peers[i].Endpoint.String() != want {
			t.Errorf("peer %d has the endpoint %v, want %v", i, got.Peers[i].Endpoint, want)
		}
	}

	sets := len(k.Sets())
	err = configure(t, b, wgtypes.Config{Peers: []wgtypes.PeerConfig{peer(1, "[fe80::1%eth0]:1"), peer(5, "[fe80::1%none]:1")}})
	var field *wgtypes.FieldError
	if !errors.As(err, &field) || field.Index != 1 || field.Field != "Endpoint" || field.Peer != (wgtypes.PublicKey{5}) {
		t.Errorf("configure() with an unknown zone = %v, want a FieldError for the Endpoint of peer 1", err)
	}
	if len(k.Sets()) != sets {
		t.Errorf("%d set messages, want %d: none with an unknown zone", len(k.Sets()), sets)
	}
}

// TestZoneLookups checks that a read looks up the name of each zone once, and that a
// change looks up each number once.
func TestZoneLookups(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	lookups := 0
	b := newBackend(Config{}, func() (transport, error) { return k.Dial(false), nil }, func() (transport, error) {
		return tampering{transport: k.Dial(true), sent: func(b []byte) []byte { lookups++; return b }}, nil
	})
	defer b.Close()
	var c wgtypes.Config
	for i := range byte(20) {
		c.Peers = append(c.Peers, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{i}, Endpoint: netip.MustParseAddrPort("[fe80::1%eth0]:1")})
	}
	for _, operate := range []func() error{
		func() error { return configure(t, b, c) },
		func() error { _, err := read(t, b); return err },
	} {
		lookups = 0
		if err := operate(); err != nil || lookups != 2 {
			t.Errorf("operation = %v with %d requests for links, want nil with 2: the device and eth0", err, lookups)
		}
	}
}

// TestNoPeers checks that an empty list of peers is nil, as in every backend.
func TestNoPeers(t *testing.T) {
	t.Parallel()
	dev, err := read(t, fakeBackend(t, nltest.NewKernel()))
	if err != nil || dev.Peers != nil {
		t.Errorf("read() = %+v, %v, want a device with nil Peers", dev, err)
	}
}

func TestListOpen(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	b := fakeBackend(t, k)
	refs, err := b.List(t.Context())
	if want := []wgtypes.DeviceRef{{Name: "wg0", Kind: wgtypes.KindKernel, Index: nltest.IndexWG}}; err != nil || !slices.Equal(refs, want) {
		t.Errorf("List() = %+v, %v, want %+v, nil", refs, err, want)
	}
	if d, err := b.Open(t.Context(), "wg0"); err != nil || d.Ref() != refs[0] {
		t.Errorf("Open(wg0) = %+v, %v, want %+v", d, err, refs[0])
	}
	for name, want := range map[string]error{
		"lo":                    wginternal.ErrNotWireGuard,
		"eth0":                  wginternal.ErrNotWireGuard,
		"wg1":                   fs.ErrNotExist,
		"":                      fs.ErrInvalid,
		"a/b":                   fs.ErrInvalid,
		strings.Repeat("x", 16): fs.ErrInvalid,
	} {
		if _, err := b.Open(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("Open(%q): %v, want %v", name, err, want)
		}
	}
	for name, want := range map[string]string{
		"lo": `link "lo": not a WireGuard device`, "eth0": `link "eth0" is of kind "veth": not a WireGuard device`, "wg1": `no link "wg1"`,
	} {
		if _, err := b.Open(t.Context(), name); err == nil || err.Error() != want {
			t.Errorf("Open(%q) = %v, want %q", name, err, want)
		}
	}
}

// TestOpenRef checks that a listed device is read by its index: without looking for it
// again, under its present name, and as missing if it was removed or if its index belongs
// to another kind of link.
func TestOpenRef(t *testing.T) {
	t.Parallel()
	k := nltest.NewKernel()
	var sent int
	b := between(t, k, func(tr transport) transport { return &counting{tr, &sent} })
	ctx := t.Context()
	ref := wgtypes.DeviceRef{Name: "old", Kind: wgtypes.KindKernel, Index: nltest.IndexWG}
	for range 2 { // the first one looks up the family
		sent = 0
		if d, err := wginternal.ReadDevice(ctx, b.OpenRef(ref), nil); err != nil || d.Name != "wg0" || d.Index != ref.Index {
			t.Errorf("ReadDevice(%+v) = %+v, %v, want wg0", ref, d, err)
		}
	}
	if sent != 1 {
		t.Errorf("the second read sent %d requests, want 1", sent)
	}
	for _, link := range k.Links() {
		if link.Kind == "wireguard" {
			continue
		}
		ref := wgtypes.DeviceRef{Name: link.Name, Kind: wgtypes.KindKernel, Index: int(link.Index)}
		if d, err := wginternal.ReadDevice(ctx, b.OpenRef(ref), nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ReadDevice(%+v) = %+v, %v, want fs.ErrNotExist", ref, d, err)
		}
	}
	ref.Index = 99
	if d, err := wginternal.ReadDevice(ctx, b.OpenRef(ref), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadDevice(%+v) = %+v, %v, want fs.ErrNotExist", ref, d, err)
	}
}

// counting counts the requests of a transport.
type counting struct {
	transport
	sent *int
}

func (c *counting) Send(b []byte) error {
	*c.sent++
	return c.transport.Send(b)
}

func TestOlderThanMainline(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]bool{
		"3.10.0-1160.el7.x86_64": true, "5.4.0-42-generic": true, "5.5.19": true,
		"4.9.0-19-amd64": true, "4.-1": false, "5.6.0": false, "5.10.0-8-amd64": false, "6.1.0-13-cloud-amd64": false, "7.3.1": false,
		"": false, "5": false, "5.x": false, "x.4": false, "5.4": true, "strange": false,
	} {
		if got := olderThanMainline(release); got != want {
			t.Errorf("olderThanMainline(%q) = %t, want %t", release, got, want)
		}
	}
	if release() == "" {
		t.Errorf("release() = %q, want the kernel's release", release())
	}
}
