package wgconf_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
)

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
	{"bytes of bash's own", "[Interface]\n\x01MTU = 1\x7f\nMTU = \x01\x7f\n \x7f\x01\xff \n", "[Interface]\n\x01MTU = 1\x7f\n\x7f\x01\xff\n\n"},
}

func TestStrip(t *testing.T) {
	t.Parallel()
	for _, test := range stripTests {
		if got := wgconf.Parse("f", []byte(test.text)).Strip().AppendTo(nil); string(got) != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

// TestStripIsReal compares Strip with wg-quick itself. Of what it strips, its
// versions agree.
func TestStripIsReal(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("wg-quick")
	if err != nil {
		t.Skip("there is no wg-quick")
	}
	if os.Getuid() != 0 {
		t.Skip("older versions want root, even for strip")
	}
	dir := t.TempDir()
	compare := func(name, text string) {
		file := filepath.Join(dir, "wg0.conf")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want, err := exec.Command(path, "strip", file).Output()
		if err != nil {
			t.Errorf("%s: %q: %v", name, text, err)
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
		// What is neither true nor false ends wg-quick, in any version.
		if _, err := wgconf.Parse("f", []byte(text)).Settings(wgconf.DialectWGQuick); err == nil || !strings.Contains(err.Error(), "SaveConfig") {
			compare("text", text)
		}
	}
	for seed := range uint64(100) {
		compare("random", newGenerator(seed).text())
	}
}
