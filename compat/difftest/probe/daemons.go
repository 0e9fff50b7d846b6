//go:build linux

package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// hexKey returns a key in the form of daemons.
func hexKey(k wgtypes.Key) string { return hex.EncodeToString(k[:]) }

// emptyDevice is the reply of a daemon that was just started.
const emptyDevice = "listen_port=0\nfwmark=0\nerrno=0\n\n"

// keyedDevice is the reply of a device with a key. Without one, the two libraries
// differ.
var keyedDevice = fmt.Sprintf("private_key=%s\nlisten_port=0\nfwmark=0\nerrno=0\n\n", hexKey(clamped(1)))

// reply returns the reply of a device with a key and one peer.
func reply(peer ...string) string {
	return fmt.Sprintf("private_key=%s\nlisten_port=12912\nfwmark=1\npublic_key=%s\n%s\nerrno=0\n\n",
		hexKey(clamped(1)), hexKey(key(2)), strings.Join(peer, "\n"))
}

func replies(r *recorder, c *wgctrl.Client) error {
	r.begin("replies")
	whole := reply(
		"preshared_key="+hexKey(key(3)), "protocol_version=1", "endpoint=182.122.22.19:3233",
		"last_handshake_time_sec=1", "last_handshake_time_nsec=2", "tx_bytes=38333", "rx_bytes=2224", "persistent_keepalive_interval=111",
		"allowed_ip=192.168.4.4/32", "allowed_ip=0.0.0.0/0", "allowed_ip=2001:db8::/32", "allowed_ip=::/0",
		"public_key="+hexKey(key(4)), "endpoint=[fe80::33%2]:51820", "last_handshake_time_sec=0", "last_handshake_time_nsec=0",
	)
	for _, t := range []struct{ name, row, reply string }{
		{"all fields", "", whole},
		{"no peers", "", keyedDevice},
		{"errno first", "strict-replies", "errno=0\n" + strings.Replace(keyedDevice, "errno=0\n", "", 1)},
		{"unknown keys", "", reply("some_future_key=5")},
		{"no preshared key", "", reply("preshared_key=" + hexKey(wgtypes.Key{}))},
		{"an IPv6 endpoint", "", reply("endpoint=[2001:db8::1]:1")},
		{"an endpoint with a named zone", "", reply("endpoint=[fe80::1%eth0]:1")},
		{"an IPv4-mapped endpoint", "", reply("endpoint=[::ffff:192.0.2.1]:1")},
		{"an IPv4-mapped allowed IP", "", reply("allowed_ip=::ffff:192.0.2.0/120")},
		{"host bits", "", reply("allowed_ip=10.1.2.3/8")},
		{"counters", "", reply("rx_bytes=9223372036854775807", "tx_bytes=0")},
		{"protocol version 0", "", reply("protocol_version=0")},
		{"a key of 31 bytes", "", reply("preshared_key=" + strings.Repeat("00", 31))},
		{"no hexadecimal key", "", reply("preshared_key=" + strings.Repeat("xx", 32))},
		{"a mask of 33", "", reply("allowed_ip=10.0.0.0/33")},
		{"an endpoint without a port", "", reply("endpoint=192.0.2.1")},
		{"a number that is none", "", reply("rx_bytes=many")},
		{"a line without a key", "", reply("nothing")},

		{"no key", "no-key", emptyDevice},
		{"a zero key", "no-key", "private_key=" + hexKey(wgtypes.Key{}) + "\nerrno=0\n\n"},
		{"boringtun", "boringtun", "own_public_key=" + hexKey(key(9)) + "\nlisten_port=1\nerrno=0\n\n"},
		{"a handshake at a whole second", "handshake", reply("last_handshake_time_sec=5", "last_handshake_time_nsec=0")},
		{"nothing", "cut-reply", ""},
		{"an empty line", "cut-reply", "\n"},
		{"an end without an errno", "cut-reply", strings.Split(reply(), "errno=")[0]},
		{"an end in the middle", "", whole[:len(whole)/2]},
		{"an end without an empty line", "cut-reply", strings.TrimSuffix(keyedDevice, "\n")},
		{"errno 13", "daemon-errno", "errno=13\n\n"},
		{"errno -13", "daemon-errno", "errno=-13\n\n"},
		{"errno -2", "daemon-errno", "errno=-2\n\n"},
		{"a port of 70000", "strict-replies", "listen_port=70000\nerrno=0\n\n"},
		{"a negative port", "strict-replies", "listen_port=-1\nerrno=0\n\n"},
		{"a negative counter", "strict-replies", reply("rx_bytes=-1")},
		{"an endpoint with a named port", "endpoint-names", reply("endpoint=192.0.2.1:domain")},
		{"a keepalive of 70000", "strict-replies", reply("persistent_keepalive_interval=70000")},
	} {
		stop, err := serve("wg0.sock", answers(t.reply).handle)
		if err != nil {
			return err
		}
		d, err := c.Device("wg0")
		r.differs(t.row, t.name, d, err)
		stop()
		if t.name == "a line without a key" {
			r.differs("error-texts", t.name+", the error's text", fmt.Sprint(err), nil)
		}
	}
	return nil
}

// refusals tests daemons that reject a change.
func refusals(r *recorder, c *wgctrl.Client) error {
	r.begin("refusals")
	mark, port := wgtypes.Config{FirewallMark: new(1)}, wgtypes.Config{ListenPort: new(1)}
	// This is larger than the buffers of a socket.
	large := wgtypes.Config{Peers: make([]wgtypes.PeerConfig, 20_000)}
	for _, t := range []struct {
		name, row string
		config    wgtypes.Config
		hasty     bool
		set       []string
	}{
		{"errno 0", "", mark, false, []string{"errno=0\n\n"}},
		{"errno 98", "daemon-errno", port, false, []string{"errno=98\n\n"}},
		{"errno -98", "daemon-errno", port, false, []string{"errno=-98\n\n"}},
		{"errno -2", "daemon-errno", mark, false, []string{"errno=-2\n\n"}},
		{"byte by byte", "split-reply", mark, false, strings.Split("errno=0\n\n", "")},
		{"before the end of the request", "early-refusal", large, true, []string{"errno=-22\n\n"}},
		{"nothing", "", mark, false, nil},
	} {
		stop, err := serve("wg0.sock", fake{get: []string{keyedDevice}, set: t.set, hasty: t.hasty}.handle)
		if err != nil {
			return err
		}
		r.differs(t.row, t.name, nil, c.ConfigureDevice("wg0", t.config))
		stop()
	}
	return nil
}

// requests records the requests that a daemon gets.
func requests(r *recorder, c *wgctrl.Client) error {
	r.begin("requests")
	for _, t := range []struct {
		name, row string
		config    wgtypes.Config
	}{
		{"nothing", "", wgtypes.Config{}},
		{"a mark", "", wgtypes.Config{FirewallMark: new(1)}},
		{"a private key", "", wgtypes.Config{PrivateKey: new(clamped(1))}},
		{"a peer", "asks-first", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: first}}}},
		{"another port", "asks-first", wgtypes.Config{ListenPort: new(5001)}},
		{"the port that it has", "same-port", wgtypes.Config{ListenPort: new(5000)}},
		{"settings with Remove", "remove", wgtypes.Config{Peers: []wgtypes.PeerConfig{
			{PublicKey: first, Remove: true, Endpoint: endpoint("192.0.2.1", 70_000)},
		}}},
	} {
		f := answers(strings.Replace(keyedDevice, "listen_port=0", "listen_port=5000", 1))
		f.seen = make(chan string, 8)
		stop, err := serve("wg0.sock", f.handle)
		if err == nil {
			// Neither library checks the owner of the socket, even to send a key.
			err = os.Chmod(socketDir+"/wg0.sock", 0o777)
		}
		if err != nil {
			return err
		}
		err = c.ConfigureDevice("wg0", t.config)
		stop()
		var seen strings.Builder
		for len(f.seen) > 0 {
			seen.WriteString(<-f.seen)
		}
		r.differs(t.row, t.name, seen.String(), err)
	}
	return nil
}
