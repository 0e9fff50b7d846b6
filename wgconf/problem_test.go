package wgconf_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
)

// checkTests have the problems of a file, after the texts: warnings with "w:".
var checkTests = []struct {
	name    string
	dialect wgconf.Dialect
	text    string
	want    []string
}{
	{"nothing", wgconf.DialectWG, "", nil},
	{"complete", wgconf.DialectWGQuick, complete, []string{`9: w: PreUp: before v1.0.20260223, wg-quick(8) ends the command at the #`}},
	{
		"unrecognized", wgconf.DialectWG,
		"ListenPort = 1\n[Interface]\nAdress = 1\nFirewallMarkOfThisInterface = 1\nPublicKey = x\nAddress = 10.0.0.1\n; c\n[Pear]\nx\n[Peer]\nPublicKey = " + keyA + "\nListenPort = 1\nAllowedIPs =\nAllowedIPs\nAllowedIPs:::/0\n=\n",
		[]string{
			`1: unrecognized line: ListenPort belongs in [Interface]`,
			`3: unrecognized line: "Adress" is no key of [Interface], did you mean Address?`,
			`4: unrecognized line: "FirewallMarkOfThisInterface" is no key of [Interface]`,
			`5: unrecognized line: PublicKey belongs in [Peer]`,
			`6: unrecognized line: Address is a key of wg-quick(8)`,
			`7: unrecognized line: ";c" is no key of [Interface]`,
			`8: unrecognized line: "[Pear]" is no section, want [Interface] or [Peer]`,
			`9: unrecognized line: "x" is in no section, want [Interface] or [Peer] before it`,
			`12: unrecognized line: ListenPort belongs in [Interface]`,
			`13: unrecognized line: AllowedIPs has no value`,
			`14: unrecognized line: want a = after AllowedIPs`,
			`15: unrecognized line: want a = after AllowedIPs`,
			`16: unrecognized line: "" is no key of [Peer]`,
		},
	},
	{
		"wg-quick's keys elsewhere", wgconf.DialectWGQuick,
		"Address = 10.0.0.1\n[Peer]\nPublicKey = " + keyA + "\nDNS = 192.0.2.1\n[ Interface ]\nPostUp = true\n[Interface]\nPost Up = true\n",
		[]string{
			`1: unrecognized line: Address belongs in [Interface]`,
			`4: unrecognized line: DNS belongs in [Interface]`,
			`5: w: wg-quick(8) does not take this for [Interface], which wg(8) does`,
			`6: unrecognized line: PostUp is in a section that wg-quick(8) does not take for [Interface]`,
			`8: unrecognized line: wg-quick(8) takes PostUp without white space in it alone`,
		},
	},
	{
		"a header of wg-quick's alone", wgconf.DialectWGQuick, "[Interface] = x\nAddress = 10.0.0.1\nListenPort = 1\n",
		[]string{
			`1: unrecognized line: "[Interface]" is no section, want [Interface] or [Peer]`,
			`3: unrecognized line: ListenPort belongs in [Interface]`,
		},
	},
	{
		"values of wg", wgconf.DialectWG,
		"[Interface]\nPrivateKey = " + privateText[:43] + "\nListenPort = 65536\nFwMark = 0X1\n[Peer]\nPublicKey = " + strings.Replace(keyA, "g=", "h=", 1) +
			"\nPresharedKey = x\nAllowedIPs = 10.0.0.0/8, 10.0.0/8\nAllowedIPs = 10.0.0.0/33\nAllowedIPs = ::/0,\nEndpoint = example.com\nEndpoint = a:http\nPersistentKeepalive = 25s\n",
		[]string{
			`2: PrivateKey: private key has 43 characters, want 44 of base64`,
			`3: ListenPort: "65536": want a port, 0 to 65535`,
			`4: FwMark: "0X1": want 0 to 0xffffffff or off`,
			`6: PublicKey: public key is not canonical base64 of 32 bytes`,
			`7: PresharedKey: preshared key has 1 characters, want 44 of base64`,
			`8: AllowedIPs: "10.0.0": want an IP address`,
			`9: AllowedIPs: "10.0.0.0/33": want a length of 0 to 32`,
			`10: AllowedIPs: an element has no address`,
			`11: Endpoint: "example.com": has no port, want HOST:PORT`,
			`12: Endpoint: "a:http": want a port, 0 to 65535`,
			`12: w: Endpoint: this overrides line 11`,
			`13: PersistentKeepalive: "25s": want seconds, 1 to 65535, or off`,
		},
	},
	{
		"values of wg-quick", wgconf.DialectWGQuick,
		"[Interface]\nAddress = 10.0.0.1/24, 10.0.0.2/33\nAddress = fe80::1%eth0\nDNS = 192.0.2\nDNS = fe80::1::\nMTU = 01500\nTable = 4294967296\nTable = a b\nSaveConfig = yes\n",
		[]string{
			`2: Address: "10.0.0.2/33": want an IP address, with or without a length`,
			`3: Address: "fe80::1%eth0": want an IP address, with or without a length`,
			`4: DNS: "192.0.2": want an IP address, or a domain to search`,
			`5: DNS: "fe80::1::": want an IP address, or a domain to search`,
			`6: MTU: "01500": want a number of bytes above 0, without leading zeros`,
			`7: Table: "4294967296": is above 4294967295`,
			`8: Table: "a b": has white space or control characters`,
			`8: w: Table: this overrides line 7`,
			`9: SaveConfig: "yes": want true or false`,
		},
	},
	{
		"no public key", wgconf.DialectWG, "[Peer]\n[Peer]\nEndpoint = a:1\n[Peer]\nPublicKey = x\n",
		[]string{
			`1: this [Peer] has no PublicKey`,
			`2: this [Peer] has no PublicKey`,
			`5: PublicKey: public key has 1 characters, want 44 of base64`,
		},
	},
	{
		"repeated", wgconf.DialectWG,
		"[Interface]\nListenPort = 1\n[Interface]\nListenPort = 2\n[Peer]\nPublicKey = " + keyA + "\nEndpoint = a:1\nEndpoint = b:1\nAllowedIPs = ::/0\nAllowedIPs = 0.0.0.0/0\n[Peer]\nPublicKey = " + keyB + "\nEndpoint = a:1\n",
		[]string{
			`4: w: ListenPort: this overrides line 2`,
			`8: w: Endpoint: this overrides line 7`,
		},
	},
	{
		"no = and no value", wgconf.DialectWGQuick, "[Interface]\nDNS\nPostUp # a = b\nPostUp =\nAddress = # x\nMTU=\nSaveConfig\nTable\n",
		[]string{
			`2: w: DNS: there is no =, and so wg-quick(8) takes the line for the value`,
			`3: w: PostUp: there is no =, and so wg-quick(8) takes the line for the value`,
			`4: w: PostUp: there is no value`,
			`5: w: Address: there is no value`,
			`6: w: MTU: there is no value`,
			`7: SaveConfig: "SaveConfig": want true or false`,
			`7: w: SaveConfig: there is no =, and so wg-quick(8) takes the line for the value`,
			`8: w: Table: there is no =, and so wg-quick(8) takes the line for the value`,
		},
	},
	{
		"what is cut", wgconf.DialectWGQuick, "[Interface]\nListenPort = 1#2\nListenPort = 3 #4\nDNS = a#b\nPostUp = a # b\n",
		[]string{
			`2: w: ListenPort: the value ends at the #, which begins a comment`,
			`3: w: ListenPort: this overrides line 2`,
			`4: w: DNS: the value ends at the #, which begins a comment`,
			`5: w: PostUp: before v1.0.20260223, wg-quick(8) ends the command at the #`,
		},
	},
	{
		"bytes", wgconf.DialectWG, "\ufeff[Interface]\nListenPort = 1\x002\n",
		[]string{
			`1: unrecognized line: it begins with a byte-order mark`,
			`2: w: ListenPort: there is a NUL, where wg(8) ends the line and wg-quick(8) does not`,
		},
	},
	{
		"patterns", wgconf.DialectWGQuick, "[Interface]\nDNS = *.example, a.example\nDNS = [a]\nAddress = 10.0.0.?\n",
		[]string{
			`2: w: DNS: "*.example, a.example": the shell may take this for a pattern of names of files`,
			`3: w: DNS: "[a]": the shell may take this for a pattern of names of files`,
			`4: Address: "10.0.0.?": want an IP address, with or without a length`,
			`4: w: Address: "10.0.0.?": the shell may take this for a pattern of names of files`,
		},
	},
	{
		"prefixes", wgconf.DialectWG,
		"[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = 10.1.2.3/08, ::/0, ::/0\n[Peer]\nPublicKey = " + keyB +
			"\nAllowedIPs = ::1/0, -10.0.0.0/8\nAllowedIPs = 192.0.2.0/24\n",
		[]string{
			`3: w: AllowedIPs: "10.1.2.3/08": there are bits behind the length: it means 10.0.0.0/8`,
			`6: w: AllowedIPs: "::1/0": there are bits behind the length: it means ::/0`,
			`6: w: AllowedIPs: "::/0": the [Peer] in line 1 has it too, and loses it to this one`,
			`7: w: AllowedIPs: the section's last list says for all of them, by + and - or none, whether they change or replace the peer's`,
		},
	},
	{
		"peers", wgconf.DialectWG,
		"[Peer]\nPublicKey = " + ownText + "\n[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = ::/0\nEndpoint = [::1]:0\n[Peer]\nPublicKey = " + keyB + "\nPublicKey = " + keyA +
			"\nAllowedIPs = ::/0\n[Interface]\nPrivateKey = " + privateText + "\n",
		[]string{
			`2: w: PublicKey: this is the key of the interface itself, which ignores such a peer`,
			`6: w: Endpoint: "[::1]:0": there is nothing to reach at port 0`,
			`9: w: PublicKey: this overrides line 8`,
			`9: w: PublicKey: the [Peer] in line 3 has the same key: this one changes it`,
		},
	},
	{
		"tables", wgconf.DialectWGQuick, "[Interface]\nTable = Off\n[Interface]\nTable = AUTO\n",
		[]string{
			`2: w: Table: "Off": wg-quick(8) takes this for the name of a table, and not for off`,
			`4: w: Table: this overrides line 2`,
			`4: w: Table: "AUTO": wg-quick(8) takes this for the name of a table, and not for auto`,
		},
	},
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, test := range checkTests {
		file := wgconf.Parse("f", []byte(test.text))
		var got []string
		for _, p := range file.Check(test.dialect) {
			warning := ""
			if p.Warning {
				warning = "w: "
			}
			got = append(got, fmt.Sprintf("%d: %s%v", p.Line, warning, p.Err))
			if want := "f:" + strings.Replace(got[len(got)-1], "w: ", "warning: ", 1); p.Error() != want {
				t.Errorf("%s: a problem prints as %q, want %q", test.name, p, want)
			}
			if !errors.Is(p, fs.ErrInvalid) {
				t.Errorf("%s: %v is not fs.ErrInvalid", test.name, p)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestCheckHasProblems: Check has the problems of Settings, and beside them
// warnings alone.
func TestCheckHasProblems(t *testing.T) {
	t.Parallel()
	for _, text := range texts {
		file := wgconf.Parse("f", []byte(text))
		for _, d := range dialects {
			_, err := file.Settings(d)
			want := make(map[string]bool)
			for _, p := range unwrap(err) {
				want[p.Error()] = true
			}
			for _, p := range file.Check(d) {
				if p.Warning == want[p.Error()] {
					t.Errorf("%q: %v", text, p)
				}
				delete(want, p.Error())
			}
			if len(want) > 0 {
				t.Errorf("%q: Check has not %v", text, want)
			}
		}
	}
}
