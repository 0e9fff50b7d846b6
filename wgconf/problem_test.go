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

// checkTests are files and their problems. A problem has its line, "w:" if it is a
// warning, and the text.
var checkTests = []struct {
	name    string
	dialect wgconf.Dialect
	text    string
	want    []string
}{
	{"nothing", wgconf.DialectWG, "", nil},
	{"complete", wgconf.DialectWGQuick, complete, []string{`9: w: PreUp: wg-quick(8) before v1.0.20260223 ends the command at "#"`}},
	{
		"unrecognized", wgconf.DialectWG,
		"ListenPort = 1\n[Interface]\nAdress = 1\nFirewallMarkOfThisInterface = 1\nPublicKey = x\nAddress = 10.0.0.1\n; c\n[Pear]\nx\n[Peer]\nPublicKey = " + keyA + "\nListenPort = 1\nAllowedIPs =\nAllowedIPs\nAllowedIPs:::/0\n=\n",
		[]string{
			`1: unrecognized line: ListenPort belongs in [Interface]`,
			`3: unrecognized line: unknown key "Adress" in [Interface], did you mean Address?`,
			`4: unrecognized line: unknown key "FirewallMarkOfThisInterface" in [Interface]`,
			`5: unrecognized line: PublicKey belongs in [Peer]`,
			`6: unrecognized line: Address is a key of wg-quick(8)`,
			`7: unrecognized line: unknown key ";c" in [Interface]`,
			`8: unrecognized line: unknown section "[Pear]": must be [Interface] or [Peer]`,
			`9: unrecognized line: "x" is outside of a section: must follow [Interface] or [Peer]`,
			`12: unrecognized line: ListenPort belongs in [Interface]`,
			`13: unrecognized line: missing value of AllowedIPs`,
			`14: unrecognized line: missing "=" after AllowedIPs`,
			`15: unrecognized line: missing "=" after AllowedIPs`,
			`16: unrecognized line: unknown key "" in [Peer]`,
		},
	},
	{
		"names that may be keys", wgconf.DialectWG,
		"[Interface]\n" + keyA[:16] + " = x\n" + keyA[:15] + " = x\n" + strings.Repeat("vpn-", 10) + " = x\n[" + keyA + "]\n" + keyA + "\n",
		[]string{
			`2: unrecognized line: unknown key (16 characters) in [Interface]`,
			`3: unrecognized line: unknown key "` + keyA[:15] + `" in [Interface]`,
			`4: unrecognized line: unknown key (40 characters) in [Interface]`,
			`5: unrecognized line: unknown section (44 characters): must be [Interface] or [Peer]`,
			`6: unrecognized line: text (43 characters) is outside of a section: must follow [Interface] or [Peer]`,
		},
	},
	{
		"wg-quick's keys elsewhere", wgconf.DialectWGQuick,
		"Address = 10.0.0.1\n[Peer]\nPublicKey = " + keyA + "\nDNS = 192.0.2.1\n[ Interface ]\nPostUp = true\n[Interface]\nPost Up = true\n",
		[]string{
			`1: unrecognized line: Address belongs in [Interface]`,
			`4: unrecognized line: DNS belongs in [Interface]`,
			`5: w: wg(8) reads this header as [Interface], wg-quick(8) does not`,
			`6: unrecognized line: wg-quick(8) does not recognize the header of the section of PostUp as [Interface]`,
			`8: unrecognized line: wg-quick(8) does not recognize PostUp with white space in it`,
		},
	},
	{
		"a header that only wg-quick recognizes", wgconf.DialectWGQuick, "[Interface] = x\nAddress = 10.0.0.1\nListenPort = 1\n",
		[]string{
			`1: unrecognized line: unknown section "[Interface]": must be [Interface] or [Peer]`,
			`3: unrecognized line: ListenPort belongs in [Interface]`,
		},
	},
	{
		"values of wg", wgconf.DialectWG,
		"[Interface]\nPrivateKey = " + privateText[:43] + "\nListenPort = 65536\nFwMark = 0X1\n[Peer]\nPublicKey = " + strings.Replace(keyA, "g=", "h=", 1) +
			"\nPresharedKey = x\nAllowedIPs = 10.0.0.0/8, 10.0.0/8\nAllowedIPs = 10.0.0.0/33\nAllowedIPs = ::/0,\nEndpoint = example.com\nEndpoint = a:http\nPersistentKeepalive = 25s\n",
		[]string{
			`2: invalid PrivateKey: private key has 43 characters, must have 44 (base64)`,
			`3: invalid ListenPort "65536": must be 0 to 65535`,
			`4: invalid FwMark "0X1": must be 0 to 0xffffffff or off`,
			`6: invalid PublicKey: public key is not valid base64 of 32 bytes`,
			`7: invalid PresharedKey: preshared key has 1 character, must have 44 (base64)`,
			`8: invalid AllowedIPs "10.0.0/8": must be an IP address with an optional prefix length`,
			`9: invalid AllowedIPs "10.0.0.0/33": prefix length must be 0 to 32`,
			`10: invalid AllowedIPs: missing address`,
			`11: invalid Endpoint "example.com": missing port: must be HOST:PORT`,
			`12: invalid Endpoint "a:http": port must be 0 to 65535`,
			`12: w: Endpoint: overrides line 11`,
			`13: invalid PersistentKeepalive "25s": must be 0 to 65535 seconds or off`,
		},
	},
	{
		"values of wg-quick", wgconf.DialectWGQuick,
		"[Interface]\nAddress = 10.0.0.1/24, 10.0.0.2/33\nAddress = fe80::1%eth0\nDNS = 192.0.2\nDNS = fe80::1::\nMTU = 01500\nTable = 4294967296\nTable = a b\nSaveConfig = yes\n",
		[]string{
			`2: invalid Address "10.0.0.2/33": prefix length must be 0 to 32`,
			`3: invalid Address "fe80::1%eth0": must be an IP address with an optional prefix length`,
			`4: invalid DNS "192.0.2": must be an IP address or a search domain`,
			`5: invalid DNS "fe80::1::": must be an IP address or a search domain`,
			`6: invalid MTU "01500": must be a positive number of bytes without leading zeros`,
			`7: invalid Table "4294967296": must be at most 4294967295`,
			`8: invalid Table "a b": must not contain white space or control characters`,
			`8: w: Table: overrides line 7`,
			`9: invalid SaveConfig "yes": must be true or false`,
		},
	},
	{
		"no public key", wgconf.DialectWG, "[Peer]\n[Peer]\nEndpoint = a:1\n[Peer]\nPublicKey = x\n",
		[]string{
			`1: [Peer] has no PublicKey`,
			`2: [Peer] has no PublicKey`,
			`5: invalid PublicKey: public key has 1 character, must have 44 (base64)`,
		},
	},
	{
		"repeated", wgconf.DialectWG,
		"[Interface]\nListenPort = 1\n[Interface]\nListenPort = 2\n[Peer]\nPublicKey = " + keyA + "\nEndpoint = a:1\nEndpoint = b:1\nAllowedIPs = ::/0\nAllowedIPs = 0.0.0.0/0\n[Peer]\nPublicKey = " + keyB + "\nEndpoint = a:1\n",
		[]string{
			`4: w: ListenPort: overrides line 2`,
			`8: w: Endpoint: overrides line 7`,
		},
	},
	{
		"no = and no value", wgconf.DialectWGQuick, "[Interface]\nDNS\nPostUp # a = b\nPostUp =\nAddress = # x\nMTU=\nSaveConfig\nTable\n",
		[]string{
			`2: w: DNS: missing "=": wg-quick(8) uses the whole line as the value`,
			`3: w: PostUp: missing "=": wg-quick(8) uses the whole line as the value`,
			`4: w: PostUp: missing value`,
			`5: w: Address: missing value`,
			`6: w: MTU: missing value`,
			`7: invalid SaveConfig "SaveConfig": must be true or false`,
			`7: w: SaveConfig: missing "=": wg-quick(8) uses the whole line as the value`,
			`8: w: Table: missing "=": wg-quick(8) uses the whole line as the value`,
		},
	},
	{
		"comments", wgconf.DialectWGQuick, "[Interface]\nListenPort = 1#2\nListenPort = 3 #4\nDNS = a#b\nPostUp = a # b\n",
		[]string{
			`2: w: ListenPort: "#" starts a comment and ends the value`,
			`3: w: ListenPort: overrides line 2`,
			`4: w: DNS: "#" starts a comment and ends the value`,
			`5: w: PostUp: wg-quick(8) before v1.0.20260223 ends the command at "#"`,
		},
	},
	{
		"bytes", wgconf.DialectWG, "\ufeff[Interface]\nListenPort = 1\x002\n",
		[]string{
			`1: unrecognized line: starts with a byte-order mark`,
			`2: w: ListenPort: NUL byte: wg(8) ends the line there, wg-quick(8) ignores it`,
		},
	},
	{
		"first byte", wgconf.DialectWGQuick, "[Interface]\n\x00ListenPort = 1\n",
		[]string{`2: w: ListenPort: NUL byte: wg(8) ends the line there, wg-quick(8) ignores it`},
	},
	{
		"white space before a separator", wgconf.DialectWG, "[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = 10.0.0.0/8  ,  192.0.2.0  /  24\n", nil,
	},
	{
		"own key overridden", wgconf.DialectWG,
		"[Interface]\nPrivateKey = " + privateText + "\n[Peer]\nPublicKey = " + ownText + "\nPublicKey = " + keyA + "\nAllowedIPs = ::/0\n",
		[]string{`5: w: PublicKey: overrides line 4`},
	},
	{
		"patterns", wgconf.DialectWGQuick, "[Interface]\nDNS = *.example, a.example\nDNS = [a]\nAddress = 10.0.0.?\n",
		[]string{
			`2: w: DNS "*.example, a.example": the shell may expand this as a file name pattern`,
			`3: w: DNS "[a]": the shell may expand this as a file name pattern`,
			`4: invalid Address "10.0.0.?": must be an IP address with an optional prefix length`,
			`4: w: Address "10.0.0.?": the shell may expand this as a file name pattern`,
		},
	},
	{
		"prefixes", wgconf.DialectWG,
		"[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = 10.1.2.3/08, ::/0, ::/0\n[Peer]\nPublicKey = " + keyB +
			"\nAllowedIPs = ::1/0, -10.0.0.0/8\nAllowedIPs = 192.0.2.0/24\n",
		[]string{
			`3: w: AllowedIPs "10.1.2.3/08": has host bits set; WireGuard will use 10.0.0.0/8`,
			`6: w: AllowedIPs "::1/0": has host bits set; WireGuard will use ::/0`,
			`6: w: AllowedIPs "::/0": [Peer] in line 1 also has this prefix: this section takes it from that peer`,
			`7: w: AllowedIPs: the last list of the section decides whether all of them are incremental (with "+" or "-") or replace the peer's`,
		},
	},
	{
		"peers", wgconf.DialectWG,
		"[Peer]\nPublicKey = " + ownText + "\n[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = ::/0\nEndpoint = [::1]:0\n[Peer]\nPublicKey = " + keyB + "\nPublicKey = " + keyA +
			"\nAllowedIPs = ::/0\n[Interface]\nPrivateKey = " + privateText + "\n",
		[]string{
			`2: w: PublicKey: this is the interface's own key: the device ignores such a peer`,
			`6: w: Endpoint "[::1]:0": port 0 cannot be reached`,
			`9: w: PublicKey: overrides line 8`,
			`9: w: PublicKey: [Peer] in line 3 has the same key: this section changes that peer`,
		},
	},
	{
		"tables", wgconf.DialectWGQuick, "[Interface]\nTable = Off\n[Interface]\nTable = AUTO\n",
		[]string{
			`2: w: Table "Off": wg-quick(8) reads this as a table name, not as off`,
			`4: w: Table: overrides line 2`,
			`4: w: Table "AUTO": wg-quick(8) reads this as a table name, not as auto`,
		},
	},
}

// isMissing reports whether p is a warning about settings that a file lacks, which
// most of checkTests do. TestMissing tests them.
func isMissing(p *wgconf.Problem) bool {
	return p.Warning && p.Key == "" && (strings.HasPrefix(p.Reason, "no ") || strings.HasPrefix(p.Reason, "DNS has only"))
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, test := range checkTests {
		file := wgconf.Parse("f", []byte(test.text))
		var got []string
		for _, p := range file.Check(test.dialect) {
			if isMissing(p) {
				continue
			}
			warning := ""
			if p.Warning {
				warning = "w: "
			}
			text := strings.TrimPrefix(p.Error(), fmt.Sprintf("f:%d: ", p.Line))
			got = append(got, fmt.Sprintf("%d: %s%s", p.Line, warning, strings.TrimPrefix(text, "warning: ")))
			if want := "f:" + strings.Replace(got[len(got)-1], "w: ", "warning: ", 1); p.Error() != want {
				t.Errorf("%s: Error() = %q, want %q", test.name, p, want)
			}
			if !errors.Is(p, fs.ErrInvalid) {
				t.Errorf("%s: errors.Is(%v, fs.ErrInvalid) = false, want true", test.name, p)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestProblemFields checks every field of errors and warnings.
func TestProblemFields(t *testing.T) {
	t.Parallel()
	const text = "[Interface]\nListenPort = 1 x\nTable = Off\n[Peer]\nPublicKey = " + keyA + "\nEndpoint = [a]:1\nDNS = 192.0.2.1\nx = y\n[Peer]\n"
	want := []wgconf.Problem{
		{Line: 1, Section: "Interface", Reason: "no PrivateKey: the interface can neither send nor receive", Warning: true},
		{Line: 2, Section: "Interface", Key: "ListenPort", Value: "1 x", Reason: "must be 0 to 65535", Err: wgconf.ErrInvalidValue},
		{Line: 3, Section: "Interface", Key: "Table", Value: "Off", Reason: "wg-quick(8) reads this as a table name, not as off", Warning: true},
		{Line: 4, Section: "Peer", Reason: "no AllowedIPs: no packets go to this peer or are accepted from it", Warning: true},
		{Line: 6, Section: "Peer", Key: "Endpoint", Value: "[a]:1", Reason: "brackets are for IPv6 addresses: write HOST:PORT", Warning: true},
		{Line: 7, Section: "Peer", Key: "DNS", Reason: "DNS belongs in [Interface]", Err: wgconf.ErrUnrecognized},
		{Line: 8, Section: "Peer", Reason: `unknown key "x" in [Peer]`, Err: wgconf.ErrUnrecognized},
		{Line: 9, Section: "Peer", Err: wgconf.ErrNoPublicKey},
	}
	got := wgconf.Parse("f", []byte(text)).Check(wgconf.DialectWGQuick)
	if len(got) != len(want) {
		t.Fatalf("Check of %q = %v, want %d problems", text, got, len(want))
	}
	for i := range want {
		want[i].File = "f"
		if *got[i] != want[i] {
			t.Errorf("problem %d of %q = %+v, want %+v", i, text, *got[i], want[i])
		}
	}
}

// TestCheckHasProblems checks that Check reports the problems of Settings, and
// otherwise only warnings.
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
					t.Errorf("Check of %q reports %v, want it as a warning or from Settings, not both", text, p)
				}
				delete(want, p.Error())
			}
			if len(want) > 0 {
				t.Errorf("Check of %q lacks problems of Settings, want %v", text, want)
			}
		}
	}
}
