package wgconf_test

import (
	"os"
	"os/exec"
	"path/filepath"
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
		"comments keep their lines", "# file\n\n# interface\n[Interface]\n\n# first\nListenPort = 1\n# behind\n\n# alone\n\n# peer\n# more\n[Peer]\n# a\n\n\n# b\nPublicKey = x\n# next\n[Peer]\n# end",
		"# file\n\n# interface\n[Interface]\n# first\nListenPort = 1\n# behind\n\n# alone\n\n# peer\n# more\n[Peer]\n# a\n\n# b\nPublicKey = x\n\n# next\n[Peer]\n# end\n",
	},
	{
		"unrecognized lines", "[ Interface ]\n Address  =  10.0.0.1 \n[interface]\nPostUp # x =  y\nDNS\n foo  =bar \nAddress = 1,\v,2\nListen\x00Port=1\n[Foo] \nx=y\n[Interface]=\nPrivateKey=\n",
		"[ Interface ]\n Address  =  10.0.0.1\n\n[Interface]\nPostUp # x =  y\nDNS\n foo  =bar\nAddress = 1,\v,2\nListen\x00Port=1\n\n[Foo]\nx=y\n\n[Interface]=\nPrivateKey=\n",
	},
	{"a byte-order mark that would move to the first line", "\n\n\ufeff[Interface]\n", "\n\ufeff[Interface]\n"},
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, test := range formatTests {
		if got := wgconf.Parse("f", []byte(test.text)).Formatted().AppendTo(nil); string(got) != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

var stripTests = []struct{ name, text, want string }{
	{"nothing", "", "\n"},
	{"empty line", "\n", "\n\n"},
	{"blanks without LF", " \t", "\n"},
	{"blanks with LF", " \t\n", "\n\n"},
	{"NUL without LF", "\x00", "\n"},
	{"outer blanks", "\t [Peer] \t\n  Public Key\t= x # c \t", "[Peer]\nPublic Key\t= x # c\n\n"},
	{"CR stays", "[Interface]\r\nAddress = 10.0.0.1\r\nListenPort = 1\r\n", "[Interface]\r\nListenPort = 1\r\n\n"},
	{"keys of any case", "[INTERFACE]\nADDRESS=10.0.0.1\ndns = ::1\nmTU=1\n Table = x\nPreup=x\nPOSTUP=x\npredown=x\nPostDown\nSaveConfig=TRUE\nMTUs=1\n", "[INTERFACE]\nMTUs=1\n\n"},
	{"only in [Interface]", "Address = a\n[Peer]\nAddress = b\n[Interface]\nAddress = c\n[peer]\nAddress = d\n", "Address = a\n[Peer]\nAddress = b\n[Interface]\n[peer]\nAddress = d\n\n"},
	{"headers", "[ Interface ]\nMTU = 1\n[Interface]x\nMTU = 2\n[Interface] # c\nMTU = 3\n[Interface] = x\nMTU = 4\n[x=y\nMTU = 5\n", "[ Interface ]\nMTU = 1\n[Interface]x\nMTU = 2\n[Interface] # c\n[Interface] = x\n[x=y\nMTU = 5\n\n"},
	{"no =", "[Interface]\nDNS\nPreUp # x\nPostUp x = y\nM TU = 1\n= x\n", "[Interface]\nPostUp x = y\nM TU = 1\n= x\n\n"},
	{"# before the =", "[Interface]\nMTU # = 1\nM#TU = 1\n#MTU = 1\n", "[Interface]\nM#TU = 1\n#MTU = 1\n\n"},
	{"NULs", "[Inter\x00face]\nM\x00TU = 1\nListen\x00Port = 1\n\x00 x \x00\n", "[Interface]\nListenPort = 1\nx\n\n"},
	{"byte-order mark", "\ufeff[Interface]\nMTU = 1\n", "\ufeff[Interface]\nMTU = 1\n\n"},
	{"backslashes", "[Interface]\nx\\\nMTU = 1\\\n\\MTU = 1\n-n\n", "[Interface]\nx\\\n\\MTU = 1\n-n\n\n"},
	{"other white space", "[Interface]\n\v MTU\f = 1\n\vListenPort = 1\f\n\u00a0MTU = 1\n", "[Interface]\n\vListenPort = 1\f\n\u00a0MTU = 1\n\n"},
	{"bytes that bash uses internally", "[Interface]\n\x01MTU = 1\x7f\nMTU = \x01\x7f\n \x7f\x01\xff \n", "[Interface]\n\x01MTU = 1\x7f\n\x7f\x01\xff\n\n"},
}

func TestStrip(t *testing.T) {
	t.Parallel()
	for _, test := range stripTests {
		if got := wgconf.Parse("f", []byte(test.text)).Strip().AppendTo(nil); string(got) != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

// TestStripIsReal compares Strip with wg-quick strip. All versions of wg-quick
// remove the same lines.
func TestStripIsReal(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("wg-quick")
	if err != nil {
		t.Skip("wg-quick is not installed")
	}
	if os.Getuid() != 0 {
		t.Skip("older versions of wg-quick need root, also for strip")
	}
	dir := t.TempDir()
	compare := func(name, text string) {
		file := filepath.Join(dir, "wg0.conf")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want, err := exec.Command(path, "strip", file).Output()
		if err != nil {
			t.Errorf("%s: wg-quick strip of %q = %v, want no error", name, text, err)
			return
		}
		if got := wgconf.Parse(file, []byte(text)).Strip().AppendTo(nil); string(got) != string(want) {
			t.Errorf("%s: %q:\n got %q\nwant %q", name, text, got, want)
		}
	}
	for _, test := range stripTests {
		compare(test.name, test.text)
	}
	for _, text := range texts {
		// wg-quick exits if SaveConfig is neither true nor false.
		if _, err := wgconf.Parse("f", []byte(text)).Settings(wgconf.DialectWGQuick); err == nil || !strings.Contains(err.Error(), "SaveConfig") {
			compare("text", text)
		}
	}
	for seed := range uint64(100) {
		compare("random", newGenerator(seed).text())
	}
}
