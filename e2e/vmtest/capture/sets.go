//go:build linux

package main

import (
	"fmt"
	"slices"
	"strings"
)

// A set is one command line of wg(8) on the fresh device wg0.
type set struct {
	name    string
	before  string            // commands to run first
	files   map[string]string // key files that it reads
	conf    *config           // content of the file wg0.conf
	command string
}

// captureSets records the requests of wg(8).
func captureSets() {
	sh("ip link add lan0 address 02:00:00:00:00:01 type dummy")
	for _, s := range slices.Concat(deviceSets(), peerSets(), confSets()) {
		s.capture()
	}
}

func deviceSets() []set {
	private := map[string]string{"private": key(1)}
	return []set{
		{name: "listen-port", command: "wg set wg0 listen-port 51820"},
		{name: "fwmark", command: "wg set wg0 fwmark 0xca6c"},
		{name: "fwmark-off", before: "wg set wg0 fwmark 1", command: "wg set wg0 fwmark off"},
		{name: "private-key", files: private, command: "wg set wg0 private-key private"},
		{name: "private-key-clear", files: private, before: "wg set wg0 private-key private",
			command: "wg set wg0 private-key /dev/null"},
		{name: "everything", files: map[string]string{"private": key(1), "psk": key(2)},
			command: "wg set wg0 listen-port 51820 fwmark 0xca6c private-key private" +
				" peer " + key(10) + " preshared-key psk endpoint 192.0.2.1:51821 persistent-keepalive 25 allowed-ips 10.0.0.0/8,::/0" +
				" peer " + key(11) + " endpoint [2001:db8::1]:51821" +
				" peer " + key(12) + " remove"},
	}
}

func peerSets() []set {
	peer := "wg set wg0 peer " + key(10)
	psk := map[string]string{"psk": key(2)}
	return []set{
		{name: "peer", command: peer},
		{name: "peer-several", command: peer + " allowed-ips 10.0.0.1/32 peer " + key(11) + " peer " + key(12) + " persistent-keepalive 5"},
		{name: "preshared-key", files: psk, command: peer + " preshared-key psk"},
		{name: "preshared-key-clear", files: psk, before: peer + " preshared-key psk",
			command: peer + " preshared-key /dev/null"},
		{name: "endpoint-v4", command: peer + " endpoint 192.0.2.1:51821"},
		{name: "endpoint-v6", command: peer + " endpoint [2001:db8::1]:51821"},
		{name: "endpoint-v6-scope", command: peer + " endpoint [fe80::1%lan0]:51821"},
		{name: "keepalive", command: peer + " persistent-keepalive 25"},
		{name: "keepalive-off", before: peer + " persistent-keepalive 25", command: peer + " persistent-keepalive off"},
		{name: "remove", before: peer, command: peer + " remove"},
		{name: "allowed-ips", before: peer + " allowed-ips 10.9.0.0/16",
			command: peer + " allowed-ips 10.0.0.0/8,192.0.2.1/32,2001:db8::/32,::/0"},
		{name: "allowed-ips-empty", before: peer + " allowed-ips 10.9.0.0/16", command: peer + ` allowed-ips ""`},
	}
}

func confSets() []set {
	var peers, prefix, add, sync config
	peers.device(1, 51820)
	for i := range 300 {
		peers.peer(100+i, fmt.Sprintf("10.0.%d.%d/32, 2001:db8::%x/128", i>>8, i&255, i),
			fmt.Sprintf("Endpoint = 192.0.2.%d:51820", i%250), "PersistentKeepalive = 25")
	}
	prefix.device(1, 51820)
	prefix.peer(10, prefixes(1000), "PresharedKey = "+key(2), "Endpoint = 192.0.2.1:51821")
	add.peer(12, "10.2.0.0/16", "PersistentKeepalive = 25")
	sync.device(1, 51820)
	sync.peer(11, "10.1.0.0/16, 10.3.0.0/16")
	sync.peer(12, "10.2.0.0/16")
	before := "wg set wg0 peer " + key(10) + " allowed-ips 10.0.0.0/16 peer " + key(11) + " allowed-ips 10.1.0.0/16"
	return []set{
		{name: "setconf-peers", conf: &peers, command: "wg setconf wg0 wg0.conf"},
		{name: "setconf-prefixes", conf: &prefix, command: "wg setconf wg0 wg0.conf"},
		{name: "addconf", before: before, conf: &add, command: "wg addconf wg0 wg0.conf"},
		{name: "syncconf", before: before, conf: &sync, command: "wg syncconf wg0 wg0.conf"},
	}
}

// capture runs the command on a new device and records its requests.
func (s set) capture() {
	sh("ip link add wg0 type wireguard")
	defer sh("ip link del wg0")
	r := newRecord("wg-set/" + s.name)
	family := new(record).family()
	r.comment("%s", strings.TrimSpace(sh("wg --version")))
	r.comment("family 0x%x", family)
	for name, content := range s.files {
		writeFile(name, content+"\n")
	}
	// Record the files in the same order each time.
	for _, name := range []string{"private", "psk"} {
		if content, ok := s.files[name]; ok {
			r.comment("file %s: %s", name, content)
		}
	}
	if s.conf != nil {
		writeFile("wg0.conf", s.conf.String())
		r.comment("file wg0.conf: %s.conf", s.name)
		emit(r.name+".conf", s.conf.String())
	}
	if strings.Contains(s.command, "%lan0") {
		r.commentLink("lan0")
	}
	if s.before != "" {
		r.comment("before: %s", s.before)
		sh(s.before)
	}
	r.comment("%s", s.command)
	for _, request := range setRequests(s.command, family) {
		r.sent(request)
	}
	r.emit()
}
