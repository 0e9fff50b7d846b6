package testutil_test

import (
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestBoringtunRequests checks replies and what a request has changed. Lines before an
// error stay.
func TestBoringtunRequests(t *testing.T) {
	t.Parallel()
	const ok, invalid, protocol, inUse, unknown = "errno=0\n\n", "errno=22\n\n", "errno=71\n\n", "errno=98\n\n", "errno=5\n\n"
	const same = keyedSettings
	mark1 := strings.Replace(same, "mark 8", "mark 1", 1)
	new3 := "public_key=" + hexOf(3) + "\n"
	const bare3 = ", peer 3 psk 0 invalid AddrPort keepalive 0 []"
	for _, test := range []struct{ text, sent, want string }{
		// One request is served.
		{"set=1\nfwmark=1\n\nset=1\nfwmark=2\n\n", ok, mark1},
		{"set=1\r\nfwmark=1\r\n\r\n", ok, mark1},
		{"set=1\nfwmark=1\n", ok, mark1}, // the end of the stream is like an empty line
		{"sort=1\n\n", unknown, same},
		{"", "", same},
		{"set=1\nfwmark=1\nhello=1\nlisten_port=9\n\n", invalid, mark1},
		{"set=1\nfwmark=1\nprotocol_version=1\n\n", invalid, mark1},
		{"set=1\nfwmark=1\nhello\n\n", protocol, mark1},
		{"set=1\nfwmark=1\nlisten_port=9=\n\n", protocol, mark1},
		{"set=1\nfwmark=1\nprivate_key=" + base64Of(2) + "\n\n", protocol, mark1}, // base64 with '='
		{"set=1\nfwmark=x\n\n", invalid, same},
		{"set=1\nlisten_port=5\n\n", ok, strings.Replace(same, "port 7", "port 5", 1)},
		{"set=1\nlisten_port=99\nfwmark=1\n\n", inUse, strings.Replace(same, "port 7", "port 0", 1)},
		{"set=1\nreplace_peers=true\n\n", ok, "port 7 mark 8"},
		{"set=1\nreplace_peers=false\n\n", ok, same},
		{"set=1\nreplace_peers=1\n\n", invalid, same},
		{"set=1\npublic_key=" + hexOf(3)[1:] + "\n\n", invalid, same},
		{"set=1\n" + new3 + "\n", ok, same + bare3},
		{"set=1\n" + new3, ok, same + bare3},
		{"set=1\n" + new3 + "allowed_ip=10.1.0.0/16\n\n", ok, same + ", peer 3 psk 0 invalid AddrPort keepalive 0 [10.1.0.0/16]"},
		{"set=1\n" + new3 + "protocol_version=1\nremove=false\n\n", ok, same + bare3},
		// A peer is added when its block ends, so not before an error in it.
		{"set=1\nfwmark=1\n" + new3 + "hello=1\n\n", invalid, mark1},
		{"set=1\n" + new3 + "public_key=" + hexOf(4) + "\nhello=1\n\n", invalid, same + bare3},
		{"set=1\n" + new3 + "fwmark=1\n\n", invalid, same},
		{"set=1\n" + new3 + "hello\n\n", protocol, same},
		{"set=1\n" + new3 + "update_only=true\n\n", invalid, same},
		{"set=1\n" + new3 + "allowed_ip=-10.1.0.0/16\n\n", invalid, same},
		{"set=1\n" + new3 + "replace_allowed_ips=true\n\n", ok, same + bare3}, // ignored
		{"set=1\n" + new3 + "replace_allowed_ips=1\n\n", invalid, same},
		{"set=1\n" + new3 + "endpoint=[fe80::1%lo]:5\n\n", invalid, same},
		{"set=1\n" + new3 + "remove=true\n\n", ok, same}, // an absent peer
		{"set=1\npublic_key=" + hexOf(2) + "\nremove=true\n\n", ok, "port 7 mark 8, " + peer1Settings},
		// A removal is carried over to the next peers, unless they have remove=false.
		{"set=1\npublic_key=" + hexOf(2) + "\nremove=true\npublic_key=" + hexOf(1) + "\n\n", ok, "port 7 mark 8"},
		{"set=1\npublic_key=" + hexOf(2) + "\nremove=true\n" + new3 + "remove=false\n\n", ok, "port 7 mark 8, " + peer1Settings + bare3},
		// A crash.
		{"set=1\nfwmark=1\npublic_key=" + hexOf(2) + "\n\n", "", mark1},
		{"set=1\n" + new3 + new3 + "\n", "", same + bare3},
	} {
		d := keyed(testutil.Boringtun)
		d.BusyPorts = map[uint16]bool{99: true}
		if sent, got := d.Converse(test.text), settings(d); sent != test.sent || got != test.want {
			t.Errorf("Converse(%q) = %q with %s, want %q with %s", test.text, sent, got, test.sent, test.want)
		}
	}
}

// TestBoringtunKey checks that a zero private key is installed, and that the device's own
// key can be a peer.
func TestBoringtunKey(t *testing.T) {
	t.Parallel()
	d := &testutil.Daemon{Implementation: testutil.Boringtun, Device: &wgtypes.Device{}}
	d.Converse("set=1\nprivate_key=" + hexOf(0) + "\n\n")
	if got := d.Converse("set=1\npublic_key=" + hexOf(1) + "\n\n"); got != "errno=0\n\n" {
		t.Errorf("Converse with a peer after the zero key = %q, want errno 0", got)
	}
	d = &testutil.Daemon{Implementation: testutil.Boringtun, Device: &wgtypes.Device{}}
	d.Converse("set=1\nprivate_key=" + hexOf(0x48) + "\npublic_key=" + hexOf(1) + "\n\n")
	if got := d.Converse("get=1\nhello=1\n\n"); !strings.HasPrefix(got, "own_public_key=") || strings.Contains(got, "private_key") || len(d.Device.Peers) != 1 {
		t.Errorf("Converse(get) = %q with %d peers, want own_public_key, no private_key and 1 peer", got, len(d.Device.Peers))
	}
}

// TestBoringtunGet checks that a reply has the age of a handshake, no settings that are
// off, and a mark that was set to 0.
func TestBoringtunGet(t *testing.T) {
	t.Parallel()
	d := keyed(testutil.Boringtun)
	d.Device.Peers[0].LastHandshake = time.Now().Add(-100 * 24 * time.Hour)
	d.Converse("set=1\nfwmark=0\n\n")
	got := string(d.Reply(testutil.GetRequest))
	before, second, _ := strings.Cut(got, "public_key="+hexOf(2))
	for _, want := range []string{"fwmark=0\n", "preshared_key=" + hexOf(9), "persistent_keepalive_interval=25\n", "last_handshake_time_sec=8640"} {
		if !strings.Contains(before, want) {
			t.Errorf("Reply(get) = %q, want %q in it", got, want)
		}
	}
	for _, unwanted := range []string{"preshared_key", "persistent_keepalive_interval", "last_handshake", "protocol_version"} {
		if strings.Contains(second, unwanted) {
			t.Errorf("peer without settings = %q, want no %s", second, unwanted)
		}
	}
}
