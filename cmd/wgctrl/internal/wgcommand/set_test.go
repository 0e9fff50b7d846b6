package wgcommand_test

import (
	"strings"
	"testing"
)

const (
	keyA, hexA = "ISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISE=", "2121212121212121212121212121212121212121212121212121212121212121"
	keyB, hexB = "QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEA=", "4040404040404040404040404040404040404040404040404040404040404040"
	hexZero    = "0000000000000000000000000000000000000000000000000000000000000000"
)

// words splits a command line at spaces. A and B stand for keys, and two quotes for an
// empty argument.
func words(line string) []string {
	list := strings.Fields(line)
	for i, word := range list {
		switch word {
		case "A":
			list[i] = keyA
		case "B":
			list[i] = keyB
		case "''":
			list[i] = ""
		}
	}
	return list
}

// lines joins the lines of a request. The lines "A:" and "B:" begin a peer.
func lines(list ...string) string {
	text := strings.Join(list, "\n")
	text = strings.ReplaceAll(text, "A:", "public_key="+hexA)
	text = strings.ReplaceAll(text, "B:", "public_key="+hexB)
	if text != "" {
		text += "\n"
	}
	return text
}

// TestSet checks the requests of set. Unless a comment says otherwise, wg sends the
// same, except for the order, host bits and update_only.
func TestSet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ words, want, warning string }{
		{words: "listen-port 51821", want: "listen_port=51821\n"},
		{words: "listen-port 0", want: "listen_port=0\n"},
		{words: "listen-port 65535", want: "listen_port=65535\n"},
		{words: "listen-port +5", want: "listen_port=5\n"},
		{words: "listen-port 010", want: "listen_port=10\n"},
		{words: "listen-port 5 listen-port 6", want: "listen_port=6\n"},
		{words: "fwmark off", want: "fwmark=0\n"},
		{words: "fwmark OFF", want: "fwmark=0\n"},
		{words: "fwmark 010", want: "fwmark=10\n"},
		{words: "fwmark 0xABcd", want: "fwmark=43981\n"},
		{words: "fwmark 4294967295", want: "fwmark=4294967295\n"},
		{words: "peer A", want: lines("A:")},
		{words: "peer A peer B", want: lines("A:", "B:")},
		{words: "peer A remove", want: lines("A:", "remove=true")},
		{words: "peer A remove remove", want: lines("A:", "remove=true")},
		{words: "peer A allowed-ips 10.0.0.0/8 remove peer B", want: lines("A:", "remove=true", "B:")},
		{words: "peer A persistent-keepalive off", want: lines("A:", "persistent_keepalive_interval=0")},
		{words: "peer A persistent-keepalive 65535", want: lines("A:", "persistent_keepalive_interval=65535")},
		{words: "peer A persistent-keepalive 007", want: lines("A:", "persistent_keepalive_interval=7")},
		{words: "peer A endpoint 192.0.2.1:5", want: lines("A:", "endpoint=192.0.2.1:5")},
		{words: "peer A endpoint [192.0.2.1]:0", want: lines("A:", "endpoint=192.0.2.1:0")},
		{words: "peer A endpoint [::1]:65535", want: lines("A:", "endpoint=[::1]:65535")},
		{words: "peer A endpoint fe80::1:5", want: lines("A:", "endpoint=[fe80::1]:5")},
		{words: "peer A endpoint 192.0.2.1:5 endpoint ::1:+6", want: lines("A:", "endpoint=[::1]:6")},
		{words: "peer A endpoint [2001:db8::1%7]:5", want: lines("A:", "endpoint=[2001:db8::1%7]:5")},
		{words: "peer A endpoint [2001:db8::1%0]:5", want: lines("A:", "endpoint=[2001:db8::1]:5")},
		{words: "peer A allowed-ips ''", want: lines("A:", "replace_allowed_ips=true")},
		{words: "peer A allowed-ips 10.0.0.0/8,::/0", want: lines("A:", "replace_allowed_ips=true", "allowed_ip=10.0.0.0/8", "allowed_ip=::/0")},
		{words: "peer A allowed-ips 192.0.2.1,2001:db8::1/064", want: lines("A:", "replace_allowed_ips=true", "allowed_ip=192.0.2.1/32", "allowed_ip=2001:db8::/64"),
			warning: "Warning: AllowedIP has nonzero host part: 2001:db8::1/064\n"},
		{words: "peer A allowed-ips +10.0.0.1/8,192.0.2.1/0", want: lines("A:", "allowed_ip=10.0.0.0/8", "allowed_ip=0.0.0.0/0"),
			warning: "Warning: AllowedIP has nonzero host part: 10.0.0.1/8\nWarning: AllowedIP has nonzero host part: 192.0.2.1/0\n"},
		{words: "peer A allowed-ips 10.0.0.0/8 allowed-ips 10.1.0.0/16", want: lines("A:", "replace_allowed_ips=true", "allowed_ip=10.0.0.0/8", "allowed_ip=10.1.0.0/16")},
		{words: "peer A allowed-ips +10.0.0.0/8 allowed-ips 10.1.0.0/16", want: lines("A:", "replace_allowed_ips=true", "allowed_ip=10.0.0.0/8", "allowed_ip=10.1.0.0/16")},
		{words: "peer A allowed-ips 10.0.0.0/8 allowed-ips +10.1.0.0/16", want: lines("A:", "allowed_ip=10.0.0.0/8", "allowed_ip=10.1.0.0/16")},
		{words: "peer A allowed-ips +10.0.0.0/8 allowed-ips ''", want: lines("A:", "replace_allowed_ips=true", "allowed_ip=10.0.0.0/8")},
		// Removals take two requests: see docs/semantics.md.
		{words: "peer A allowed-ips -10.0.0.0/8", want: lines("A:", "", "A:", "update_only=true", "allowed_ip=-10.0.0.0/8")},
		{words: "peer A allowed-ips +10.0.0.0/8,-10.1.0.0/16", want: lines("A:", "allowed_ip=10.0.0.0/8", "", "A:", "update_only=true", "allowed_ip=-10.1.0.0/16")},
		{words: "peer A allowed-ips -10.0.0.0/8,+10.0.0.0/8", want: lines("A:", "A:", "allowed_ip=10.0.0.0/8")},
		{words: "peer A persistent-keepalive 9 endpoint 192.0.2.1:5 allowed-ips +10.0.0.0/8,-10.0.0.0/8",
			want: lines("A:", "endpoint=192.0.2.1:5", "persistent_keepalive_interval=9", "allowed_ip=10.0.0.0/8", "A:", "", "A:", "update_only=true", "allowed_ip=-10.0.0.0/8")},
	} {
		t.Run(test.words, func(t *testing.T) {
			t.Parallel()
			m := newMachine("wg0", "listen_port=51820\n")
			got := m.run(t, append([]string{"set", "wg0"}, words(test.words)...)...)
			if got != (result{err: test.warning}) {
				t.Errorf("set wg0 %s = %+v, want %+v", test.words, got, result{err: test.warning})
			}
			if got := m.devices["wg0"].requests(); got != test.want {
				t.Errorf("requests of set wg0 %s = %q, want %q", test.words, got, test.want)
			}
		})
	}
}

// TestSetWhiteSpace checks that white space is ignored in lists only.
func TestSetWhiteSpace(t *testing.T) {
	t.Parallel()
	m := newMachine("wg0", "")
	got := m.run(t, "set", "wg0", "listen-port", " \t5", "peer", keyA, "allowed-ips", " 1 0.0.0.0 / 8\n,\r\v\f::/0 ")
	want := lines("listen_port=5", "A:", "replace_allowed_ips=true", "allowed_ip=10.0.0.0/8", "allowed_ip=::/0")
	if requests := m.devices["wg0"].requests(); got != (result{}) || requests != want {
		t.Errorf("set = %+v, requests %q, want %+v, %q", got, requests, result{}, want)
	}
	for _, test := range []struct{ word, value, want string }{
		{"listen-port", "5 ", "Servname not supported for ai_socktype: `5 '\n"},
		{"fwmark", " 1", "Fwmark is neither 0/off nor 0-0xffffffff: ` 1'\n"},
		{"fwmark", "0x 1", "Fwmark is neither 0/off nor 0-0xffffffff: `0x 1'\n"},
	} {
		if got := m.run(t, "set", "wg0", test.word, test.value); got != (result{err: test.want, code: 1}) {
			t.Errorf("set wg0 %s %q = %+v, want error %q and code 1", test.word, test.value, got, test.want)
		}
	}
}

// refusal has invalid arguments of set and wg's message.
type refusal struct{ words, want string }

// checkRefusals checks the messages, and that nothing is sent to the device.
func checkRefusals(t *testing.T, refusals []refusal) {
	t.Helper()
	for _, test := range refusals {
		t.Run(test.words, func(t *testing.T) {
			t.Parallel()
			m := newMachine("wg0", "listen_port=51820\n")
			got := m.run(t, append([]string{"set", "wg0"}, words(test.words)...)...)
			if want := (result{err: test.want + "\n", code: 1}); got != want {
				t.Errorf("set wg0 %s = %+v, want %+v", test.words, got, want)
			}
			if got := m.devices["wg0"].requests(); got != "" {
				t.Errorf("requests of set wg0 %s = %q, want none", test.words, got)
			}
		})
	}
}

// TestInvalidWords checks words that are unknown, misplaced or without a value.
func TestInvalidWords(t *testing.T) {
	t.Parallel()
	checkRefusals(t, []refusal{
		{"bogus", "Invalid argument: bogus"},
		{"''", "Invalid argument: "},
		{"LISTEN-PORT 5", "Invalid argument: LISTEN-PORT"},
		{"listen-port", "Invalid argument: listen-port"},
		{"fwmark", "Invalid argument: fwmark"},
		{"private-key", "Invalid argument: private-key"},
		{"peer", "Invalid argument: peer"},
		{"remove", "Invalid argument: remove"},
		{"remove peer A", "Invalid argument: remove"},
		{"endpoint 192.0.2.1:5", "Invalid argument: endpoint"},
		{"peer A endpoint", "Invalid argument: endpoint"},
		{"peer A listen-port 5", "Invalid argument: listen-port"},
		{"peer A fwmark 5", "Invalid argument: fwmark"},
		{"peer A private-key /dev/null", "Invalid argument: private-key"},
		{"peer A bogus", "Invalid argument: bogus"},
		{"peer A bogus 5", "Invalid argument: bogus"},
		{"fwmark 1 peer A allowed-ips", "Invalid argument: allowed-ips"},
	})
}

// TestInvalidNumbers checks invalid numbers and keys.
func TestInvalidNumbers(t *testing.T) {
	t.Parallel()
	const (
		service   = "Servname not supported for ai_socktype: `"
		mark      = "Fwmark is neither 0/off nor 0-0xffffffff: `"
		keepalive = "Persistent keepalive interval is neither 0/off nor 1-65535: `"
	)
	checkRefusals(t, []refusal{
		{"listen-port ''", "Unable to parse empty port"},
		{"listen-port 65536", service + "65536'"}, // 0 for wg
		{"listen-port 4294967297", service + "4294967297'"},
		{"listen-port domain", service + "domain'"}, // 53 for wg
		{"listen-port -5", service + "-5'"},
		{"listen-port 0x10", service + "0x10'"},
		{"listen-port 99999999999999999999", service + "99999999999999999999'"},
		{"fwmark 0X10", mark + "0X10'"},
		{"fwmark 0x", mark + "0x'"},
		{"fwmark 0xzz", mark + "0xzz'"},
		{"fwmark 0x100000000", mark + "0x100000000'"},
		{"fwmark 4294967296", mark + "4294967296'"},
		{"fwmark -1", mark + "-1'"},
		{"fwmark ''", mark + "'"},
		{"peer bad", "Key is not the correct length or format: `bad'"},
		{"peer A persistent-keepalive 65536", keepalive + "65536'"},
		{"peer A persistent-keepalive +1", keepalive + "+1'"},
		{"peer A persistent-keepalive 0x1", keepalive + "0x1'"},
		{"peer A persistent-keepalive ''", keepalive + "'"},
	})
}

// TestInvalidAllowedIPs checks invalid lists of allowed IPs.
func TestInvalidAllowedIPs(t *testing.T) {
	t.Parallel()
	const (
		ip      = "Unable to parse IP address: `"
		allowed = "AllowedIP is not in the correct format: `"
	)
	checkRefusals(t, []refusal{
		{"peer A allowed-ips ,", ip + "'"},
		{"peer A allowed-ips 192.0.2.1,", ip + "'"},
		{"peer A allowed-ips /8", ip + "'"},
		{"peer A allowed-ips +", ip + "'"},
		{"peer A allowed-ips +-192.0.2.1", ip + "-192.0.2.1'"},
		{"peer A allowed-ips -x/8", ip + "x'"},
		{"peer A allowed-ips 192.0.2", ip + "192.0.2'"},
		{"peer A allowed-ips 192.0.02.1", ip + "192.0.02.1'"},
		{"peer A allowed-ips fe80::1%lo/64", ip + "fe80::1%lo'"},
		{"peer A allowed-ips 00001::", ip + "00001::'"},
		{"peer A allowed-ips 192.0.2.1/", allowed + "192.0.2.1/'"},
		{"peer A allowed-ips 192.0.2.1/33", allowed + "192.0.2.1/33'"},
		{"peer A allowed-ips ::/129", allowed + "::/129'"},
		{"peer A allowed-ips 192.0.2.1/+8", allowed + "192.0.2.1/+8'"},
		{"peer A allowed-ips 192.0.2.1/8/8", allowed + "192.0.2.1/8/8'"},
		{"peer A allowed-ips +192.0.2.1/99", allowed + "192.0.2.1/99'"},
		{"peer A allowed-ips 192.0.2.1/99999999999999999999", allowed + "192.0.2.1/99999999999999999999'"},
		{"peer A allowed-ips 192.0.2.1/8,x", "Warning: AllowedIP has nonzero host part: 192.0.2.1/8\n" + ip + "x'"},
	})
}

// TestInvalidEndpoints checks invalid endpoints.
func TestInvalidEndpoints(t *testing.T) {
	t.Parallel()
	const service = "Servname not supported for ai_socktype: `"
	checkRefusals(t, []refusal{
		{"peer A endpoint ''", "Unable to parse empty endpoint"},
		{"peer A endpoint 192.0.2.1", "Unable to find port of endpoint: `192.0.2.1'"},
		{"peer A endpoint 192.0.2.1:", "Unable to find port of endpoint: `192.0.2.1:'"},
		{"peer A endpoint :", "Unable to find port of endpoint: `:'"},
		{"peer A endpoint [::1]", "Unable to find port of endpoint: `[::1]'"},
		{"peer A endpoint [::1]:", "Unable to find port of endpoint: `[::1]:'"},
		{"peer A endpoint [::1]x5", "Unable to find port of endpoint: `[::1]x5'"},
		{"peer A endpoint [a]b]:5", "Unable to find port of endpoint: `[a]b]:5'"},
		{"peer A endpoint [::1", "Unable to find matching brace of endpoint: `[::1'"},
		{"peer A endpoint :5", "Name or service not known: `:5'"},
		{"peer A endpoint []:5", "Name or service not known: `[]:5'"},
		{"peer A endpoint [fe80::1%nope]:5", "Name or service not known: `[fe80::1%nope]:5'"},
		{"peer A endpoint [2001:db8::1%lo]:5", "Name or service not known: `[2001:db8::1%lo]:5'"},
		{"peer A endpoint 192.0.2.1:65536", service + "192.0.2.1:65536'"}, // 0 for wg
	})
}

// TestSetErrors checks the messages for errors of the library.
func TestSetErrors(t *testing.T) {
	t.Parallel()
	needLinuxMessages(t)
	for words, want := range map[string]string{
		"set nope fwmark 1":             "Unable to modify interface: No such device\n",
		"set a/b fwmark 1":              "Unable to modify interface: No such device\n",
		"set abcdefghijklmnop fwmark 1": "Unable to modify interface: File name too long\n",
		"set nope bogus":                "Invalid argument: bogus\n",
	} {
		if got := newMachine("wg0", "").run(t, strings.Fields(words)...); got != (result{err: want, code: 1}) {
			t.Errorf("Run(%q) = %+v, want error %q and code 1", words, got, want)
		}
	}
}
