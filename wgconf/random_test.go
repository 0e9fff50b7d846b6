package wgconf_test

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// generator makes random values from a seed, of few different ones, so that
// they meet each other.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 0))} }

func (g generator) oneIn(n int) bool { return g.IntN(n) == 0 }

// oneOf returns one of the values.
func oneOf[T any](g generator, values ...T) T { return values[g.IntN(len(values))] }

// maybe returns a value, or nil.
func maybe[T any](g generator, value func() T) *T {
	if g.oneIn(2) {
		return nil
	}
	return new(value())
}

// some returns up to three values.
func some[T any](g generator, value func() T) (list []T) {
	for range g.IntN(4) {
		list = append(list, value())
	}
	return list
}

func (g generator) bytes() (b [wgtypes.KeyLen]byte) {
	b[0] = byte(g.IntN(3)) // of which one is the zero key
	return b
}

func (g generator) prefix() netip.Prefix {
	addr := oneOf(g, netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:10.1.2.3"))
	return netip.PrefixFrom(addr, oneOf(g, 0, 8, 32))
}

// settings returns Settings that a file can say.
func (g generator) settings() *wgconf.Settings {
	hook := func() string {
		return oneOf(g, "", "true", "PostUp", "= #", "a = b # c", "echo '[Peer]'; echo \"a\tb\"", "\xff", "# x")
	}
	i := wgconf.Interface{
		PrivateKey: maybe(g, func() wgtypes.PrivateKey { return wgtypes.NewPrivateKey(g.bytes()) }),
		ListenPort: maybe(g, func() uint16 { return oneOf(g, 0, uint16(g.Uint32())) }),
		FwMark:     maybe(g, func() uint32 { return oneOf(g, 0, g.Uint32()) }),
		Addresses:  some(g, g.prefix),
		DNS:        some(g, func() netip.Addr { return netip.MustParseAddr(oneOf(g, "192.0.2.1", "::1", "fe80::1%eth0")) }),
		Search:     some(g, func() string { return oneOf(g, "DNS", "example.com", "*", "\xff", "[Peer]", "a=b", "1.x") }),
		MTU:        oneOf(g, 0, 0, 1, 1420, 1<<31-1),
		Table:      oneOf(g, "", "off", "auto", "0", "4294967295", "vpn", "Table", "a=b"),
		SaveConfig: g.oneIn(2),
		PreUp:      some(g, hook), PostUp: some(g, hook), PreDown: some(g, hook), PostDown: some(g, hook),
	}
	return &wgconf.Settings{Interface: i, Peers: some(g, g.peer)}
}

func (g generator) peer() wgconf.Peer {
	p := wgconf.Peer{
		PublicKey:    wgtypes.PublicKey(g.bytes()),
		PresharedKey: maybe(g, func() wgtypes.PresharedKey { return wgtypes.NewPresharedKey(g.bytes()) }),
		Endpoint: oneOf(g, wgconf.Endpoint{}, wgconf.Endpoint{Host: "192.0.2.1", Port: 1}, wgconf.Endpoint{Host: "fe80::1%a", Port: 65535},
			wgconf.Endpoint{Host: "::ffff:192.0.2.1"}),
		PersistentKeepalive: maybe(g, func() time.Duration { return time.Duration(oneOf(g, 0, g.IntN(65536))) * time.Second }),
		Incremental:         g.oneIn(3),
	}
	p.AllowedIPs = some(g, func() wgconf.AllowedIP { return wgconf.AllowedIP{Prefix: g.prefix(), Remove: g.oneIn(3)} })
	n := len(p.AllowedIPs)
	p.Incremental = p.Incremental && n > 0
	if n > 0 && !p.Incremental {
		p.AllowedIPs[n-1].Remove = false
	}
	return p
}

// meet gives some of the peers in s keys and prefixes that d has.
func (g generator) meet(s *wgconf.Settings, d *wgtypes.Device) {
	for i := range s.Peers {
		if len(d.Peers) == 0 || g.oneIn(2) {
			continue
		}
		p := oneOf(g, d.Peers...)
		s.Peers[i].PublicKey = p.PublicKey
		if list := s.Peers[i].AllowedIPs; len(list) > 0 && len(p.AllowedIPs) > 0 {
			list[0].Prefix = oneOf(g, p.AllowedIPs...)
		}
	}
}

// text returns a file of pieces, most of them known to the readers.
func (g generator) text() string {
	return testutil.RandomFile(g.Rand, privateText, presharedText, keyA, keyB, keyZero, keyA[:43], strings.Replace(keyA, "g=", "h=", 1), "x")
}
