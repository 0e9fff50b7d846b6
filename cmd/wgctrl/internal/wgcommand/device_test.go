//go:build linux || darwin || freebsd || openbsd

package wgcommand_test

import (
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wireguardgo"
)

// TestDevice configures a wireguard-go device over its socket, step by step.
func TestDevice(t *testing.T) {
	t.Parallel()
	m, dir := socketMachine(t)
	dev, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Dir: dir, Bind: wireguardgo.Offline()})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	const public = "17XoHTNuV4sTuNcG6C0GHjA4yWvOZs3PUNVmuW3buhA="
	peer := func(key, rest string) string { return key + "\t" + rest + "\t0\t0\t0\t" }
	head := keyB + "\t" + public + "\t51820\t0xca6c\n"
	secret := file(t, keyB+"\n")
	a := peer(keyA, "(none)\t(none)\t10.0.0.0/8,2001:db8::/32")
	// No peer has both an endpoint and a keepalive, so that no packets are sent.
	for _, step := range []struct {
		words string
		want  string // of dump
	}{
		{"set wg0 listen-port 51820 fwmark 51820 private-key " + secret, head},
		{"set wg0 peer " + keyA + " allowed-ips 10.0.0.0/8,2001:db8::/32", head + a + "off\n"},
		{"set wg0 peer " + keyA + " persistent-keepalive 25", head + a + "25\n"},
		{
			"set wg0 peer " + keyA + " allowed-ips +10.1.0.0/16,-2001:db8::/32,-10.1.0.0/16,+::/0",
			head + peer(keyA, "(none)\t(none)\t10.0.0.0/8,::/0") + "25\n",
		},
		{
			"addconf wg0 " + file(t, "[Peer]\nPublicKey = A\nPresharedKey = B\nAllowedIPs = 10.2.0.0/16\n"),
			head + peer(keyA, keyB+"\t(none)\t10.2.0.0/16") + "25\n",
		},
		{
			"syncconf wg0 " + file(t, "[Interface]\nPrivateKey = B\nListenPort = 51820\nFwMark = 0xca6c\n[Peer]\nPublicKey = A\n"),
			head + peer(keyA, "(none)\t(none)\t(none)") + "off\n",
		},
		{"set wg0 peer " + keyA + " endpoint 192.0.2.1:5", head + peer(keyA, "(none)\t192.0.2.1:5\t(none)") + "off\n"},
		{
			"syncconf wg0 " + file(t, "[Interface]\nPrivateKey = B\nListenPort = 51820\nFwMark = 0xca6c\n[Peer]\nPublicKey = A\n"),
			head + peer(keyA, "(none)\t192.0.2.1:5\t(none)") + "off\n",
		},
		{"set wg0 peer " + keyA + " remove", head},
		{
			"setconf wg0 " + file(t, "[Interface]\nListenPort = 1\n[Peer]\nPublicKey = A\nAllowedIPs = ::/0\n"),
			"(none)\t(none)\t1\toff\n" + peer(keyA, "(none)\t(none)\t::/0") + "off\n",
		},
	} {
		if got := m.run(t, strings.Fields(step.words)...); got != (result{}) {
			t.Fatalf("%s = %+v, want %+v", step.words, got, result{})
		}
		if got := m.run(t, "show", "wg0", "dump"); got != (result{out: step.want}) {
			t.Fatalf("show wg0 dump after %s = %+v, want %q", step.words, got, step.want)
		}
	}
}

// TestRoundTrip checks that setconf with the output of showconf reproduces a device.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	m, dir := socketMachine(t)
	for _, name := range []string{"wg0", "wg1"} {
		dev, err := wireguardgo.New(wireguardgo.Options{Name: name, Dir: dir, Bind: wireguardgo.Offline()})
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
	}
	// Only one peer, because wireguard-go lists peers in random order.
	text := "[Interface]\nListenPort = 7\nFwMark = 0x1\nPrivateKey = " + keyB + "\n\n[Peer]\nPublicKey = " + keyA + "\nPresharedKey = " + keyB +
		"\nAllowedIPs = 10.0.0.0/8, ::ffff:192.0.2.0/120, 2001:db8::/32\nEndpoint = [2001:db8::1]:5\n"
	if got := m.run(t, "setconf", "wg0", file(t, text)); got != (result{}) {
		t.Fatalf("setconf wg0 = %+v, want %+v", got, result{})
	}
	first := m.run(t, "showconf", "wg0")
	if first != (result{out: text}) {
		t.Fatalf("showconf wg0 = %+v, want %q", first, text)
	}
	if got := m.run(t, "setconf", "wg1", file(t, first.out)); got != (result{}) {
		t.Fatalf("setconf wg1 = %+v, want %+v", got, result{})
	}
	if got := m.run(t, "showconf", "wg1"); got != first {
		t.Errorf("showconf wg1 = %+v, want %+v", got, first)
	}
}
