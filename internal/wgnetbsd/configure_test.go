package wgnetbsd_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const (
	setKey  = kerneltest.NetBSDSetPrivateKey
	setPort = kerneltest.NetBSDSetListenPort
	addPeer = kerneltest.NetBSDAddPeer
	delPeer = kerneltest.NetBSDDeletePeer
)

// sent returns the commands that the kernel got since the last call.
func sent(k *kerneltest.NetBSD) (commands []kerneltest.NetBSDCommand) {
	for _, call := range k.TakeCalls() {
		if call.Command != kerneltest.NetBSDGet {
			commands = append(commands, call.Command)
		}
	}
	return commands
}

// configure applies c to wg0 and checks the error.
func configure(t testing.TB, b wginternal.Backend, c wgtypes.Config, want error) {
	t.Helper()
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", c)
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		t.Fatalf("Configure(%.300v) = %v, want %v", c, err, want)
	}
}

// manyPrefixes returns n prefixes from 10.n.0.0/16 on.
func manyPrefixes(n int) (list []netip.Prefix) {
	for i := range n {
		list = append(list, netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/16", i)))
	}
	return list
}

// initial is the change that sets up the device of the tests below.
func initial() wgtypes.Config {
	key := testutil.Key1
	a := testutil.FullPeer(testutil.PeerA, "10.0.0.0/8", "fd00::/8")
	a.PersistentKeepalive = nil
	return wgtypes.Config{PrivateKey: &key, ListenPort: new(uint16(51820)), Peers: []wgtypes.PeerConfig{
		a, testutil.Allow(testutil.PeerB, "192.0.2.0/24"), testutil.At(testutil.PeerC, "192.0.2.7:7"),
	}}
}

// newDevice returns a kernel whose wg0 has the settings of initial.
func newDevice(t testing.TB) (*kerneltest.NetBSD, wginternal.Backend) {
	t.Helper()
	k := newKernel(t)
	b := k.Backend()
	configure(t, b, initial(), nil)
	k.TakeCalls()
	return k, b
}

// TestCommands checks which commands a change needs, and their order.
func TestCommands(t *testing.T) {
	t.Parallel()
	key2, noPSK := testutil.Key2, wgtypes.PresharedKey{}
	remove := func(k wgtypes.PublicKey) wgtypes.PeerConfig { return wgtypes.PeerConfig{PublicKey: k, Remove: true} }
	own := key2.PublicKey()
	same := initial().Peers[0]
	same.AllowedIPs = testutil.Prefixes("fd00::/8", "10.0.0.0/8") // in another order
	for name, test := range map[string]struct {
		change wgtypes.Config
		want   []kerneltest.NetBSDCommand
	}{
		"nothing":                     {wgtypes.Config{}, nil},
		"the same again":              {initial(), nil},
		"the same peers instead":      {wgtypes.Config{ReplacePeers: true, Peers: initial().Peers}, nil},
		"removed and added again":     {testutil.Peers(remove(testutil.PeerA), same), nil},
		"another order":               {testutil.Peers(same), nil},
		"no mark":                     {wgtypes.Config{FirewallMark: new(uint32(0))}, nil},
		"no keepalive":                {testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, PersistentKeepalive: new(time.Duration(0))}), nil},
		"absent peer":                 {testutil.Peers(remove(testutil.ManyKey(1)), wgtypes.PeerConfig{PublicKey: own, UpdateOnly: true, AllowedIPs: manyPrefixes(1)}), nil},
		"own key":                     {testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.Key1.PublicKey()}), nil},
		"any port":                    {wgtypes.Config{ListenPort: new(uint16(0))}, nil},
		"another key":                 {wgtypes.Config{ListenPort: new(uint16(51820)), PrivateKey: &key2}, []kerneltest.NetBSDCommand{setKey}},
		"new peer":                    {testutil.Peers(testutil.Allow(own)), []kerneltest.NetBSDCommand{addPeer}},
		"removal":                     {testutil.Peers(remove(testutil.PeerA)), []kerneltest.NetBSDCommand{delPeer}},
		"all removed":                 {wgtypes.Config{ReplacePeers: true}, []kerneltest.NetBSDCommand{delPeer, delPeer, delPeer}},
		"removal before addition":     {testutil.Peers(testutil.Allow(own), remove(testutil.PeerA)), []kerneltest.NetBSDCommand{delPeer, addPeer}},
		"without preshared key":       {testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, PresharedKey: &noPSK}), []kerneltest.NetBSDCommand{delPeer, addPeer}},
		"one allowed IP less":         {testutil.Peers(testutil.Disallow(testutil.PeerA, "fd00::/8")), []kerneltest.NetBSDCommand{delPeer, addPeer}},
		"two peers":                   {testutil.Peers(testutil.Allow(testutil.PeerA, "10.1.0.0/16"), testutil.Allow(testutil.PeerB, "10.2.0.0/16")), []kerneltest.NetBSDCommand{delPeer, addPeer, delPeer, addPeer}},
		"moved to a later peer":       {testutil.Peers(testutil.Allow(testutil.PeerB, "fd00::/8")), []kerneltest.NetBSDCommand{delPeer, addPeer, delPeer, addPeer}},
		"moved to an earlier peer":    {testutil.Peers(testutil.Allow(testutil.PeerA, "192.0.2.0/24")), []kerneltest.NetBSDCommand{delPeer, delPeer, addPeer, addPeer}},
		"exchanged":                   {testutil.Peers(testutil.Allow(testutil.PeerA, "192.0.2.0/24"), testutil.Allow(testutil.PeerB, "fd00::/8")), []kerneltest.NetBSDCommand{delPeer, delPeer, addPeer, addPeer}},
		"moved from a removed peer":   {testutil.Peers(remove(testutil.PeerA), testutil.Allow(testutil.PeerB, "fd00::/8")), []kerneltest.NetBSDCommand{delPeer, delPeer, addPeer}},
		"moved from two to a new one": {testutil.Peers(testutil.Allow(own, "fd00::/8", "192.0.2.0/24", "10.0.0.0/8")), []kerneltest.NetBSDCommand{delPeer, addPeer, delPeer, addPeer, addPeer}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, b := newDevice(t)
			want := wginternal.Apply(read(t, b), test.change)
			configure(t, b, test.change, nil)
			if got := sent(k); !slices.Equal(got, test.want) {
				t.Errorf("commands = %v, want %v", got, test.want)
			}
			if d := diff(want, read(t, b)); d != "" {
				t.Errorf("device (-want +got):\n%s", d)
			}
		})
	}
}

// TestUnclampedKey checks that a private key that another program has set unclamped is not
// sent again.
func TestUnclampedKey(t *testing.T) {
	t.Parallel()
	k, b := newDevice(t)
	key := testutil.KeyUnclamped
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) { d.PrivateKey = key.Bytes() })
	configure(t, b, wgtypes.Config{PrivateKey: &key}, nil)
	if got := sent(k); len(got) > 0 {
		t.Errorf("commands = %v, want none", got)
	}
}

// TestPrefixWithTwoOwners checks that a reading in which a prefix has two owners, because
// it is not a snapshot, does not make an unrelated change remove peers.
func TestPrefixWithTwoOwners(t *testing.T) {
	t.Parallel()
	k, b := newDevice(t)
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		d.Peers = append(d.Peers, kerneltest.NetBSDPeer{Name: "twin", PublicKey: testutil.ManyKey(1), AllowedIPs: testutil.Prefixes("10.0.0.0/8")})
	})
	configure(t, b, testutil.Peers(testutil.At(testutil.PeerB, "192.0.2.9:9")), nil)
	if got, want := sent(k), []kerneltest.NetBSDCommand{delPeer, addPeer}; !slices.Equal(got, want) {
		t.Errorf("commands = %v, want %v", got, want)
	}
}

// TestOwnPeerIsRemoved checks that setting the key of a peer removes the peer.
func TestOwnPeerIsRemoved(t *testing.T) {
	t.Parallel()
	k, b := newDevice(t)
	key := testutil.Key2
	configure(t, b, testutil.Peers(testutil.Allow(key.PublicKey(), "172.16.0.0/12")), nil)
	k.TakeCalls()
	configure(t, b, wgtypes.Config{PrivateKey: &key, Peers: []wgtypes.PeerConfig{testutil.Allow(key.PublicKey(), "10.1.0.0/16")}}, nil)
	if got, want := sent(k), []kerneltest.NetBSDCommand{setKey, delPeer}; !slices.Equal(got, want) {
		t.Errorf("commands = %v, want %v", got, want)
	}
	if got := read(t, b); len(got.Peers) != 3 || got.PublicKey != key.PublicKey() {
		t.Errorf("device has the key %v and %d peers, want %v and 3", got.PublicKey, len(got.Peers), key.PublicKey())
	}
}

// TestUnsupported checks what is refused before anything is sent.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	noKey := wgtypes.PrivateKey{}
	a := testutil.PeerA.String()
	for name, test := range map[string]struct {
		change wgtypes.Config
		text   string
	}{
		"mark":              {wgtypes.Config{FirewallMark: new(uint32(7)), ReplacePeers: true}, "firewall mark 7"},
		"keepalive":         {testutil.Peers(testutil.Allow(testutil.PeerB), wgtypes.PeerConfig{PublicKey: testutil.PeerA, PersistentKeepalive: new(time.Second)}), a},
		"another port":      {wgtypes.Config{ListenPort: new(uint16(7)), Peers: initial().Peers[:1]}, "port 7"},
		"no private key":    {wgtypes.Config{PrivateKey: &noKey, ReplacePeers: true}, "private key"},
		"17 allowed IPs":    {testutil.Peers(testutil.Allow(testutil.PeerC, "10.0.0.0/8"), wgtypes.PeerConfig{PublicKey: testutil.PeerA, ReplaceAllowedIPs: true, AllowedIPs: manyPrefixes(17)}), a + " would have 17"},
		"16 more than one":  {testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, AllowedIPs: manyPrefixes(16)}), a + " would have 18"},
		"in three elements": {testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, AllowedIPs: manyPrefixes(8)}, wgtypes.PeerConfig{PublicKey: testutil.PeerA, AllowedIPs: manyPrefixes(15)[8:]}), a + " would have 17"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, b := newDevice(t)
			err := testutil.ConfigureDevice(t.Context(), b, "wg0", test.change)
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("Configure() = %v, want errors.ErrUnsupported with %q", err, test.text)
			}
			if got := sent(k); len(got) > 0 {
				t.Errorf("commands = %v, want none", got)
			}
		})
	}
}

// TestLargestPeer adds a peer with the longest property list, and checks that a second one
// may take over its prefixes.
func TestLargestPeer(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	b := k.Backend()
	p := testutil.At(wgtypes.PublicKey{0xff, 31: 0xff}, "[fe80::1%4294967295]:65535")
	p.PresharedKey = &testutil.PresharedKey1
	for i := range maxAllowedIPs {
		p.AllowedIPs = append(p.AllowedIPs, netip.MustParsePrefix(fmt.Sprintf("fd00::%x/128", i)))
	}
	configure(t, b, testutil.Peers(p), nil)
	if calls := k.TakeCalls(); calls[1].Buffer < 3000 || calls[1].Buffer > 6<<10 {
		t.Errorf("the property list has %d bytes, want 3000 to %d", calls[1].Buffer, 6<<10)
	}
	p.PublicKey = testutil.PeerA
	configure(t, b, testutil.Peers(p), nil)
	if got := read(t, b).Peers; len(got) != 2 || len(got[0].AllowedIPs) != 0 || len(got[1].AllowedIPs) != maxAllowedIPs {
		t.Errorf("peers = %v, want two, the second with %d allowed IPs", got, maxAllowedIPs)
	}
	configure(t, b, wgtypes.Config{ReplacePeers: true}, nil)
}

// TestUnnamedPeers checks that a peer without a name can be neither changed nor removed,
// and that it does not prevent other changes.
func TestUnnamedPeers(t *testing.T) {
	t.Parallel()
	k, b := newDevice(t)
	key := testutil.Key2
	own := key.PublicKey()
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		d.Peers = append(d.Peers, kerneltest.NetBSDPeer{PublicKey: own, AllowedIPs: testutil.Prefixes("172.16.0.0/12")})
	})
	for name, c := range map[string]wgtypes.Config{
		"change":        testutil.Peers(testutil.Allow(own, "10.1.0.0/16")),
		"removal":       testutil.Peers(wgtypes.PeerConfig{PublicKey: own, Remove: true}),
		"replacement":   {ReplacePeers: true, Peers: initial().Peers},
		"own key":       {PrivateKey: &key},
		"loss of an IP": testutil.Peers(testutil.Allow(testutil.PeerA, "172.16.0.0/12")),
	} {
		err := testutil.ConfigureDevice(t.Context(), b, "wg0", c)
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), own.String()) {
			t.Errorf("%s: Configure() = %v, want errors.ErrUnsupported with the key %v", name, err, own)
		}
	}
	if got := sent(k); len(got) > 0 {
		t.Errorf("commands = %v, want none", got)
	}
	configure(t, b, testutil.Peers(testutil.Allow(own, "172.16.0.0/12"), testutil.Allow(testutil.PeerA, "10.1.0.0/16")), nil)
}

// names returns the names of the peers of wg0 by their keys.
func names(k *kerneltest.NetBSD) map[wgtypes.PublicKey]string {
	m := make(map[wgtypes.PublicKey]string)
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		for _, p := range d.Peers {
			m[p.PublicKey] = p.Name
		}
	})
	return m
}

// TestNames checks that a peer keeps its name, and that new names are unique: peers whose
// keys begin with the same 16 characters get other ones.
func TestNames(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	b := k.Backend()
	const given = `<"&'é>` // escaped in property lists
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		d.Peers = []kerneltest.NetBSDPeer{{Name: given, PublicKey: testutil.PeerA}}
	})
	x, y := wgtypes.PublicKey{1, 12: 1}, wgtypes.PublicKey{1, 12: 2}
	configure(t, b, testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8"), testutil.Allow(x), testutil.Allow(y)), nil)
	want := map[wgtypes.PublicKey]string{testutil.PeerA: given, x: x.String()[:16], y: y.String()[1:17]}
	if diff := cmp.Diff(want, names(k)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	configure(t, b, wgtypes.Config{ReplacePeers: true}, nil)
	if got := names(k); len(got) > 0 {
		t.Errorf("peers after their removal = %q, want none", got)
	}
}

// TestNamesAreUsed checks that the kernel refuses a new peer if other peers have all the
// names that fit its key, which do not include its last character, "=".
func TestNamesAreUsed(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	x := wgtypes.PublicKey{1}
	text := x.String()
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		for i := 0; i+16 < len(text); i++ {
			d.Peers = append(d.Peers, kerneltest.NetBSDPeer{Name: text[i : i+16], PublicKey: testutil.ManyKey(i + 1)})
		}
	})
	err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", testutil.Peers(testutil.Allow(x)))
	if !errors.Is(err, syscall.EEXIST) {
		t.Errorf("Configure() = %v, want %v", err, syscall.EEXIST)
	}
}

// TestLearnedEndpoint checks that a peer that changes keeps the endpoint that it has now.
func TestLearnedEndpoint(t *testing.T) {
	t.Parallel()
	k, b := newDevice(t)
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		for i := range d.Peers {
			d.Peers[i].Endpoint = []byte{28, 24, 0, 9, 0, 0, 0, 0, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0}
		}
	})
	configure(t, b, testutil.Peers(testutil.Allow(testutil.PeerA, "10.1.0.0/16"), testutil.At(testutil.PeerB, "192.0.2.9:9")), nil)
	want := map[wgtypes.PublicKey]string{testutil.PeerA: "[fe80::1%wg0]:9", testutil.PeerB: "192.0.2.9:9", testutil.PeerC: "[fe80::1%wg0]:9"}
	for _, p := range read(t, b).Peers {
		if got := p.Endpoint.String(); got != want[p.PublicKey] {
			t.Errorf("endpoint of %v = %s, want %s", p.PublicKey, got, want[p.PublicKey])
		}
	}
}

// TestZones checks that a zone is sent as the number of an interface, and refused if it is
// neither.
func TestZones(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	k.Add("7", "")
	b := k.Backend()
	configure(t, b, testutil.Peers(testutil.At(testutil.PeerA, "[fe80::1%wg0]:1"), testutil.At(testutil.PeerB, "[fe80::1%7]:1"), testutil.At(testutil.PeerC, "[fe80::1%9]:1")), nil)
	want := map[wgtypes.PublicKey]byte{testutil.PeerA: 1, testutil.PeerB: 2, testutil.PeerC: 9}
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		for _, p := range d.Peers {
			if got := p.Endpoint[24:]; got[0] != want[p.PublicKey] {
				t.Errorf("scope of %v = %v, want %d", wgtypes.PublicKey(p.PublicKey), got, want[p.PublicKey])
			}
		}
	})
	k.TakeCalls()
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", testutil.Peers(testutil.Allow(testutil.PeerB), testutil.At(testutil.PeerA, "[fe80::1%en0]:1")))
	if fe, ok := errors.AsType[*wgtypes.FieldError](err); !ok || fe.Index != 1 || fe.Field != "Endpoint" {
		t.Errorf("Configure() with an unknown zone = %v, want a FieldError of peer 1", err)
	}
	if calls := k.TakeCalls(); len(calls) > 0 {
		t.Errorf("the kernel got %v, want no calls", calls)
	}
}

// TestUnprivileged checks that a change without privilege is refused before anything is
// sent, or as a whole by a kernel that shows its secrets to everyone.
func TestUnprivileged(t *testing.T) {
	t.Parallel()
	k, b := newDevice(t)
	k.SetUnprivileged(true)
	configure(t, b, testutil.Peers(testutil.Allow(testutil.PeerA, "10.1.0.0/16")), fs.ErrPermission)
	configure(t, b, wgtypes.Config{}, fs.ErrPermission)
	if got := sent(k); len(got) > 0 {
		t.Errorf("commands = %v, want none", got)
	}
	k.SetUnprivileged(false)
	k.Before(func(call kerneltest.NetBSDCall) error {
		if call.Command != kerneltest.NetBSDGet {
			return syscall.EPERM
		}
		return nil
	})
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", testutil.Peers(testutil.Allow(testutil.PeerA, "10.1.0.0/16")))
	if _, partial := errors.AsType[*wginternal.PartialError](err); partial || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "needs root") {
		t.Errorf("Configure() = %v, want fs.ErrPermission and no PartialError", err)
	}
}
