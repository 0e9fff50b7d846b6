//go:build linux

package main

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// captureErrors records requests that the kernel refuses, and the family lookup.
func captureErrors() {
	r := newRecord(series() + "/family")
	family := r.family()
	r.emit()

	r = newRecord(series() + "/get-absent")
	r.comment("family 0x%x", family)
	r.comment("no link of this name; NETLINK_EXT_ACK and NETLINK_CAP_ACK are set")
	r.converse(unix.NETLINK_GENERIC, message(family, unix.NLM_F_DUMP,
		generic(wgGetDevice, wgVersion), attribute(wgIfname, text("absent0"))))
	r.emit()

	r = newRecord(series() + "/get-lo")
	r.comment("family 0x%x", family)
	r.comment("a link that is not a WireGuard device")
	r.converse(unix.NETLINK_GENERIC, message(family, unix.NLM_F_DUMP,
		generic(wgGetDevice, wgVersion), attribute(wgIfname, text("lo"))))
	r.emit()

	r = newRecord(series() + "/set-unknown")
	r.comment("family 0x%x", family)
	r.sh("ip link add wg0 type wireguard")
	r.comment("a SET with the attribute 99, which no kernel knows: an error with a text and an offset")
	r.converse(unix.NETLINK_GENERIC, message(family, unix.NLM_F_ACK, generic(wgSetDevice, wgVersion),
		attribute(wgIfname, text("wg0")), attribute(99, binary.NativeEndian.AppendUint32(nil, 1))))
	r.emit()
	sh("ip link del wg0")
}

// captureLinks records the kernel's list of links, with and without a filter by kind, and
// the output of ip(8).
func captureLinks() {
	setup := []string{
		"ip link add dummy0 address 02:00:00:00:00:01 type dummy",
		"ip link add veth0 address 02:00:00:00:00:02 type veth peer name veth1 address 02:00:00:00:00:03",
		"ip link add wg0 type wireguard",
		"ip link add wg1 mtu 1300 type wireguard",
		"ip link property add dev wg1 altname an-alternative-name",
		"ip link set wg1 up",
	}
	for _, command := range setup {
		sh(command)
	}
	info := make([]byte, unix.SizeofIfInfomsg)
	kind := attribute(unix.IFLA_LINKINFO|unix.NLA_F_NESTED, attribute(unix.IFLA_INFO_KIND, text("wireguard")))
	record := func(name string, parts ...[]byte) {
		r := newRecord(series() + "/" + name)
		for _, command := range setup {
			r.comment("%s", command)
		}
		r.converse(unix.NETLINK_ROUTE, message(unix.RTM_GETLINK, unix.NLM_F_DUMP, parts...))
		r.emit()
	}
	record("links", info, kind)
	record("links-all", info)
	emit(series()+"/links-all.json", sh("ip -details -json -pretty link show")+"\n")
	sh("for i in wg0 wg1 veth0 dummy0; do ip link del $i; done")
}
