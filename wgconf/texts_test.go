package wgconf_test

import (
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
)

var dialects = []wgconf.Dialect{wgconf.DialectWG, wgconf.DialectWGQuick}

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

// texts are the seeds of the fuzz targets: what is special about a file.
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
	"[\u212aey]\n[Peer]\nPer\u017fistentKeepalive = 5\nPublicKey\u00a0= x\nPublicKey\x85=x\n",
}

// FuzzLossless: Append(Parse(b)) is b, for any b.
func FuzzLossless(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := wgconf.Parse("wg0.conf", text)
		if got := file.AppendTo(nil); string(got) != string(text) {
			t.Errorf("%q became %q", text, got)
		}
		for _, d := range dialects {
			var all []string
			number := 0
			for l := range file.Lines(d) {
				if number++; l.Number != number {
					t.Errorf("line %d has the number %d", number, l.Number)
				}
				all = append(all, l.Text()+"\n")
			}
			if got := strings.Join(all, ""); strings.TrimSuffix(got, "\n") != strings.TrimSuffix(string(text), "\n") {
				t.Errorf("the lines of %q are %q", text, got)
			}
		}
	})
}
