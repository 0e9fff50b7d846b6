package wgconf_test

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var dialects = []wgconf.Dialect{wgconf.DialectWG, wgconf.DialectWGQuick, wgconf.DialectAWG, wgconf.DialectAWGQuick}

// Keys for tests. The public keys belong to nothing.
const (
	privateText   = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
	ownText       = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=" // of privateText
	presharedText = "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE="
	keyA          = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
	keyB          = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="
	keyZero       = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
)

// complete has every key.
const complete = `# The server.
[Interface]
Address = 10.0.0.1/24, 2001:db8::1/64
Address = 192.0.2.1
DNS = 192.0.2.53, 2001:db8::53, corp.example
MTU = 1420
Table = off
SaveConfig = true
PreUp = echo "%i # up"
PostUp = iptables -A FORWARD -i %i -j ACCEPT; true
PreDown = true
PostDown = iptables -D FORWARD -i %i -j ACCEPT
ListenPort = 51820
FwMark = 0xca6c
PrivateKey = ` + privateText + ` # ours

# The road warrior.
[Peer]
PublicKey = ` + keyA + `
PresharedKey = ` + presharedText + `
AllowedIPs = 10.0.0.2/32, 2001:db8::2/128
AllowedIPs = 10.1.0.0/16
Endpoint = vpn.example.com:51820
PersistentKeepalive = 25

[Peer]
PublicKey = ` + keyB + `
AllowedIPs = +10.2.0.0/16, -10.1.0.0/16
Endpoint = [2001:db8::7]:7
PersistentKeepalive = off
`

// amneziaFile has every key of AmneziaWG.
const amneziaFile = `[Interface]
PrivateKey = ` + privateText + `
Address = 10.8.1.2/32
Jc = 4
Jmin = 10
Jmax = 50
S1 = 15
S2 = 18
S3 = 20
S4 = 23
H1 = 5-9
H2 = 100000
H3 = 4294967294-4294967295
H4 = 10
I1 = <b 0xc70000000108><rc 8><t><r 50>
I2 = <rd 16>
I3 =
I4 = <c>
I5 = <r 0>
HeaderProtectionKey = ` + presharedText + `
ContentPaddingAddition = 0-64
RekeyAfterTime = 100-140
RekeyTimeout = 5
RejectAfterTime = 180
KeepaliveTimeout = 8-12
MaxHandshakeAttempts = 0
RandomTrailers = off
DisableCookies = on

[Peer]
PublicKey = ` + keyA + `
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = 192.0.2.1:51820
PersistentKeepalive = 22-30
`

// texts are the seeds of the fuzz targets: unusual files.
var texts = []string{
	"", "\n", "\r\n", "x", " ", "#", "\x00", "=", "[", "[]", "[Interface]", "[Peer]", "\n\n\n",
	complete,
	strings.ReplaceAll(complete, "\n", "\r\n"),
	strings.ReplaceAll(complete, " = ", "="),
	strings.ToUpper(complete),
	"\ufeff" + complete,
	"\ufeff\ufeff[Interface]\nListenPort = 1\n",
	"\n\ufeff[Interface]\nListenPort = 1\n",
	strings.TrimSuffix(complete, "\n"),
	"[ inter face ]\nP r i vate Key\t=\v" + privateText[:20] + " " + privateText[20:] + "\nListenPort=1 2 34 5\nAddress=10.0.0.1\n",
	"[Interface]\nAddress\nDNS\nPreUp\nPostUp # x = y\nPostDown #x\nTable\nMTU\nSaveConfig\nPrivateKey\nDNS # =\n",
	"[Interface]\nAddress =\nDNS=\nPreUp = \nTable = # x\nMTU =\nPrivateKey =\nSaveConfig =\n",
	"[Interface]=x\nAddress = 10.0.0.1\n[Peer]=x\nAddress = 10.0.0.1\n[Interface] # c\nAddress = 10.0.0.1\n[Interface]x\nAddress = 1\n",
	"[Interface]\n[Peer]\nAddress = 10.0.0.1\nListenPort = 1\nAllowedIPs =\n[Interface]\nPublicKey = " + keyA + "\n",
	"ListenPort = 1\n[Pear]\nListenPort = 1\n[interface]\nListenPort = 1\nListenPort = 2\n",
	"[Interface]\nListen\x00Port = 1\nListenPort = 1\x002\n\x00\n \x00 \n[Pe\x00er]\nAddr\x00ess = 10.0.0.1\n# c\x00d\n",
	"[Interface]\nAddress = 10.0.0.1\v10.0.0.2 , ,10.0.0.3\t10.0.0.4,\nDNS = *.example, \v, 1.2.3\nDNS = ,\v x\n",
	"[Interface]\nPrivateKey = abc#def\nPostUp = echo #1\nPostUp == =\nfoo = bar\n foo \n; foo\n// foo\n",
	"[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = 10.0.0.1/8,10.0.0.0/08 , 1 0.0.0.0/8\nAllowedIPs = ,\nAllowedIPs=+::/0\nAllowedIPs = ::/0\n",
	"[Peer]\n[Peer]\nPublicKey = x\n[Peer]\nPublicKey = " + keyA + "\nEndpoint = a:1\nEndpoint = b:2\n",
	"[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = +10.0.0.0/8, -10.0.0.0/8, 10.0.0.0/8\nAllowedIPs = 10.0.0.0/8,10.0.0.0/8\n",
	"# a\n\n# b\n[Peer]\n# c\n\n\n# d\n\n[Peer]\n\n[Interface]\n[Peer]\n# e\n# f\n[Peer]\nx\n# g",
	amneziaFile,
	strings.ReplaceAll(amneziaFile, "\n", "\r\n"),
	strings.ReplaceAll(amneziaFile, " = ", "="),
	strings.ReplaceAll(amneziaFile, "\n", "\n\t"),
	strings.ToLower(strings.NewReplacer(privateText, "x", presharedText, "x", keyA, "x").Replace(amneziaFile)),
	"[Interface]\nJ c = 1 2\nH1 = 5 - 9 # x\n I1 = <b 0x01>#x\ni 2\t=\v<r 1>\nRekeyTimeout=\nRandomTrailers =  # x\nI3\nI4 = <r\t1>\nJ1 = <b 0x01> \nItime = 5\n",
	"[Interface]\nJmin = 9\nJmax = 8\nH1 = 1-4294967295\nH2 = 5\nS1 = 5\nHeaderProtectionKey = " + keyA + "\n[Peer]\nJc = 1\nAdvancedSecurity =\nSpecialHandshake = on\nPersistentKeepalive = 5 - 5\nPersistentKeepalive = off\n",
	"[\u212aey]\n[Peer]\nPer\u017fistentKeepalive = 5\nPublicKey\u00a0= x\nPublicKey\x85=x\n",
}

// FuzzLossless checks that AppendTo returns the text that Parse was given.
func FuzzLossless(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := wgconf.Parse("wg0.conf", text)
		if got := file.AppendTo(nil); string(got) != string(text) {
			t.Errorf("AppendTo of Parse(%q) = %q, want the same", text, got)
		}
		for _, d := range dialects {
			var all []string
			number := 0
			for l := range file.Lines(d) {
				if number++; l.Number != number {
					t.Errorf("number = %d, want %d", l.Number, number)
				}
				all = append(all, l.Text()+"\n")
			}
			if got := strings.Join(all, ""); strings.TrimSuffix(got, "\n") != strings.TrimSuffix(string(text), "\n") {
				t.Errorf("joined Lines of %q = %q, want the text", text, got)
			}
		}
	})
}

// generator makes random values. It chooses from few, so that equal values occur
// often.
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
	b[0] = byte(g.IntN(3)) // 0 is the zero key
	return b
}

func (g generator) prefix() netip.Prefix {
	addr := oneOf(g, netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:10.1.2.3"))
	return netip.PrefixFrom(addr, oneOf(g, 0, 8, 32))
}

// settings returns Settings that a file can express.
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
	if g.oneIn(2) {
		i.Amnezia = g.amnezia()
	}
	return &wgconf.Settings{Interface: i, Peers: some(g, g.peer)}
}

// amnezia returns parameters of some version of AmneziaWG, or nil.
func (g generator) amnezia() *wgtypes.AmneziaConfig {
	version := oneOf(g, wgtypes.AmneziaV10, wgtypes.AmneziaV15, wgtypes.AmneziaV20, wgtypes.AmneziaV30, wgtypes.AmneziaV31)
	c := testutil.RandomConfig(g.Rand, &wgtypes.Device{}, testutil.RandomOptions{Amnezia: version, MaxPeers: -1}).Amnezia
	if c == nil || c.IsZero() {
		return nil
	}
	return c
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
	if lo := p.PersistentKeepalive; lo != nil && *lo < 65535*time.Second && g.oneIn(3) {
		p.PersistentKeepaliveMax = *lo + time.Second*time.Duration(1+g.IntN(65535-int(lo.Seconds())))
	}
	p.AllowedIPs = some(g, func() wgconf.AllowedIP { return wgconf.AllowedIP{Prefix: g.prefix(), Remove: g.oneIn(3)} })
	n := len(p.AllowedIPs)
	p.Incremental = p.Incremental && n > 0
	if n > 0 && !p.Incremental {
		p.AllowedIPs[n-1].Remove = false
	}
	return p
}

// meet gives some peers of s the keys and prefixes of peers of d.
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

// text returns a random file. Most of its lines are valid.
func (g generator) text() string {
	return testutil.RandomFile(g.Rand, privateText, presharedText, keyA, keyB, keyZero, keyA[:43], strings.Replace(keyA, "g=", "h=", 1), "x")
}
