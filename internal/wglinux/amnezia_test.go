//go:build linux

package wglinux

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// amneziaVersions are the versions that the kernel module has.
var amneziaVersions = []wgtypes.AmneziaVersion{
	wgtypes.AmneziaV10, wgtypes.AmneziaV20, wgtypes.AmneziaV30, wgtypes.AmneziaV31,
}

// amneziaBackend returns a Backend of kind KindAmneziaKernel over k. The test fails if
// something crashed k.
func amneziaBackend(t testing.TB, k *nltest.Kernel) *Backend {
	t.Helper()
	dial := func(route bool) func() (transport, error) {
		return func() (transport, error) { return k.Dial(route), nil }
	}
	b := newBackend(Config{Kind: wgtypes.KindAmneziaKernel}, dial(false), dial(true))
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		if n := k.Sockets(); n != 0 {
			t.Errorf("%d sockets are open, want 0", n)
		}
		if crash := k.Crash(); crash != "" {
			t.Errorf("the kernel crashed: %s", crash)
		}
	})
	return b
}

// eachAmnezia runs test for each version.
func eachAmnezia(t *testing.T, test func(t *testing.T, version wgtypes.AmneziaVersion)) {
	t.Helper()
	for _, version := range amneziaVersions {
		t.Run(version.String(), func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

// amneziaJudge returns a Judge of the fake module.
func amneziaJudge(version wgtypes.AmneziaVersion) testutil.Judge {
	return testutil.Judge{
		New: func(t testing.TB) (wginternal.Backend, string) {
			return amneziaBackend(t, nltest.NewAmneziaKernel(version)), "wg0"
		},
		Amnezia: version,
		Adapt: func(have *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
			return possible(version, have, c)
		},
	}
}

// possible returns c without what the module cannot do: version 1 cannot set message
// types to 1 to 4, and no version can remove the key.
func possible(version wgtypes.AmneziaVersion, have *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
	if c.Amnezia == nil {
		return c
	}
	a := *c.Amnezia
	c.Amnezia = &a
	if a.HeaderProtectionKey != nil && a.HeaderProtectionKey.IsZero() && !have.Amnezia.HeaderProtectionKey.IsZero() {
		a.HeaderProtectionKey, a.S1, a.S2, a.S3, a.S4 = nil, nil, nil, nil, nil
	}
	if h := a.H1; version == wgtypes.AmneziaV10 && h != nil && h.Lo == 1 && *h != have.Amnezia.H1 {
		a.H1, a.H2, a.H3, a.H4 = nil, nil, nil, nil
	}
	return c
}

func TestAmneziaScenarios(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) { amneziaJudge(version).Scenarios(t) })
}

func TestAmneziaRandom(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) { amneziaJudge(version).Random(t) })
}

// TestAmneziaFamilyOption checks that a backend of the family with the kind of WireGuard,
// which an option of a Client makes, reads and changes the parameters.
func TestAmneziaFamilyOption(t *testing.T) {
	t.Parallel()
	k := nltest.NewAmneziaKernel(wgtypes.AmneziaV20)
	dial := func(route bool) func() (transport, error) {
		return func() (transport, error) { return k.Dial(route), nil }
	}
	b := newBackend(Config{Family: nlwire.AmneziaFamily}, dial(false), dial(true))
	defer b.Close()
	if err := configure(t, b, testutil.Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(4)), Jmax: new(uint16(8))})); err != nil {
		t.Fatalf("configure() = %v, want nil", err)
	}
	d, err := read(t, b)
	if err != nil || d.Kind != wgtypes.KindKernel || d.Amnezia == nil || d.Amnezia.Jc != 4 {
		t.Errorf("read() = %v, %v, want a kernel device with Jc 4", d, err)
	}
	if !b.Capabilities().Amnezia {
		t.Error("Capabilities().Amnezia = false, want true")
	}
}

// TestAmneziaModuleReloaded unloads the module and loads it again with another number.
func TestAmneziaModuleReloaded(t *testing.T) {
	t.Parallel()
	k := nltest.NewAmneziaKernel(wgtypes.AmneziaV30)
	b := amneziaBackend(t, k)
	for _, family := range []uint16{0, 31, 0, 40, 41} {
		k.SetFamily(family)
		_, readErr := read(t, b)
		for call, err := range map[string]error{"read": readErr, "configure": configure(t, b, wgtypes.Config{FirewallMark: new(uint32(1))})} {
			if unsupported := errors.Is(err, errors.ErrUnsupported); unsupported != (family == 0) || err != nil && !unsupported {
				t.Errorf("family %d: %s() = %v, want ErrUnsupported only without a family", family, call, err)
			}
		}
	}
	if k.Strays() != 0 {
		t.Errorf("%d set requests had the number of another family, want 0", k.Strays())
	}
}

// TestAmneziaUnknownVersion checks that nothing is sent to a family of an unknown version.
func TestAmneziaUnknownVersion(t *testing.T) {
	t.Parallel()
	k := nltest.NewAmneziaKernel(wgtypes.AmneziaV31)
	b := amneziaBackend(t, k)
	k.SetFault(func(x nltest.Exchange) [][]byte {
		if x.Header.Type != 16 {
			t.Errorf("request of type %d, want only lookups", x.Header.Type)
		}
		return [][]byte{nltest.FamilyReply(x.Header, 30, 4, 40)}
	})
	_, readErr := read(t, b)
	for call, err := range map[string]error{"read": readErr, "configure": configure(t, b, wgtypes.Config{FirewallMark: new(uint32(1))})} {
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(fmt.Sprint(err), "version 4") {
			t.Errorf("%s() = %v, want ErrUnsupported that names version 4", call, err)
		}
	}
}

// TestAmneziaMissingLink removes or replaces the link after Open. No set must be sent: it
// would crash version 3.
func TestAmneziaMissingLink(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		k := nltest.NewAmneziaKernel(version)
		b := amneziaBackend(t, k)
		d, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatalf("Open() = %v, want nil", err)
		}
		k.RemoveLink(nltest.IndexWG)
		for _, c := range []wgtypes.Config{
			{}, testutil.Peers(testutil.FullPeer(testutil.PeerA, "10.0.0.0/8")), testutil.Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(1))}),
			testutil.Peers(testutil.Disallow(testutil.PeerA, "10.0.0.0/8")),
		} {
			if err := d.Configure(t.Context(), c, nil); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Configure(%v) of a missing link = %v, want fs.ErrNotExist", c, err)
			}
		}
		foreign := &device{b, nlwire.Link{Index: nltest.IndexEth, Name: "eth0", Kind: nlwire.AmneziaFamily}}
		if err := foreign.Configure(t.Context(), wgtypes.Config{}, nil); !errors.Is(err, unix.EOPNOTSUPP) {
			t.Errorf("Configure() of a foreign link = %v, want EOPNOTSUPP", err)
		}
		if n := len(k.Sets()); n != 0 {
			t.Errorf("%d sets were sent, want none", n)
		}
	})
}

// TestAmneziaLinkRemovedBetweenMessages removes the link after the first of several
// messages. Version 3 must get no further one.
func TestAmneziaLinkRemovedBetweenMessages(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		k := nltest.NewAmneziaKernel(version)
		b := amneziaBackend(t, k)
		d, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatalf("Open() = %v, want nil", err)
		}
		c := wgtypes.Config{Peers: testutil.FullPeers(2000, 1)}
		err = d.Configure(t.Context(), c, func(done, _ int) {
			if done > 0 {
				k.RemoveLink(nltest.IndexWG)
			}
		})
		var partial *wginternal.PartialError
		if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &partial) {
			t.Fatalf("Configure() = %v, want a PartialError of fs.ErrNotExist", err)
		}
		n := len(partial.Applied.Peers) + len(partial.Unknown.Peers) + len(partial.NotSent.Peers)
		if len(partial.Applied.Peers) == 0 || n != len(c.Peers) {
			t.Errorf("Configure() applied %d of %d peers, want some of %d", len(partial.Applied.Peers), n, len(c.Peers))
		}
	})
}

// TestAmneziaInvalid checks that a change after which the parameters would be invalid is
// not sent, also if each of its values is valid.
func TestAmneziaInvalid(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		k := nltest.NewAmneziaKernel(version)
		b := amneziaBackend(t, k)
		if err := configure(t, b, testutil.Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(3)), Jmin: new(uint16(10)), Jmax: new(uint16(20))})); err != nil {
			t.Fatalf("configure() = %v, want nil", err)
		}
		sets := len(k.Sets())
		configs := []wgtypes.AmneziaConfig{
			{Jmin: new(uint16(21))}, {Jmax: new(uint16(9))},
			{H1: &wgtypes.Range{Lo: 2, Hi: 2}}, {H4: &wgtypes.Range{Lo: 3, Hi: 3}},
		}
		if version >= wgtypes.AmneziaV30 {
			key := wgtypes.NewHeaderProtectionKey([32]byte{1})
			configs = append(configs, wgtypes.AmneziaConfig{HeaderProtectionKey: &key})
		}
		for _, c := range configs {
			var field *wgtypes.FieldError
			if err := configure(t, b, testutil.Amnezia(c)); !errors.As(err, &field) {
				t.Errorf("configure(%v) = %v, want a FieldError", c, err)
			}
		}
		if n := len(k.Sets()); n != sets {
			t.Errorf("%d sets were sent, want none", n-sets)
		}
	})
}

// TestAmneziaUnsupported checks that what the version of the module does not have is not
// sent, and that the error names the parameter.
func TestAmneziaUnsupported(t *testing.T) {
	t.Parallel()
	one := new(uint16(1))
	span := func(lo, hi uint32) *wgtypes.Range { return &wgtypes.Range{Lo: lo, Hi: hi} }
	key := wgtypes.NewHeaderProtectionKey([32]byte{1})
	for _, test := range []struct {
		before, c wgtypes.AmneziaConfig
		from      wgtypes.AmneziaVersion // the first version that has it; 0 for none
		names     string
		says      string // what the error also says
	}{
		{c: wgtypes.AmneziaConfig{S3: one}, from: wgtypes.AmneziaV20, names: "parameter S3"},
		{c: wgtypes.AmneziaConfig{S4: one}, from: wgtypes.AmneziaV20, names: "parameter S4"},
		{c: wgtypes.AmneziaConfig{I2: new("<r 1>")}, from: wgtypes.AmneziaV20, names: "parameter I2"},
		{c: wgtypes.AmneziaConfig{H1: span(5, 9)}, from: wgtypes.AmneziaV20, names: "parameter H1", says: "H1"},
		{before: wgtypes.AmneziaConfig{H2: span(7, 7)}, c: wgtypes.AmneziaConfig{H2: span(2, 2)}, from: wgtypes.AmneziaV20, names: "parameter H2", says: "H2"},
		{before: wgtypes.AmneziaConfig{H4: span(7, 7)}, c: wgtypes.AmneziaConfig{H4: span(4, 4)}, from: wgtypes.AmneziaV20, names: "parameter H4", says: "H4"},
		{c: wgtypes.AmneziaConfig{S2: new(uint16(56))}, from: wgtypes.AmneziaV20, names: "parameter S2"},
		{c: wgtypes.AmneziaConfig{Jc: one}, from: wgtypes.AmneziaV30, names: "parameter Jmax", says: "would change it to 1,"},
		{c: wgtypes.AmneziaConfig{Jc: one, Jmin: one, Jmax: one}, from: wgtypes.AmneziaV30, names: "parameter Jmax", says: "would change it to 2,"},
		{c: wgtypes.AmneziaConfig{Jmax: new(uint16(65535))}, from: wgtypes.AmneziaV30, names: "parameter Jmax", says: "takes up to 65534"},
		{c: wgtypes.AmneziaConfig{S1: new(uint16(65535))}, from: wgtypes.AmneziaV30, names: "parameter S1"},
		{c: wgtypes.AmneziaConfig{S2: new(uint16(65442))}, from: wgtypes.AmneziaV10, names: "none"},
		{c: wgtypes.AmneziaConfig{S2: new(uint16(65443))}, from: wgtypes.AmneziaV30, names: "parameter S2"},
		{c: wgtypes.AmneziaConfig{S4: new(uint16(65535))}, from: wgtypes.AmneziaV30, names: "parameter S4"},
		{c: wgtypes.AmneziaConfig{RekeyTimeout: span(1, 2)}, from: wgtypes.AmneziaV30, names: "parameter RekeyTimeout"},
		{c: wgtypes.AmneziaConfig{RandomTrailers: new(true)}, from: wgtypes.AmneziaV31, names: "parameter RandomTrailers"},
		{c: wgtypes.AmneziaConfig{DisableCookies: new(true)}, from: wgtypes.AmneziaV31, names: "parameter DisableCookies"},
		{c: wgtypes.AmneziaConfig{I1: new("<d>")}, names: "parameter I1"},
		{c: wgtypes.AmneziaConfig{I1: new("<r 1><wt 10>")}, names: "parameter I1"},
		{c: wgtypes.AmneziaConfig{I5: new("<dz 2>")}, names: "parameter I5"},
		{c: wgtypes.AmneziaConfig{I5: new(strings.Repeat("<r 1000>", 65) + "<r 535>")}, from: wgtypes.AmneziaV20, names: "parameter I5"},
		{
			c:    wgtypes.AmneziaConfig{I5: new("<b 0x" + strings.Repeat("00", 1000) + ">" + strings.Repeat("<r 1000>", 64) + "<r 535>")},
			from: wgtypes.AmneziaV20, names: "parameter I5",
		},
		{c: wgtypes.AmneziaConfig{I5: new(strings.Repeat("<r 1000>", 65) + "<r 536>")}, names: "parameter I5"},
		{c: wgtypes.AmneziaConfig{I1: longPacket(15000), I2: longPacket(15002)}, names: "parameter I2"},
		{
			before: wgtypes.AmneziaConfig{S1: new(uint16(12)), S2: new(uint16(12)), S3: new(uint16(12)), S4: new(uint16(12)), HeaderProtectionKey: &key},
			c:      wgtypes.AmneziaConfig{HeaderProtectionKey: new(wgtypes.HeaderProtectionKey)}, names: "parameter HeaderProtectionKey",
		},
	} {
		eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
			k := nltest.NewAmneziaKernel(version)
			b := amneziaBackend(t, k)
			if test.before.HeaderProtectionKey != nil && version < wgtypes.AmneziaV30 {
				return
			}
			if err := configure(t, b, testutil.Amnezia(test.before)); err != nil {
				t.Fatalf("configure(%v) = %v, want nil", test.before, err)
			}
			sets := len(k.Sets())
			err := configure(t, b, testutil.Amnezia(test.c))
			if test.from != 0 && version >= test.from {
				if err != nil {
					t.Errorf("configure(%.200v) = %v, want nil", test.c, err)
				}
				return
			}
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), test.names) && version >= wgtypes.AmneziaV20 || !strings.Contains(err.Error(), test.says) {
				t.Errorf("configure(%.200v) = %v, want ErrUnsupported that names %s and says %q", test.c, err, test.names, test.says)
			}
			if n := len(k.Sets()); n != sets {
				t.Errorf("configure(%.200v) sent %d sets, want none", test.c, n-sets)
			}
		})
	}
}

// longPacket returns the description of a packet in n or n-1 bytes.
func longPacket(n int) *string {
	const frame = len("<b 0x>")
	return new("<b 0x" + strings.Repeat("00", (n-frame)/2) + ">")
}

// TestAmneziaKeepaliveUnsupported checks that a range of keepalive intervals is not sent
// to a module that has none.
func TestAmneziaKeepaliveUnsupported(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		b := amneziaBackend(t, nltest.NewAmneziaKernel(version))
		err := configure(t, b, testutil.Peers(wgtypes.PeerConfig{
			PublicKey: testutil.PeerA, PersistentKeepalive: new(time.Second), PersistentKeepaliveMax: 2 * time.Second,
		}))
		if unsupported := errors.Is(err, errors.ErrUnsupported); unsupported != (version < wgtypes.AmneziaV30) || err != nil && !unsupported {
			t.Errorf("configure() = %v, want ErrUnsupported only before 3.0", err)
		}
	})
}

// TestAmneziaDefaultsOfOtherVersions checks that a default is neither refused nor sent
// if the version of the device lacks the parameter.
func TestAmneziaDefaultsOfOtherVersions(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		k := nltest.NewAmneziaKernel(version)
		b := amneziaBackend(t, k)
		initial := wgtypes.DefaultAmnezia()
		c := wginternal.AmneziaConfigOf(&initial)
		c.Jc, c.Jmax = new(uint16(1)), new(uint16(2))
		if err := configure(t, b, testutil.Amnezia(c)); err != nil {
			t.Fatalf("configure(%v) = %v, want nil", c, err)
		}
		if got := k.Device().Amnezia; got.Jc != 1 || got.Jmax != 2 {
			t.Errorf("Jc, Jmax = %d, %d, want 1, 2", got.Jc, got.Jmax)
		}
	})
}

// TestAmneziaEverythingInOneSet checks that the first message of a change has every
// parameter of the version, except for those that only version 3 has and that stay, and
// that later messages have none.
func TestAmneziaEverythingInOneSet(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		k := nltest.NewAmneziaKernel(version)
		b := amneziaBackend(t, k)
		c := testutil.Amnezia(wgtypes.AmneziaConfig{S1: new(uint16(20))})
		c.Peers = testutil.FullPeers(2000, 1)
		if err := configure(t, b, c); err != nil {
			t.Fatalf("configure() = %v, want nil", err)
		}
		sets := k.Sets()
		if len(sets) < 2 || sets[0].Amnezia == nil {
			t.Fatalf("%d sets, the first has the parameters %v; want at least 2 and all parameters", len(sets), sets[0].Amnezia)
		}
		for _, p := range wgtypes.AmneziaParameters() {
			want := p.Since() <= version && p.Since() < wgtypes.AmneziaV30
			if got := p.IsSet(sets[0].Amnezia); got != want {
				t.Errorf("the first set has %s: %t, want %t", p.Name(), got, want)
			}
		}
		for i, set := range sets[1:] {
			if set.Amnezia != nil {
				t.Errorf("set %d has the parameters %v, want none", i+1, set.Amnezia)
			}
		}
	})
}

// TestAmneziaLongPackets checks that a device with the longest allowed packets can be
// read on a new connection, together with peers.
func TestAmneziaLongPackets(t *testing.T) {
	t.Parallel()
	for _, version := range amneziaVersions[1:] {
		k := nltest.NewAmneziaKernel(version)
		c := testutil.Amnezia(wgtypes.AmneziaConfig{
			I1: longPacket(6000), I2: longPacket(6000), I3: longPacket(6000), I4: longPacket(6000), I5: longPacket(6000),
		})
		c.PrivateKey, c.Peers = &testutil.Key1, testutil.FullPeers(50, 3)
		t.Run("configure", func(t *testing.T) {
			if err := configure(t, amneziaBackend(t, k), c); err != nil {
				t.Fatalf("version %v: configure() = %v, want nil", version, err)
			}
		})
		t.Run("read", func(t *testing.T) {
			d, err := read(t, amneziaBackend(t, k))
			if err != nil {
				t.Fatalf("version %v: read() = %v, want nil", version, err)
			}
			if diff := diff(k.Device(), d); diff != "" {
				t.Errorf("version %v: read() (-want +got):\n%s", version, diff)
			}
		})
	}
}

// TestAmneziaLongPacketsTooLong checks that a change with long packets fails on a socket
// that refuses long messages. Splitting it must end.
func TestAmneziaLongPacketsTooLong(t *testing.T) {
	t.Parallel()
	k := nltest.NewAmneziaKernel(wgtypes.AmneziaV31)
	k.MaxSend = 4000
	b := amneziaBackend(t, k)
	c := testutil.Amnezia(wgtypes.AmneziaConfig{I1: longPacket(6000)})
	c.Peers = testutil.FullPeers(200, 3)
	err := configure(t, b, c)
	var partial *wginternal.PartialError
	if !errors.Is(err, unix.EMSGSIZE) || !errors.As(err, &partial) || len(partial.NotSent.Peers) < len(c.Peers) || partial.NotSent.Amnezia == nil {
		t.Errorf("configure() = %v, want a PartialError of EMSGSIZE that sent nothing", err)
	}
	c.Amnezia.I1 = longPacket(1000)
	if err := configure(t, b, c); err != nil {
		t.Errorf("configure() with a shorter packet = %v, want nil", err)
	}
}

// TestAmneziaRestore makes the set fail after the module has stored the parameters.
// Version 2 must get its old parameters back, because it would refuse later changes.
func TestAmneziaRestore(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		for _, cancelled := range []bool{false, true} {
			k := nltest.NewAmneziaKernel(version)
			b := amneziaBackend(t, k)
			before := wgtypes.AmneziaConfig{Jc: new(uint16(3)), Jmin: new(uint16(10)), Jmax: new(uint16(20))}
			if err := configure(t, b, testutil.Amnezia(before)); err != nil {
				t.Fatalf("configure() = %v, want nil", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			k.SetFault(func(x nltest.Exchange) [][]byte {
				if r, err := nltest.DecodeAmneziaRequest(x.Payload, version); err != nil || !r.Set || x.Sets != 1 {
					return nil
				}
				x.Answer() // the module stores the values
				if cancelled {
					cancel()
				}
				return [][]byte{nltest.Ack(x.Header, unix.EINVAL)}
			})
			d, err := b.Open(t.Context(), "wg0")
			if err != nil {
				t.Fatalf("Open() = %v, want nil", err)
			}
			have := k.Device()
			asked := wgtypes.AmneziaConfig{Jc: new(uint16(7))}
			err = d.Configure(ctx, wgtypes.Config{FirewallMark: new(uint32(5)), Amnezia: &asked}, nil)
			checkRestored(t, version, cancelled, have, k.Device(), asked, err)
		}
	})
}

// TestAmneziaRestoreFails checks that an error says so if the old parameters of version 2
// could not be restored.
func TestAmneziaRestoreFails(t *testing.T) {
	t.Parallel()
	k := nltest.NewAmneziaKernel(wgtypes.AmneziaV20)
	sets := 0
	k.SetFault(func(x nltest.Exchange) [][]byte {
		if r, err := nltest.DecodeAmneziaRequest(x.Payload, wgtypes.AmneziaV20); err != nil || !r.Set {
			return nil
		}
		if sets++; sets > 1 {
			return [][]byte{nltest.Ack(x.Header, unix.ENOMEM)}
		}
		x.Answer() // the module stores the values
		return [][]byte{nltest.Ack(x.Header, unix.EINVAL)}
	})
	asked := wgtypes.AmneziaConfig{Jc: new(uint16(7)), Jmin: new(uint16(10)), Jmax: new(uint16(20))}
	err := configure(t, amneziaBackend(t, k), testutil.Amnezia(asked))
	const want = "restoring the parameters of AmneziaWG: "
	var partial *wginternal.PartialError
	if !errors.As(err, &partial) || !errors.Is(err, unix.EINVAL) || !errors.Is(err, unix.ENOMEM) || !strings.Contains(err.Error(), want) {
		t.Fatalf("Configure() = %v, want a PartialError of %v with %q and %v", err, unix.EINVAL, want, unix.ENOMEM)
	}
	if partial.Unknown.Amnezia == nil || partial.NotSent.Amnezia != nil {
		t.Errorf("Configure() = %+v, want the parameters in Unknown", partial)
	}
}

// checkRestored checks the error and the device after TestAmneziaRestore's change.
func checkRestored(t *testing.T, version wgtypes.AmneziaVersion, cancelled bool, have, got *wgtypes.Device, asked wgtypes.AmneziaConfig, err error) {
	t.Helper()
	var partial *wginternal.PartialError
	if !errors.As(err, &partial) {
		t.Fatalf("Configure() = %v, want a PartialError", err)
	}
	if cancelled && errors.Is(err, context.Canceled) {
		return // the answer was not received
	}
	isRestored := wginternal.SameAmnezia(have.Amnezia, got.Amnezia)
	if want := version == wgtypes.AmneziaV20; isRestored != want {
		t.Errorf("version %v: parameters are restored: %t, want %t", version, isRestored, want)
	}
	inUnknown, inNotSent := partial.Unknown.Amnezia != nil, partial.NotSent.Amnezia != nil
	if inUnknown == isRestored || inNotSent != isRestored {
		t.Errorf("version %v: Unknown has the parameters: %t, NotSent: %t, want them in NotSent only if they were restored", version, inUnknown, inNotSent)
	}
	for _, a := range []*wgtypes.AmneziaConfig{partial.Unknown.Amnezia, partial.NotSent.Amnezia} {
		if a != nil && *a != asked {
			t.Errorf("version %v: PartialError has the parameters %v, want what the caller asked for: %v", version, a, asked)
		}
	}
	if partial.Unknown.FirewallMark == nil {
		t.Errorf("version %v: Unknown = %v, want the mark", version, partial.Unknown)
	}
}

// TestAmneziaPoisoned checks that the error for a change of a device of version 2 with
// bad parameters says so, that these are not restored after an error, and that a change
// to good ones repairs the device.
func TestAmneziaPoisoned(t *testing.T) {
	t.Parallel()
	k := nltest.NewAmneziaKernel(wgtypes.AmneziaV20)
	b := amneziaBackend(t, k)
	bad := k.Device()
	bad.Amnezia.Jc, bad.Amnezia.Jmin, bad.Amnezia.Jmax = 4, 9, 1
	bad.Amnezia.H1 = wgtypes.Range{Lo: 9, Hi: 5}
	k.SetDevice(bad)
	refuse := true
	k.SetFault(func(x nltest.Exchange) [][]byte {
		if len(x.Payload) > 0 && x.Header.Type != 16 && x.Payload[0] == 1 && refuse {
			return [][]byte{nltest.Ack(x.Header, unix.EINVAL)}
		}
		return nil
	})
	if d, err := read(t, b); err != nil || d.Amnezia.H1 != bad.Amnezia.H1 {
		t.Errorf("read() = %v, %v, want a device with H1 %v", d, err, bad.Amnezia.H1)
	}
	repair := testutil.Amnezia(wgtypes.AmneziaConfig{Jmin: new(uint16(0)), H1: &wgtypes.Range{Lo: 1, Hi: 1}})
	for _, c := range []wgtypes.Config{testutil.Peers(testutil.FullPeer(testutil.PeerA, "10.0.0.0/8")), repair} {
		if err := configure(t, b, c); !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "Amnezia.H1") {
			t.Errorf("configure(%v) = %v, want EINVAL and the invalid parameter", c, err)
		}
	}
	refuse = false
	if err := configure(t, b, repair); err != nil {
		t.Errorf("configure(%v) = %v, want nil", repair, err)
	}
	if n := len(k.Sets()); n != 1 {
		t.Errorf("%d sets were accepted, want 1", n)
	}
}

// TestAmneziaFailingRequest makes each request of a change fail in turn. The three parts
// of the error together must be the change, Applied must be part of what the device has,
// and nothing must crash.
func TestAmneziaFailingRequest(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		c := testutil.Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(3)), Jmin: new(uint16(10)), Jmax: new(uint16(20))})
		c.PrivateKey, c.Peers = &testutil.Key1, testutil.FullPeers(1500, 1)
		for failing := 0; ; failing++ {
			k := nltest.NewAmneziaKernel(version)
			b := amneziaBackend(t, k)
			requests := 0
			k.SetFault(func(x nltest.Exchange) [][]byte {
				if requests++; requests-1 == failing {
					return [][]byte{nltest.Ack(x.Header, unix.ENOMEM)}
				}
				return nil
			})
			have := k.Device()
			err := configure(t, b, c)
			if requests <= failing {
				if err != nil || failing < 4 {
					t.Fatalf("%d requests, configure() = %v, want at least 4 and nil", failing, err)
				}
				return
			}
			checkFailed(t, failing, have, k.Device(), c, err)
		}
	})
}

// checkFailed checks the error of a change of which one request failed: the lookup, the
// read, or a set.
func checkFailed(t *testing.T, failing int, have, got *wgtypes.Device, c wgtypes.Config, err error) {
	t.Helper()
	if !errors.Is(err, unix.ENOMEM) {
		t.Fatalf("request %d: configure() = %v, want ENOMEM", failing, err)
	}
	var partial *wginternal.PartialError
	if !errors.As(err, &partial) {
		if diff := diff(have, got); diff != "" || failing > 1 {
			t.Errorf("request %d: configure() = %v without a PartialError, want an unchanged device (-want +got):\n%s", failing, err, diff)
		}
		return
	}
	if diff := diff(wginternal.Apply(have, partial.Applied), got); diff != "" {
		t.Errorf("request %d: effect of Applied (-want +got):\n%s", failing, diff)
	}
	all := wginternal.Join([]wgtypes.Config{partial.Applied, partial.Unknown, partial.NotSent})
	if diff := diff(wginternal.Apply(have, c), wginternal.Apply(have, all)); diff != "" {
		t.Errorf("request %d: effect of all parts (-want +got):\n%s", failing, diff)
	}
}

// TestAmneziaRandomFaults makes one request of each of many random changes fail, with
// the module having applied it or not. Afterwards a change that sets everything must
// succeed.
func TestAmneziaRandomFaults(t *testing.T) {
	t.Parallel()
	eachAmnezia(t, func(t *testing.T, version wgtypes.AmneziaVersion) {
		for seed := range uint64(60) {
			r := rand.New(rand.NewPCG(seed, 3))
			k := nltest.NewAmneziaKernel(version)
			b := amneziaBackend(t, k)
			o := testutil.RandomOptions{MinPeers: 1, MaxPeers: 5, Amnezia: version}
			failing, applies, requests := r.IntN(12), r.IntN(2) == 0, 0
			k.SetFault(func(x nltest.Exchange) [][]byte {
				if requests++; requests-1 != failing {
					return nil
				}
				if applies {
					x.Answer()
				}
				return [][]byte{nltest.Ack(x.Header, unix.EINVAL)}
			})
			for range 5 {
				have := k.Device()
				c := possible(version, have, testutil.RandomConfig(r, have, o))
				_ = configure(t, b, c)
			}
			k.SetFault(nil)
			have := k.Device()
			want := testutil.Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(3)), Jmin: new(uint16(10)), Jmax: new(uint16(20))})
			want.ReplacePeers = true
			if err := configure(t, b, want); err != nil {
				t.Fatalf("seed %d: configure() after a fault = %v, want nil", seed, err)
			}
			if diff := diff(wginternal.Apply(have, want), k.Device()); diff != "" {
				t.Fatalf("seed %d: the device (-want +got):\n%s", seed, diff)
			}
		}
	})
}
