package wgconf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
)

// checkText returns the problems of a file as "line: text".
func checkText(d wgconf.Dialect, text string) (problems []string) {
	for _, p := range wgconf.Parse("f", []byte(text)).Check(d) {
		line := fmt.Sprintf("f:%d: ", p.Line)
		if p.Line == 0 {
			line = "f: "
		}
		problems = append(problems, fmt.Sprintf("%d: %s", p.Line, strings.TrimPrefix(p.Error(), line)))
	}
	return problems
}

// Reasons of problems with endpoints.
const (
	placeholder = "replace the placeholder; "
	badHost     = "host must be an IP address or a name"
	badIPv4     = "host must be a complete IPv4 address, or a name"
	noPort      = "missing port: must be HOST:PORT"
	noIPv6Port  = "missing port: write [ADDRESS]:PORT"
	oneHost     = "must be one HOST:PORT, not a list"
	onePort     = "must be HOST:PORT with one port, or [ADDRESS]:PORT with an IPv6 address"
	noURL       = "must be HOST:PORT, not a URL"
	noPath      = "must be HOST:PORT without a path or prefix length"
	noQuotes    = "must be HOST:PORT without quotes"
	badPort     = "port must be 0 to 65535"
	looksLike   = "w:looks like a placeholder: must be HOST:PORT"
	space       = "w:wg(8) ignores the white space within it"
	brackets    = "w:brackets are for IPv6 addresses: write HOST:PORT"
	noPeer      = "w:not the address of a peer"
	noInterface = "w:link-local address without an interface: write [ADDRESS%INTERFACE]:PORT"
)

// endpointProblems are endpoints and what is wrong with them: an error, a warning
// after "w:", or nothing.
var endpointProblems = map[string]string{
	"vpn.example.com:51820": "", "vpn.example.com.:51820": "", "b\u00fccher.example:51820": "", "my_server:51820": "", "My_Server:51820": "", "_:1": "",
	"xn--bcher-kva.example:1": "", "localhost:1": "", "1e100.example:1": "", "ec2-203-0-113-25.compute-1.example:1": "", "A.EXAMPLE:1": "",
	"192.0.2.1:51820": "", "[2001:db8::1]:51820": "", "[fe80::1%eth0]:51820": "",

	"https://vpn.example.com:51820": noURL, "wg://vpn.example.com": noURL, "https://vpn.example.com/": noURL,
	"vpn.example.com/path:51820": noPath, "192.0.2.1/24:51820": noPath, `C:\wg:51820`: noPath,
	"vpn.example.com:51820:51820": onePort, "192.0.2.1:51820:51820": onePort, "1:2:3::4::5:51820": onePort,
	"<server>:51820": placeholder + badHost, "${HOST}:51820": placeholder + badHost, "$HOST:51820": placeholder + badHost,
	"{{ host }}:51820": placeholder + badHost, "%HOST%:51820": placeholder + badHost, "vpn.example.com:<port>": placeholder + badPort,
	"YOUR_SERVER": placeholder + noPort, "...:51820": placeholder + badHost,
	"YOUR_SERVER_IP:51820": looksLike, "SERVER_ADDRESS:51820": looksLike, "your-server.example:51820": looksLike, "changeme:1": looksLike,
	"your.server.example:1": looksLike, "yourdomain.example:1": looksLike, "vpn.yourserver.example:1": looksLike, "yourkit.example:1": "", "insert-host:1": looksLike,
	"Change-Me.example:1": looksLike, "todo:1": looksLike, "todos.example:1": "", "todo\u0080x:1": "", "paste_host:1": looksLike, "xxx:1": looksLike, "xx:1": "",
	"HOST:51820": looksLike, "[SERVER]:51820": looksLike, "none:51820": looksLike, "undefined:51820": looksLike, "\u2026:1": looksLike,
	"put-host-here:1": looksLike, "enter-host:1": looksLike, "host:1": "", "HOST.example:1": "", "none.example:1": "", "HOSTS:1": "",
	"@SERVER@:51820": placeholder + badHost,
	"x.x.x.x:51820":  looksLike, "192.0.2.X:51820": looksLike, "xxx.xxx.xxx.xxx:1": looksLike,
	"*:51820": badHost, "user@vpn.example.com:51820": badHost, "vpn..example.com:51820": badHost, ".example.com:51820": badHost,
	"a+b.example:1": badHost, "vpn.example.com!:1": badHost, "(none):1": badHost, strings.Repeat("\u00fc", 32) + ":1": badHost,
	strings.Repeat("a.", 127) + "a:1": badHost,
	"999.1.1.1:51820":                 badIPv4, "127.1:51820": badIPv4, "0x7f.1:51820": badIPv4, "2130706433:51820": badIPv4, "192.0.2.1.1:51820": badIPv4,
	"0x7f000001:1": badIPv4, "192.0.2.0x1:1": badIPv4, "192.0.2.1.:1": badIPv4, "010.0.0.1:1": badIPv4, "vpn.1:1": badIPv4,
	"192.0.2.1-51820": noPort, "192.0.2.1,192.0.2.2:51820": oneHost, "a.example:51820, b.example:51820": oneHost, "a.example:51820; b.example:51820": oneHost,
	`"vpn.example.com:51820"`: noQuotes, "'vpn.example.com':51820": noQuotes,
	"vpn.example.com 51820": noPort, "vpn.example.com": noPort, "vpn.example.com:": noPort, "192.0.2.1": noPort, "[2001:db8::1]": noPort,
	"2001:db8::1": noIPv6Port, "2001:db8::a": noIPv6Port, "::1": noIPv6Port, "2001:db8:0:1:2:3:4:5": noIPv6Port,
	":51820": "missing host: must be HOST:PORT", "vpn.example.com:wireguard": badPort, "vpn.example.com:65536": badPort, "a:51820/udp": badPort,

	"vpn.example.com : 51820": space, "vpn. example.com:51820": space,
	"[vpn.example.com]:51820": brackets, "[192.0.2.1]:51820": brackets,
	"2001:db8::1:51820": "w:" + unbracketed, "fe80::1%eth0:51820": "w:" + unbracketed,
	"fe80::1:5":                "w:IPv6 address without brackets, read as port 5: write [ADDRESS]:PORT",
	"[::ffff:192.0.2.1]:51820": "w:IPv4-mapped address: write 192.0.2.1:51820",
	"255.255.255.255:51820":    noPeer, "255.255.255.254:51820": "", "[febf::1]:1": noInterface, "[fe80::1]:51820": noInterface, "169.254.0.1:1": "",
	"0.0.0.0:51820": noPeer, "[::]:51820": noPeer, "224.0.0.1:51820": noPeer, "[ff02::1]:1": noPeer,
	"192.0.2.1:0": "w:port 0 cannot be reached",

	// The longest host name has 253 bytes, and a label 63.
	strings.Repeat("ab.", 84) + "o:1":    "",
	strings.Repeat("ab.", 84) + "oo:1":   badHost,
	strings.Repeat("\u00fc", 31) + "o:1": "",
	"MyHomeServerWireguard:1":            "", "deadbeefdeadbeefdeadbeefdeadbeef.example:1": "", "wireguardserver01:1": "", "deadbeefdeadbeefdeadbeefdeadbee:1": "",
	"a1b2C3d4E5f6a7b8c9d0.example:1": "", "a1b2C3d4E5f6a7b8c9d:1": "",
}

// TestCheckEndpoint checks what is reported about the value of an Endpoint: an error,
// a warning after "w:", or nothing. The value is quoted as it is.
func TestCheckEndpoint(t *testing.T) {
	t.Parallel()
	for value, want := range endpointProblems {
		if kind, reason, ok := strings.Cut(want, ":"); ok && kind == "w" {
			want = fmt.Sprintf("6: warning: Endpoint %q: %s", value, reason)
		} else if want != "" {
			want = fmt.Sprintf("6: invalid Endpoint %q: %s", value, want)
		}
		got := checkText(wgconf.DialectWG, "[Interface]\nPrivateKey = "+privateText+"\n[Peer]\nPublicKey = "+keyA+"\nAllowedIPs = ::/0\nEndpoint = "+value+"\n")
		if joined := strings.Join(got, "\n"); joined != want {
			t.Errorf("Check of the endpoint %q = %q, want %q", value, joined, want)
		}
	}
}

// TestKeyAsHost checks that a host that looks like a key is an error, so that no
// lookup sends it to a name server, and that the error does not quote it.
func TestKeyAsHost(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"[fe80::1%" + keyA + "]", "fe80::1%" + keyA[:20], keyA, keyA[:43], keyA[:20], "a1b2C3d4E5f6a7b8c9d0", "deadbeefdeadbeefdeadbeefdeadbeef", "DEADBEEFDEADBEEFDEADBEEFDEADBEEF0"} {
		got := checkText(wgconf.DialectWG, "[Interface]\nPrivateKey = "+privateText+"\n[Peer]\nPublicKey = "+keyB+"\nAllowedIPs = ::/0\nEndpoint = "+host+":51820\n")
		if len(got) != 1 || !strings.HasPrefix(got[0], "6: invalid Endpoint: ") {
			t.Errorf("Check of the endpoint %q = %q, want an error without the value", host+":51820", got)
		}
	}
}

// Reasons of problems with other values.
const (
	mapped       = "IPv4-mapped IPv6 addresses do not match IPv4 packets"
	noDNS        = "must be an IP address or a search domain"
	noAddress    = "must be an IP address with an optional prefix length"
	ignoredSpace = "wg(8) ignores the white space within it"
)

// valueProblems are lines, in [Interface] unless "[Peer] " precedes them, and their
// problems, separated by "|".
var valueProblems = map[string]string{
	"DNS = 192.0.2.1, corp.example, ~., ~corp.example, dns.example.": "", "DNS = 192.0.2.1 ::1": "",
	"[Peer] Endpoint = ":            "unrecognized line: missing value of Endpoint",
	"[Peer] Endpoint = # x":         "unrecognized line: missing value of Endpoint",
	"[Peer] Endpoint1= 192.0.2.1:5": `unrecognized line: unknown key "Endpoint1" in [Peer], did you mean Endpoint?`,
	"DNS = 192.0.2.1;192.0.2.2":     `invalid DNS "192.0.2.1;192.0.2.2": must be separated by commas, not ";"`,
	"DNS = 192.0.2.1; ::1":          `invalid DNS "192.0.2.1;": must be separated by commas, not ";"`,
	"DNS = 192.0.2.1/32":            `invalid DNS "192.0.2.1/32": must be an IP address without a prefix length`,
	"DNS = 2001:db8::1/128":         `invalid DNS "2001:db8::1/128": must be an IP address without a prefix length`,
	`DNS = "192.0.2.1"`:             `invalid DNS "\"192.0.2.1\"": must be without quotes`,
	"DNS = 192.0.2.1, 'x'":          `invalid DNS "'x'": must be without quotes`,
	"DNS = 192.0.2.1:53":            `invalid DNS "192.0.2.1:53": must be an IP address without a port`,
	"DNS = [2001:db8::1]:53":        `invalid DNS "[2001:db8::1]:53": must be an IP address without a port`,
	"DNS = [a:b]":                   `invalid DNS "[a:b]": ` + noDNS,
	"DNS = [2001:db8::1]":           `invalid DNS "[2001:db8::1]": must be an IP address without brackets`,
	"DNS = https://dns.example":     `invalid DNS "https://dns.example": must be an IP address, not a URL`,
	"DNS = dns.example/query":       `invalid DNS "dns.example/query": ` + noDNS,
	"DNS = 999.1.1.1":               `invalid DNS "999.1.1.1": ` + noDNS,
	"DNS = <dns>":                   `invalid DNS "<dns>": ` + placeholder + noDNS,
	"DNS = ${DNS}":                  `invalid DNS "${DNS}": ` + placeholder + noDNS,
	"DNS = 192.0.2.1, YOUR_DNS":     `warning: DNS "YOUR_DNS": looks like a placeholder: must be an IP address or a search domain`,
	"DNS = 192.0.2.1, a\vb":         `invalid DNS "a\vb": must not contain white space or control characters`,
	"DNS = ::ffff:192.0.2.1":        `warning: DNS "::ffff:192.0.2.1": IPv4-mapped address: write 192.0.2.1`,
	"DNS = corp.example":            "warning: DNS has only search domains: wg-quick(8) ignores them without the address of a server",

	"Address = <ip>/24":             `invalid Address "<ip>/24": ` + placeholder + noAddress,
	"Address = 10.0.0.X/24":         `invalid Address "10.0.0.X/24": ` + placeholder + noAddress,
	"Address = YOUR_IP":             `invalid Address "YOUR_IP": ` + placeholder + noAddress,
	"Address = 10.0.0.1;10.0.0.2":   `invalid Address "10.0.0.1;10.0.0.2": must be separated by commas, not ";"`,
	"Address = ::ffff:10.0.0.1/120": `warning: Address "::ffff:10.0.0.1/120": ` + mapped + ": write 10.0.0.1/24",
	"ListenPort = YOUR_PORT":        `invalid ListenPort "YOUR_PORT": ` + placeholder + "must be 0 to 65535",
	"ListenPort = 51 82O":           `invalid ListenPort "51 82O": must be 0 to 65535`,
	"ListenPort = 518 20":           `warning: ListenPort "518 20": ` + ignoredSpace,
	"FwMark = {{ mark }}":           `invalid FwMark "{{ mark }}": ` + placeholder + "must be 0 to 0xffffffff or off",
	"MTU = <mtu>":                   `invalid MTU "<mtu>": ` + placeholder + "must be a positive number of bytes without leading zeros",
	"PrivateKey = YOUR_KEY":         "invalid PrivateKey: " + placeholder + "private key has 8 characters, must have 44 (base64)",
	"PostUp = true\\":               `warning: PostUp: ends with "\": the command does not continue on the next line`,
	"PostUp = echo $x > /dev/null":  "",

	"[Peer] AllowedIPs = <subnet>":                   `invalid AllowedIPs "<subnet>": ` + placeholder + noAddress,
	"[Peer] AllowedIPs = 10.0.0.0/8, YOUR_NET":       `invalid AllowedIPs "YOUR_NET": ` + placeholder + noAddress,
	"[Peer] AllowedIPs = 10.0.0.0/8 192.0.2.0/24":    `invalid AllowedIPs "10.0.0.0/8 192.0.2.0/24": must be separated by commas, not spaces`,
	"[Peer] AllowedIPs = 10.0.0.1 10.0.0.2":          `invalid AllowedIPs "10.0.0.1 10.0.0.2": must be separated by commas, not spaces`,
	"[Peer] AllowedIPs = 10.0.0.0/8, 10. 0.0/8":      `invalid AllowedIPs "10. 0.0/8": ` + noAddress,
	"[Peer] AllowedIPs = 10.0.0.0/8, - 10.0.0 .0/33": `invalid AllowedIPs "- 10.0.0 .0/33": prefix length must be 0 to 32`,
	"[Peer] AllowedIPs = 10.0.0.0/8; ::/0":           `invalid AllowedIPs "10.0.0.0/8; ::/0": must be separated by commas, not ";"`,
	"[Peer] AllowedIPs = ::/0, +10. 0.0/8":           `invalid AllowedIPs "+10. 0.0/8": ` + noAddress,
	"[Peer] AllowedIPs = \u00a010.0.0.1":             `invalid AllowedIPs "\u00a010.0.0.1": ` + noAddress,
	"[Peer] AllowedIPs = ::/0, - 10.0.0.0/8":         "",
	"[Peer] AllowedIPs = 10.0.0.0/2 4":               `warning: AllowedIPs "10.0.0.0/2 4": ` + ignoredSpace,
	"[Peer] AllowedIPs = 10.0.0.0 / 24 , ::/0":       "",
	"[Peer] AllowedIPs = + 10.0.0.0/24, ::/0":        "",
	"[Peer] AllowedIPs = ::ffff:10.0.0.0/104":        `warning: AllowedIPs "::ffff:10.0.0.0/104": ` + mapped + ": write 10.0.0.0/8",
	"[Peer] AllowedIPs = ::/0, +::ffff:10.0.0.1":     `warning: AllowedIPs "::ffff:10.0.0.1": ` + mapped + ": write 10.0.0.1/32",
	"[Peer] AllowedIPs = ::ffff:10.0.0.0/96":         `warning: AllowedIPs "::ffff:10.0.0.0/96": ` + mapped + ": write 10.0.0.0/0|warning: AllowedIPs \"::ffff:10.0.0.0/96\": has host bits set; WireGuard will use ::ffff:0.0.0.0/96",
	"[Peer] AllowedIPs = ::ffff:0.0.0.0/80":          `warning: AllowedIPs "::ffff:0.0.0.0/80": ` + mapped + "|warning: AllowedIPs \"::ffff:0.0.0.0/80\": has host bits set; WireGuard will use ::/80",
	"[Peer] AllowedIPs = 0.0.0.0":                    `warning: AllowedIPs "0.0.0.0": only this address: write 0.0.0.0/0 for all addresses`,
	"[Peer] AllowedIPs = 10.0.0.0/8, ::":             `warning: AllowedIPs "::": only this address: write ::/0 for all addresses`,
	"[Peer] AllowedIPs = 0.0.0.0/32, +0.0.0.0/0":     `warning: AllowedIPs "0.0.0.0": only this address: write 0.0.0.0/0 for all addresses`,
	"[Peer] AllowedIPs = 0.0.0.0/0, ::/0, ::/1":      "",
	`[Peer] AllowedIPs = "10.0.0.0/8"`:               `invalid AllowedIPs "\"10.0.0.0/8\"": must be without quotes`,
	"[Peer] PublicKey = " + privateText:              "warning: PublicKey: this is the interface's private key, not the public key of a peer",
	"[Peer] PublicKey = YOUR_KEY":                    `invalid PublicKey "YOUR_KEY": ` + placeholder + "public key has 8 characters, must have 44 (base64)",
	"[Peer] PresharedKey = <psk>":                    "invalid PresharedKey: " + placeholder + "preshared key has 5 characters, must have 44 (base64)",
	"[Peer] PersistentKeepalive = $KEEPALIVE":        `invalid PersistentKeepalive "$KEEPALIVE": ` + placeholder + "must be 0 to 65535 seconds or off",
}

// TestCheckValues checks what is reported about the values of other keys, like
// TestCheckEndpoint.
func TestCheckValues(t *testing.T) {
	t.Parallel()
	for line, want := range valueProblems {
		text := "[Interface]\nPrivateKey = " + privateText + "\n"
		setting, inPeer := strings.CutPrefix(line, "[Peer] ")
		switch {
		case !inPeer:
		case strings.HasPrefix(setting, "AllowedIPs"):
			text += "[Peer]\nPublicKey = " + keyA + "\n"
		default:
			text += "[Peer]\nAllowedIPs = ::/0\n"
			if !strings.HasPrefix(setting, "PublicKey") {
				text += "PublicKey = " + keyA + "\n"
			}
		}
		var wantAll []string
		number := strings.Count(text, "\n") + 1
		for problem := range strings.SplitSeq(want, "|") {
			if problem != "" {
				wantAll = append(wantAll, fmt.Sprintf("%d: %s", number, problem))
			}
		}
		if strings.HasPrefix(setting, "PrivateKey") {
			text = strings.Replace(text, "PrivateKey = "+privateText, "# a key", 1)
		}
		if diff := cmp.Diff(wantAll, checkText(wgconf.DialectWGQuick, text+setting+"\n")); diff != "" {
			t.Errorf("Check of %q (-want +got):\n%s", line, diff)
		}
	}
}

// TestMissing checks the warnings about settings that a file lacks.
func TestMissing(t *testing.T) {
	t.Parallel()
	const (
		noInterface = "0: warning: no [Interface] section"
		noKey       = ": warning: no PrivateKey: the interface can neither send nor receive"
		noIPs       = ": " + noAllowedIPs
		peerA       = "[Peer]\nPublicKey = " + keyA + "\n"
		peerB       = "[Peer]\nPublicKey = " + keyB + "\n"
		ips         = "AllowedIPs = 192.0.2.1\n"
		own         = "[Interface]\nPrivateKey = " + privateText + "\n"
	)
	for _, test := range []struct {
		text      string
		quick, wg []string
	}{
		{"", []string{noInterface}, []string{noInterface}},
		{"# nothing\n", []string{noInterface}, []string{noInterface}},
		{peerA + ips, []string{noInterface}, nil}, // as for addconf
		{"\n[Interface]\nListenPort = 1\n", []string{"2" + noKey}, []string{"2" + noKey}},
		{"[Interface]\n[Interface]\n", []string{"1" + noKey}, []string{"1" + noKey}},
		{own, nil, nil},
		{"[Interface]\n[Interface]\nPrivateKey = " + privateText + "\n", nil, nil},
		{own + peerA, []string{"3" + noIPs}, []string{"3" + noIPs}},
		{own + peerA + peerB + ips, []string{"3" + noIPs}, []string{"3" + noIPs}},
		{own + peerA + ips + peerB, []string{"6" + noIPs}, []string{"6" + noIPs}},
		{own + peerA + ips + peerA, []string{"7: warning: PublicKey: [Peer] in line 3 has the same key: this section changes that peer"},
			[]string{"7: warning: PublicKey: [Peer] in line 3 has the same key: this section changes that peer"}},
		{own + peerA + "AllowedIPs = x\n", []string{`5: invalid AllowedIPs "x": must be an IP address with an optional prefix length`}, []string{`5: invalid AllowedIPs "x": must be an IP address with an optional prefix length`}},
		{own + "DNS = a.example\nDNS = b.example\n", []string{"3: warning: DNS has only search domains: wg-quick(8) ignores them without the address of a server"}, []string{
			"3: unrecognized line: DNS is a key of wg-quick(8)", "4: unrecognized line: DNS is a key of wg-quick(8)",
		}},
		{"[Interface]\nFwMark = 1\n[Peer]\nPublicKey = " + keyZero + "\n" + ips, []string{"1" + noKey}, []string{"1" + noKey}},
		{own + peerA + ips + "AllowedIPs = ::/0\n" + peerB + "AllowedIPs = ::1, 10.0.0.0/8, 10.0.0.0/8, 10.0.0.0/8\n", nil, nil},
		{own + peerA + "PublicKey = " + keyA + "\n" + ips, []string{"5: warning: PublicKey: overrides line 4"}, []string{"5: warning: PublicKey: overrides line 4"}},
		{own + "[Peer]\n", []string{"3: [Peer] has no PublicKey"}, []string{"3: [Peer] has no PublicKey"}},
		{"[Interface]\nPostUp = echo %i\n", []string{"1" + noKey}, []string{
			"1" + noKey, "2: unrecognized line: PostUp is a key of wg-quick(8)",
		}},
		{"[Interface]\nPostUp = wg set %i private-key /etc/wireguard/%i.key\n", nil, []string{
			"1" + noKey, "2: unrecognized line: PostUp is a key of wg-quick(8)",
		}},
		{"\ufeff" + own, []string{"1: unrecognized line: starts with a byte-order mark"}, []string{"1: unrecognized line: starts with a byte-order mark"}},
		{"\ufeff" + peerA + ips + own, []string{"1: unrecognized line: starts with a byte-order mark"}, []string{"1: unrecognized line: starts with a byte-order mark"}},
	} {
		if diff := cmp.Diff(test.quick, checkText(wgconf.DialectWGQuick, test.text)); diff != "" {
			t.Errorf("Check of %q for wg-quick (-want +got):\n%s", test.text, diff)
		}
		if diff := cmp.Diff(test.wg, checkText(wgconf.DialectWG, test.text)); diff != "" {
			t.Errorf("Check of %q for wg (-want +got):\n%s", test.text, diff)
		}
	}
}
