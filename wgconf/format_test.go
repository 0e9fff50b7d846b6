package wgconf_test

import (
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
)

var formatTests = []struct{ name, text, want string }{
	{"nothing", "", ""},
	{"empty lines", "\n \n\r\n", ""},
	{"comment", " # c \r\n", "# c\n"},
	{"canonical", complete, complete},
	{"CRLF and no last LF", strings.TrimSuffix(strings.ReplaceAll(complete, "\n", "\r\n"), "\r\n"), complete},
	{"byte-order mark", "\ufeff" + complete, complete},
	{
		"keys", "[INTERFACE]\n  listen port=5 1 8 2 0# c\nprivatekey\t=" + privateText + "\n[peer]#c\nPublicKey=" + keyA + "\nallowedips=10.0.0.0/8,::/0 ,\t10.1.0.0/16#c\nENDPOINT=A.example:1\n",
		"[Interface]\nListenPort = 51820 # c\nPrivateKey = " + privateText + "\n\n[Peer] #c\nPublicKey = " + keyA + "\nAllowedIPs = 10.0.0.0/8, ::/0, 10.1.0.0/16 #c\nEndpoint = A.example:1\n",
	},
	{
		"keys of wg-quick", "[Interface]\naddress=10.0.0.1/24 ::1/64,,10.0.0.2#c\nDNS=1.1.1.1,a.example  b.example\nmtu=1420\nTable=a  b # c\nsaveconfig=TRUE\npostup=a  b#c ;  d \nPREUP==\nPreDown=\nAddress = , # c\n",
		"[Interface]\nAddress = 10.0.0.1/24, ::1/64, 10.0.0.2 #c\nDNS = 1.1.1.1, a.example, b.example\nMTU = 1420\nTable = a  b # c\nSaveConfig = TRUE\nPostUp = a  b#c ;  d\nPreUp = =\nPreDown =\nAddress = # c\n",
	},
	{
		"lines of a list", "[Peer]\nAllowedIPs = 10.0.0.0/8\nAllowedIPs = ::/0\nAllowedIPs = 10.0.0.0/8\n",
		"[Peer]\nAllowedIPs = 10.0.0.0/8\nAllowedIPs = ::/0\nAllowedIPs = 10.0.0.0/8\n",
	},
	{
		"sections apart", "\n\n[Interface]\n\n\nListenPort = 1\n\n\n\nFwMark = 1\n[Peer]\n[Peer]\n\n\n\n[Peer]\nPublicKey = x\n\n",
		"[Interface]\nListenPort = 1\n\nFwMark = 1\n\n[Peer]\n\n[Peer]\n\n[Peer]\nPublicKey = x\n",
	},
	{
		"comments stay with their lines", "# file\n\n# interface\n[Interface]\n\n# first\nListenPort = 1\n# behind\n\n# alone\n\n# peer\n# more\n[Peer]\n# a\n\n\n# b\nPublicKey = x\n# next\n[Peer]\n# end",
		"# file\n\n# interface\n[Interface]\n# first\nListenPort = 1\n# behind\n\n# alone\n\n# peer\n# more\n[Peer]\n# a\n\n# b\nPublicKey = x\n\n# next\n[Peer]\n# end\n",
	},
	{
		"what is not understood", "[ Interface ]\n Address  =  10.0.0.1 \n[interface]\nPostUp # x =  y\nDNS\n foo  =bar \nAddress = 1,\v,2\nListen\x00Port=1\n[Foo] \nx=y\n[Interface]=\nPrivateKey=\n",
		"[ Interface ]\n Address  =  10.0.0.1\n\n[Interface]\nPostUp # x =  y\nDNS\n foo  =bar\nAddress = 1,\v,2\nListen\x00Port=1\n\n[Foo]\nx=y\n\n[Interface]=\nPrivateKey=\n",
	},
	{"a mark that would be the first", "\n\n\ufeff[Interface]\n", "\n\ufeff[Interface]\n"},
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, test := range formatTests {
		if got := wgconf.Parse("f", []byte(test.text)).Formatted().AppendTo(nil); string(got) != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}
