//go:build linux

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Commands and attributes of linux/wireguard.h.
const (
	wgGetDevice = 0
	wgSetDevice = 1
	wgVersion   = 1
	wgIfname    = 2
)

// captureDevices records several devices, each with the output of wg show dump.
func captureDevices() {
	captureDevice("get-empty", func(r *record) {})
	captureDevice("get-small", setSmall)
	captureDevice("get-split", setSplit)
	captureDevice("get-split-first", setSplitFirst)
	captureDevice("get-handshake", setHandshake)
}

func captureDevice(name string, set func(*record)) {
	r := newRecord(series() + "/" + name)
	sh("ip link add lan0 address 02:00:00:00:00:01 type dummy")
	r.sh("ip link add wg0 type wireguard")
	set(r)
	dump := r.dump()
	r.emit()
	emit(series()+"/"+name+".dump", dump)
	sh("for i in wg0 wg1 lan0; do ip link del $i; done 2>/dev/null; true")
}

// dump records the GET of wg0 and returns the output of wg show dump. It tries again if
// counters changed meanwhile.
func (r *record) dump() string {
	family := new(record).family()
	request := message(family, unix.NLM_F_DUMP, generic(wgGetDevice, wgVersion), attribute(wgIfname, text("wg0")))
	r.comment("family 0x%x", family)
	head := r.text.String()
	for {
		before := sh("wg show wg0 dump")
		r.converse(unix.NETLINK_GENERIC, request)
		if sh("wg show wg0 dump") == before {
			return before
		}
		r.text.Reset()
		r.text.WriteString(head)
	}
}

// setSmall adds a peer with all settings, one with an endpoint and one with none.
func setSmall(r *record) {
	for i, name := range []string{"private", "psk"} {
		writeFile(name, key(1+i)+"\n")
		r.comment("file %s: %s", name, key(1+i))
	}
	r.commentLink("lan0")
	r.sh("wg set wg0 private-key private listen-port 51820 fwmark 0xca6c")
	r.sh("wg set wg0 peer " + key(10) + " preshared-key psk endpoint 192.0.2.1:51821 persistent-keepalive 25" +
		" allowed-ips 10.1.0.0/16,10.2.3.4/32,2001:db8:1::/48,0.0.0.0/0,::/0,2001:db8:2::1/128")
	r.sh("wg set wg0 peer " + key(11) + " endpoint [fe80::1%lan0]:51822")
	r.sh("wg set wg0 peer " + key(12))
}

// setSplit makes a device whose dump has at least four messages. One peer is split over
// several messages, with other peers before and after it.
func setSplit(r *record) {
	var c config
	c.device(1, 51820)
	c.peer(20, "192.0.2.0/24", "Endpoint = 192.0.2.1:51821", "PresharedKey = "+key(2))
	c.peer(21, "")
	c.peer(22, "198.51.100.0/24, 2001:db8:ffff::/48", "PersistentKeepalive = 25")
	c.peer(23, prefixes(1500), "Endpoint = [2001:db8::1]:51821", "PresharedKey = "+key(3), "PersistentKeepalive = 5")
	for i := range 200 {
		c.peer(24+i, fmt.Sprintf("172.16.%d.0/24", i), "Endpoint = 203.0.113.1:51821")
	}
	r.setconf(&c)
}

// setSplitFirst makes a device whose first peer does not fit in a message. The kernel
// then repeats the device's own attributes.
func setSplitFirst(r *record) {
	var c config
	c.device(1, 51820)
	c.peer(20, prefixes(150), "Endpoint = 192.0.2.1:51821")
	c.peer(21, "192.0.2.0/24")
	r.setconf(&c)
}

// setconf runs wg setconf. The file is too long for a comment; the dump has its content.
func (r *record) setconf(c *config) {
	writeFile("wg0.conf", c.String())
	r.sh("wg setconf wg0 wg0.conf")
}

// setHandshake makes wg0 shake hands with wg1 over the loopback interface. A keepalive
// interval starts the handshake; addresses and routes are not needed.
func setHandshake(r *record) {
	writeFile("private0", key(1)+"\n")
	writeFile("private1", key(2)+"\n")
	r.comment("file private0: %s", key(1))
	r.comment("file private1: %s", key(2))
	r.sh("ip link add wg1 type wireguard")
	r.sh("wg set wg0 private-key private0 listen-port 51820")
	r.sh("wg set wg1 private-key private1 listen-port 51821 peer " + publicKey(1) + " allowed-ips 10.0.0.1/32")
	r.sh("ip link set wg0 up; ip link set wg1 up")
	r.sh("wg set wg0 peer " + publicKey(2) + " endpoint 127.0.0.1:51821 persistent-keepalive 25 allowed-ips 10.0.0.2/32")
	for end := time.Now().Add(time.Minute); !talked(); time.Sleep(time.Second / 4) {
		if time.Now().After(end) {
			fail("no handshake within a minute")
		}
	}
}

// talked reports whether wg0 has a handshake and has received and sent data.
func talked() bool {
	_, peer, _ := strings.Cut(sh("wg show wg0 dump"), "\n")
	f := strings.Fields(peer)
	if len(f) != 8 {
		fail("unexpected dump %q", peer)
	}
	for _, number := range f[4:7] { // handshake, received, sent
		if n, err := strconv.ParseUint(number, 10, 64); err != nil || n == 0 {
			return false
		}
	}
	return true
}
