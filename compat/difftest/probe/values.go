//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"reflect"
	"strings"
	"time"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// values tests functions that need no device.
func values(r *recorder) error {
	keys(r)
	deviceTypes(r)
	texts(r)
	zeroClient(r)
	namesOfAPI(r)
	return nil
}

func keys(r *recorder) {
	r.begin("keys")
	const text = "GHuMwljFfqd2a7cs6BaUOmHflK23zME8VNvC5B37S3k="
	for _, s := range []string{
		text, "", "xxx", "aGVsbG8=", strings.TrimSuffix(text, "="), text + "\n", "\r\n" + text[:20] + "\n" + text[20:], " " + text,
		strings.Replace(text, "k=", "l=", 1), text + text, strings.Repeat("A", 44), strings.Repeat("-", 43) + "=", strings.Repeat("+", 42) + "8=",
	} {
		k, err := wgtypes.ParseKey(s)
		r.exactly(fmt.Sprintf("ParseKey(%q)", s), k, err)
	}
	for _, n := range []int{0, 31, 32, 33} {
		k, err := wgtypes.NewKey(make([]byte, n))
		r.exactly(fmt.Sprintf("NewKey of %d bytes", n), k, err)
	}
	own := []byte(strings.Repeat("\x01", wgtypes.KeyLen))
	k, err := wgtypes.NewKey(own)
	own[0] = 2
	r.see("NewKey of bytes that change", k, err)
	for _, k := range []wgtypes.Key{{}, key(1), key(0xff), clamped(1)} {
		r.see("PublicKey of "+k.String(), k.PublicKey(), nil)
	}
	k, err = wgtypes.GeneratePrivateKey()
	r.see("GeneratePrivateKey is clamped", k[0]&7 == 0 && k[31]&0xc0 == 0x40, err)
	k, err = wgtypes.GenerateKey()
	r.see("GenerateKey is not zero", k != wgtypes.Key{}, err)
}

func deviceTypes(r *recorder) {
	r.begin("device types")
	for t := wgtypes.DeviceType(-1); t < 8; t++ {
		r.see(fmt.Sprint(int(t)), t.String(), nil)
	}
}

// texts records the texts that programs print and store.
func texts(r *recorder) {
	r.begin("texts")
	d := wgtypes.Device{
		Name: "wg0", Type: wgtypes.LinuxKernel, PrivateKey: key(1), PublicKey: key(2), ListenPort: 3, FirewallMark: 4,
		Peers: []wgtypes.Peer{{
			PublicKey: key(5), Endpoint: endpoint("192.0.2.1", 6), PersistentKeepaliveInterval: time.Second, LastHandshakeTime: time.Unix(7, 8),
			ReceiveBytes: 9, AllowedIPs: []net.IPNet{cidr("10.0.0.0/8")},
		}},
	}
	c := wgtypes.Config{PrivateKey: new(key(1)), Peers: []wgtypes.PeerConfig{{PublicKey: key(2), PersistentKeepaliveInterval: new(time.Second)}}}
	for _, v := range []any{key(1), d, c} {
		name := fmt.Sprintf("JSON of a %T", v)
		text, err := json.Marshal(v)
		r.see(name, string(text), err)
		back := reflect.New(reflect.TypeOf(v))
		r.see(name+" and back", back.Interface(), json.Unmarshal(text, back.Interface()))
	}
	for _, verb := range []string{"%v", "%+v", "%s", "%x", "%q", "%d"} {
		r.see(verb, fmt.Sprintf(verb, key(1)), nil)
		d.Peers[0].Endpoint, d.Peers[0].LastHandshakeTime = nil, time.Time{} // they print addresses of memory
		r.see(verb+" of a device", fmt.Sprintf(verb, d), nil)
	}
}

func zeroClient(r *recorder) {
	r.begin("the zero Client")
	var c wgctrl.Client
	all, err := c.Devices()
	r.see("Devices", all, err)
	d, err := c.Device("wg0")
	r.see("Device", d, err)
	r.see("ConfigureDevice", nil, c.ConfigureDevice("wg0", wgtypes.Config{}))
	r.see("Close", nil, c.Close())
	r.see("os.ErrNotExist", nil, os.ErrNotExist)
}

// key returns a key whose bytes are all b.
func key(b byte) (k wgtypes.Key) {
	for i := range k {
		k[i] = b
	}
	return k
}

// clamped returns a clamped private key.
func clamped(b byte) wgtypes.Key {
	k := key(b)
	k[0] &= 0xf8
	k[31] = k[31]&0x7f | 0x40
	return k
}

func endpoint(ip string, port int) *net.UDPAddr {
	return &net.UDPAddr{IP: net.ParseIP(ip), Port: port}
}

// cidr returns the network that package net parses, with the host bits of s.
func cidr(s string) net.IPNet {
	ip, n, err := net.ParseCIDR(s)
	if err != nil {
		panic(err)
	}
	return net.IPNet{IP: ip, Mask: n.Mask}
}
