package wgcommand_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
	"github.com/wgctrl/wgctrl/wgconf"
)

// file creates a file. In "KEY = A" and "KEY = B", A and B stand for keys.
func file(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	text = strings.NewReplacer("= A\n", "= "+keyA+"\n", "= B\n", "= "+keyB+"\n").Replace(text)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// cleared begins the request of setconf for a file without settings of the
// interface.
const cleared = "private_key=" + hexZero + "\nlisten_port=0\nfwmark=0\nreplace_peers=true\n"

// TestSetConf checks the requests that setconf sends for a file.
func TestSetConf(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want, warning string }{
		"nothing":   {text: "", want: cleared},
		"a header":  {text: "[Interface]", want: cleared},
		"comments":  {text: "# c\n\n \t#x=y\n[Interface] # c\n", want: cleared},
		"interface": {text: "[Interface]\nPrivateKey = B\nListenPort = 5\nFwMark = 0x6\n", want: "private_key=" + hexB + "\nlisten_port=5\nfwmark=6\nreplace_peers=true\n"},
		"spaces": {text: " [ INTER face ] # x\r\n P r i vateKey\t= B\n\v listenport=1 2 3\nFWMARK=OFF",
			want: "private_key=" + hexB + "\nlisten_port=123\nfwmark=0\nreplace_peers=true\n"},
		"the last wins": {text: "[Interface]\nListenPort=5\n[Interface]\nListenPort=6\n", want: strings.Replace(cleared, "port=0", "port=6", 1)},
		"a NUL byte":    {text: "[Interface]\nListenPort=5\x00junk\n", want: strings.Replace(cleared, "port=0", "port=5", 1)},
		"a peer":        {text: "[Peer]\nPublicKey = A\n", want: cleared + lines("A:", "replace_allowed_ips=true")},
		"all of a peer": {
			text: "[peer]\nallowedips=10.0.0.0/8, ::/0\nEndpoint=192.0.2.1:5\nPersistentKeepalive=9\nPresharedKey = B\nPublicKey = A\n",
			want: cleared + lines("A:", "preshared_key="+hexB, "endpoint=192.0.2.1:5", "persistent_keepalive_interval=9",
				"replace_allowed_ips=true", "allowed_ip=10.0.0.0/8", "allowed_ip=::/0"),
		},
		"lists add up": {
			text: "[Peer]\nPublicKey = A\nAllowedIPs=10.0.0.0/8\nAllowedIPs=10.1.0.1/16\n",
			want: cleared + lines("A:", "replace_allowed_ips=true", "allowed_ip=10.0.0.0/8", "allowed_ip=10.1.0.0/16"),

			warning: "Warning: AllowedIP has nonzero host part: 10.1.0.1/16\n",
		},
		"the last list replaces": {
			text: "[Peer]\nPublicKey = A\nAllowedIPs=+10.0.0.0/8\nAllowedIPs=10.1.0.0/16\n",
			want: cleared + lines("A:", "replace_allowed_ips=true", "allowed_ip=10.0.0.0/8", "allowed_ip=10.1.0.0/16"),
		},
		"the last list adds": {
			text: "[Peer]\nPublicKey = A\nAllowedIPs=10.0.0.0/8\nAllowedIPs=+10.1.0.0/16\n",
			want: cleared + lines("A:", "allowed_ip=10.0.0.0/8", "allowed_ip=10.1.0.0/16"),
		},
		"one key twice": {
			text: "[Peer]\nPublicKey = A\n[Interface]\n[Peer]\nPublicKey = A\n",
			want: cleared + lines("A:", "replace_allowed_ips=true", "A:", "replace_allowed_ips=true"),
		},
		"a long line": {text: "[Interface]\n#" + strings.Repeat("x", 1<<17) + "\nFwMark=" + strings.Repeat("0", 1<<17) + "7", want: strings.Replace(cleared, "fwmark=0", "fwmark=7", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine("wg0", "")
			if got := m.run(t, "setconf", "wg0", file(t, test.text)); got != (result{err: test.warning}) {
				t.Errorf("setconf of %q = %+v, want %+v", test.text, got, result{err: test.warning})
			}
			if got := m.devices["wg0"].requests(); got != test.want {
				t.Errorf("requests for %q = %q, want %q", test.text, got, test.want)
			}
		})
	}
}

// TestInvalidFile checks the messages for the first invalid line, and that nothing
// is sent to the device.
func TestInvalidFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"no section":        {"ListenPort = 5\n", "Line unrecognized: `ListenPort=5'"},
		"a semicolon":       {"; x\n", "Line unrecognized: `;x'"},
		"another section":   {"[Inter#face]\n", "Line unrecognized: `[Inter'"},
		"after a section":   {"[Interface] x\n", "Line unrecognized: `[Interface]x'"},
		"no brackets":       {"Peer\n", "Line unrecognized: `Peer'"},
		"a byte-order mark": {"\ufeff[Interface]\n", "Line unrecognized: `\ufeff[Interface]'"},
		"a key of wg-quick": {"[Interface]\nAddress = 192.0.2.1\n", "Line unrecognized: `Address=192.0.2.1'"},
		"no value":          {"[Interface]\nListenPort = # 5\n", "Line unrecognized: `ListenPort='"},
		"no equals sign":    {"[Interface]\nListenPort\n", "Line unrecognized: `ListenPort'"},
		"an empty list":     {"[Peer]\nPublicKey = A\nAllowedIPs =\n", "Line unrecognized: `AllowedIPs='"},
		"a NUL byte":        {"[Interface]\nListen\x00Port = 5\n", "Line unrecognized: `Listen'"},
		"a peer's key":      {"[Interface]\nEndpoint = 192.0.2.1:5\n", "Line unrecognized: `Endpoint=192.0.2.1:5'"},
		"two equals signs":  {"[Interface]\nListenPort == 5\n", "Servname not supported for ai_socktype: `=5'"},
		"a port":            {"[Interface]\nListenPort = 65536\n", "Servname not supported for ai_socktype: `65536'"},
		"a mark":            {"[Interface]\nFwMark = x\n", "Fwmark is neither 0/off nor 0-0xffffffff: `x'"},
		"a keepalive":       {"[Peer]\nPersistentKeepalive = x\n", "Persistent keepalive interval is neither 0/off nor 1-65535: `x'"},
		"a public key":      {"[Peer]\nPublicKey = b a d\n", "Key is not the correct length or format: `bad'"},
		"an endpoint":       {"[Peer]\nEndpoint = 192.0.2.1\n", "Unable to find port of endpoint: `192.0.2.1'"},
		"an allowed IP":     {"[Peer]\nAllowedIPs = 192.0.2.1/8, x\n", "Warning: AllowedIP has nonzero host part: 192.0.2.1/8\nUnable to parse IP address: `x'"},
		"an empty element":  {"[Peer]\nAllowedIPs = 192.0.2.1,\n", "Unable to parse IP address: `'"},
		"the first":         {"[Peer]\nbogus 1\nbogus 2\n", "Line unrecognized: `bogus1'"},

		// wg quotes the secrets in these lines.
		"a private key":      {"[Interface]\nPrivateKey = bad\n", "Key is not the correct length or format: `(hidden)'"},
		"two private keys":   {"[Interface]\nPrivateKey = " + keyA + keyA, "Key is not the correct length or format: `(hidden)'"},
		"a preshared key":    {"[Peer]\nPresharedKey = bad\n", "Key is not the correct length or format: `(hidden)'"},
		"a key misplaced":    {"[Peer]\nPrivateKey = A\n", "Line unrecognized: `PrivateKey=(hidden)'"},
		"a key alone":        {"[Interface]\n" + keyA + "\n", "Line unrecognized: `(hidden)'"},
		"a key without sign": {"[Interface]\nPrivateKey " + keyA + "\n", "Line unrecognized: `(hidden)'"},
		"most of a key":      {"[Interface]\n: " + keyA[:40] + " ;\n", "Line unrecognized: `:(hidden);'"},
		"less of a key":      {"[Interface]\n: " + keyA[:39] + ";\n", "Line unrecognized: `:" + keyA[:39] + ";'"},
		"the other alphabet": {"[Interface]\n" + strings.Repeat("-_", 20) + "=x\n", "Line unrecognized: `(hidden)x'"},
		"several keys":       {"[Interface]\n" + keyA + "," + keyB + "=x\n", "Line unrecognized: `(hidden),(hidden)x'"},
	} {
		for _, subcommand := range []string{"setconf", "addconf", "syncconf"} {
			t.Run(name+" "+subcommand, func(t *testing.T) {
				t.Parallel()
				m := newMachine("wg0", "")
				got := m.run(t, subcommand, "wg0", file(t, test.text))
				if want := (result{err: test.want + "\nConfiguration parsing error\n", code: 1}); got != want {
					t.Errorf("%s of %q = %+v, want %+v", subcommand, test.text, got, want)
				}
				if got := m.devices["wg0"].requests(); got != "" {
					t.Errorf("requests = %q, want none", got)
				}
			})
		}
	}
}

// TestApplyFileErrors checks errors of the whole file and of the device.
func TestApplyFileErrors(t *testing.T) {
	t.Parallel()
	needLinuxMessages(t)
	m := newMachine("wg0", "")
	peer := file(t, "[Peer]\nPublicKey = A\n")
	for _, test := range []struct {
		subcommand, device, path, want string
	}{
		{"setconf", "wg0", filepath.Join(t.TempDir(), "nope"), "fopen: No such file or directory\n"},
		{"setconf", "nope", filepath.Join(t.TempDir(), "nope"), "fopen: No such file or directory\n"},
		{"setconf", "wg0", "", "fopen: No such file or directory\n"},
		{"addconf", "wg0", file(t, "[Peer]\n"), "A peer is missing a public key\nInvalid configuration\n"},
		{"setconf", "wg0", file(t, "[Peer]\nPublicKey = A\n[Peer]\nAllowedIPs = ::1\n"), "A peer is missing a public key\nInvalid configuration\n"},
		{"setconf", "nope", peer, "Unable to modify interface: No such device\n"},
		{"addconf", "abcdefghijklmnop", peer, "Unable to modify interface: File name too long\n"},
		{"syncconf", "nope", peer, "Unable to retrieve current interface configuration: No such device\n"},
		{"syncconf", "abcdefghijklmnop", peer, "Unable to retrieve current interface configuration: File name too long\n"},
		{"syncconf", "nope", os.DevNull, "Unable to modify interface: No such device\n"},
	} {
		if got := m.run(t, test.subcommand, test.device, test.path); got != (result{err: test.want, code: 1}) {
			t.Errorf("%s %s %s = %+v, want %q", test.subcommand, test.device, test.path, got, test.want)
		}
	}
	if got := m.devices["wg0"].requests(); got != "" {
		t.Errorf("requests = %q, want none", got)
	}
}

// TestUnreadableFile checks that a file that cannot be read clears no settings.
func TestUnreadableFile(t *testing.T) {
	t.Parallel()
	m := newMachine("wg0", "")
	want := result{err: "Unable to read file: Is a directory\n", code: 1}
	if got := m.run(t, "setconf", "wg0", t.TempDir()); got != want || m.devices["wg0"].requests() != "" {
		t.Errorf("setconf of a directory = %+v, requests %q, want %+v, none", got, m.devices["wg0"].requests(), want)
	}
}

// TestAddConf checks that settings that the file does not have stay, except for
// allowed IPs.
func TestAddConf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "",
		"[Interface]\nFwMark=7":   "fwmark=7\n",
		"[Peer]\nPublicKey = A\n": lines("A:", "replace_allowed_ips=true"),
	} {
		m := newMachine("wg0", "listen_port=5\n")
		if got := m.run(t, "addconf", "wg0", file(t, text)); got != (result{}) || m.devices["wg0"].requests() != want {
			t.Errorf("addconf of %q = %+v, requests %q, want %+v, %q", text, got, m.devices["wg0"].requests(), result{}, want)
		}
	}
}

// TestSyncConf checks the requests of syncconf, which keep sessions.
func TestSyncConf(t *testing.T) {
	t.Parallel()
	state := lines("listen_port=5", "A:", "preshared_key="+hexA, "persistent_keepalive_interval=9", "allowed_ip=10.0.0.0/8",
		"public_key="+strings.Repeat("30", 32), "public_key="+strings.Repeat("31", 32))
	written := "private_key=" + hexZero + "\nlisten_port=0\nfwmark=0\n"
	gone := lines("public_key="+strings.Repeat("31", 32), "remove=true", "public_key="+strings.Repeat("30", 32), "remove=true")
	for name, test := range map[string]struct{ state, text, want string }{
		"no peer in the file": {state, "[Interface]\n", cleared},
		"no peer in the device": {"listen_port=5\n", "[Peer]\nPublicKey = A\n",
			cleared + lines("A:", "replace_allowed_ips=true")},
		"settings that are off": {state, "[Peer]\nPublicKey = A\n",
			written + gone + lines("A:", "preshared_key="+hexZero, "persistent_keepalive_interval=0", "replace_allowed_ips=true")},
		"settings that the device does not have": {lines("A:", "allowed_ip=10.0.0.0/8"), "[Peer]\nPublicKey = A\n",
			written + lines("A:", "replace_allowed_ips=true")},
		"settings that are given": {state, "[Peer]\nPublicKey = A\nPresharedKey = B\nPersistentKeepalive=1\nAllowedIPs=+::/0\n",
			written + gone + lines("A:", "preshared_key="+hexB, "persistent_keepalive_interval=1", "allowed_ip=::/0")},
		"another peer": {state, "[Peer]\nPublicKey = B\n",
			written + gone + lines("A:", "remove=true", "B:", "replace_allowed_ips=true")},
		"a peer twice": {state, "[Peer]\nPublicKey = A\n[Peer]\nPublicKey = A\nPersistentKeepalive=1\n",
			written + gone + lines("A:", "preshared_key="+hexZero, "persistent_keepalive_interval=0", "replace_allowed_ips=true",
				"A:", "persistent_keepalive_interval=1", "replace_allowed_ips=true")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine("wg0", test.state)
			if got := m.run(t, "syncconf", "wg0", file(t, test.text)); got != (result{}) {
				t.Errorf("syncconf of %q = %+v, want %+v", test.text, got, result{})
			}
			if got := m.devices["wg0"].requests(); got != test.want {
				t.Errorf("requests for %q = %q, want %q", test.text, got, test.want)
			}
		})
	}
}

// TestStrictFile checks that Env.Strict reports every error of a file, without
// secrets, and refuses a file that would clear the device.
func TestStrictFile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ subcommand, text, want string }{
		{"setconf", "[Interface]\nListenPort = 65536\nPrivateKey = " + keyA[:43] + "\n" + keyB + "\n",
			"wg: FILE:2: invalid ListenPort \"65536\": must be 0 to 65535\nwg: FILE:3: invalid PrivateKey: "},
		{"addconf", "[Peer]\nAllowedIPs = x\n", "wg: FILE:2: invalid AllowedIPs \"x\": must be an IP address with an optional prefix length\nwg: FILE:1: [Peer] has no PublicKey\n"},
		{"setconf", "[Interface]\nListenPort = 5\nAddress = 10.0.0.1/24\n", "wg: FILE:3: unrecognized line: Address is a key of wg-quick(8)"},
		{"setconf", "", "wg: FILE: no settings of wg(8) and no peers: "},
		{"syncconf", "[Interface]\n", "wg: FILE: no settings of wg(8) and no peers: "},
		{"addconf", "[Interface]\n", ""},
	} {
		m := newMachine("wg0", "listen_port=5\n")
		m.change = func(e *wgcommand.Env) { e.Strict = true }
		path := file(t, test.text)
		got := m.run(t, test.subcommand, "wg0", path)
		want := strings.ReplaceAll(test.want, "FILE", path)
		if !strings.HasPrefix(got.err, want) || got.out != "" || (got.code == 0) != (want == "") || (got.err == "") != (want == "") || m.devices["wg0"].requests() != "" {
			t.Errorf("%s of %q = %+v, requests %q, want error %q and no requests", test.subcommand, test.text, got, m.devices["wg0"].requests(), want)
		}
		for _, key := range []string{keyA[:43], keyB} {
			if strings.Contains(got.err, key[:16]) {
				t.Errorf("%s of %q = %+v, want no key", test.subcommand, test.text, got)
			}
		}
	}
}

// TestStrictPeers checks that Env.Strict sends the same requests and prints the same
// warnings as wg, which parses the file line by line.
func TestStrictPeers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"[Peer]\nPublicKey = A\nPresharedKey = B\nEndpoint = 192.0.2.1:5\nPersistentKeepalive = 9\nAllowedIPs = 10.0.0.0/8, ::/0\n",
		"[Peer]\nPublicKey = A\nAllowedIPs = 10.0.0.1/8\nAllowedIPs = 2001:db8::1/64\nEndpoint = [2001:db8::1]:5\n",
		"[Peer]\nPublicKey = A\nAllowedIPs = 10.0.0.0/8\nAllowedIPs = +10.1.0.0/16, -10.2.0.0/16\n",
		"[Peer]\nPublicKey = A\n[Interface]\nFwMark = 6\n[Peer]\nPublicKey = B\n[Peer]\nPublicKey = A\nPersistentKeepalive = off\n",
	} {
		for _, subcommand := range []string{"setconf", "addconf", "syncconf"} {
			m, strict := newMachine("wg0", lines("B:")), newMachine("wg0", lines("B:"))
			strict.change = func(e *wgcommand.Env) { e.Strict = true }
			path := file(t, "[Interface]\nPrivateKey = B\n"+text)
			want, got := m.run(t, subcommand, "wg0", path), strict.run(t, subcommand, "wg0", path)
			if got != want || want.code != 0 {
				t.Errorf("strict %s of %q = %+v, want %+v", subcommand, text, got, want)
			}
			if got, want := strict.devices["wg0"].requests(), m.devices["wg0"].requests(); got != want || want == "" {
				t.Errorf("requests of strict %s for %q = %q, want %q", subcommand, text, got, want)
			}
		}
	}
}

// TestStrictKeepsKey checks that a file without PrivateKey clears everything but
// the key if Env.Strict is set.
func TestStrictKeepsKey(t *testing.T) {
	t.Parallel()
	for _, subcommand := range []string{"setconf", "syncconf"} {
		for text, want := range map[string]string{
			"":                            "listen_port=0\nfwmark=0\nreplace_peers=true\n",
			"[Interface]\nFwMark = 5\n":   "listen_port=0\nfwmark=5\nreplace_peers=true\n",
			"[Interface]\nPrivateKey = B": "private_key=" + hexB + "\nlisten_port=0\nfwmark=0\nreplace_peers=true\n",
		} {
			m := newMachine("wg0", "")
			m.change = func(e *wgcommand.Env) { e.Strict, e.AllowEmpty = true, true }
			if got := m.run(t, subcommand, "wg0", file(t, text+"\n")); got != (result{}) || m.devices["wg0"].requests() != want {
				t.Errorf("%s of %q = %+v, requests %q, want %+v, %q", subcommand, text, got, m.devices["wg0"].requests(), result{}, want)
			}
		}
	}
}

// TestStrictReadsFiles checks that Env.Strict refuses endless devices and large
// files.
func TestStrictReadsFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs /dev/zero")
	}
	large := file(t, "")
	if err := os.Truncate(large, wgconf.MaxSize+1); err != nil {
		t.Fatal(err)
	}
	for _, subcommand := range []string{"setconf", "addconf"} {
		for path, want := range map[string]string{
			"/dev/zero": "wg: open /dev/zero: is a device: must be a regular file\n",
			large:       "wg: " + large + ": file is larger than 64 MiB\n",
		} {
			m := newMachine("wg0", "")
			m.change = func(e *wgcommand.Env) { e.Strict = true }
			if got := m.run(t, subcommand, "wg0", path); got != (result{err: want, code: 1}) || m.devices["wg0"].requests() != "" {
				t.Errorf("%s of %s = %+v, requests %q, want error %q", subcommand, path, got, m.devices["wg0"].requests(), want)
			}
		}
	}
}
