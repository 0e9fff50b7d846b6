package wgconf_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
)

// TestOtherFormat checks that a file of another program is one error that says so, and
// that a file with WireGuard's sections is not one.
func TestOtherFormat(t *testing.T) {
	t.Parallel()
	const (
		intro    = ": not a file of wg(8) or wg-quick(8): "
		networkd = intro + "this is a file of systemd-networkd"
		manager  = intro + "this is a connection of NetworkManager"
		json     = intro + "this is JSON"
		own      = "[Interface]\nPrivateKey = " + privateText + "\n"
		utf16    = "1" + intro + "this is UTF-16: save it as UTF-8"
		unclear  = "1: unrecognized line: "
		outside  = " is outside of a section: must follow [Interface] or [Peer]"
		none     = "0: warning: no [Interface] section"
	)
	wide := func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") }
	for text, want := range map[string][]string{
		"# x\n\n[NetDev]\nName = wg0\n":                    {"3" + networkd},
		"[WireGuard]\nPrivateKey = " + privateText:         {"1" + networkd},
		"[WireGuardPeer]\nEndpoint = x\n":                  {"1" + networkd},
		"[Match]\nName=wg0\n[Network]\n":                   {"1" + networkd},
		"[connection]\nid=wg0\n":                           {"1" + manager},
		"[wireguard]\nlisten-port=1\n":                     {"1" + manager},
		"[wireguard-peer." + keyA + "]\n":                  {"1" + manager},
		"{\n  \"peers\": []\n}\n":                          {"1" + json},
		"\n[{\"a\": 1}]":                                   {"2" + json},
		"[ \"a\" ]":                                        {"1" + json},
		"[]":                                               {"1" + json},
		"[\n  {\"a\": 1}\n]\n":                             {"1" + json},
		"#!/bin/sh\nwg show\n":                             {"1" + intro + "this is a script"},
		"private_key=00\n":                                 {"1" + intro + "this is the protocol of userspace devices: use wg showconf"},
		"set=1\nlisten_port=1\n":                           {"1" + intro + "this is the protocol of userspace devices: use wg showconf"},
		"auto wg0\niface wg0 inet static\n":                {"1" + intro + "this is a file of ifupdown"},
		"[Unit]\nDescription=x\n":                          {"1" + intro + "this is a unit of systemd"},
		"vpn://AAAA\n":                                     {"1" + intro + "this is a key of AmneziaVPN"},
		"/interface wireguard\nadd name=wg0\n":             {"1" + intro + "this is a script of RouterOS"},
		"\x1b[32m\x1b[1minterface\x1b[0m: \x1b[32mwg0\n":   {"1" + intro + "this is the output of wg show: use wg showconf"},
		"interface: wg0\n  listening port: 1\n":            {"1" + intro + "this is the output of wg show: use wg showconf"},
		"peer: " + keyA + "\n":                             {"1" + intro + "this is the output of wg show: use wg showconf"},
		"wg0\t" + privateText + "\t" + keyA + "\t1\toff\n": {"1" + intro + "this is the output of wg show dump: use wg showconf"},
		"network:\n  tunnels:\n":                           {"1" + intro + "this is a file of netplan"},
		"config interface 'wg0'\n":                         {"1" + intro + "this is a file of OpenWrt (UCI)"},
		"cl\x1b[xmient\n":                                  {none, unclear + `"cl\x1b[xmient"` + outside},
		"client\x1b[32\n":                                  {none, unclear + `"client\x1b[32"` + outside},
		"client\ndev tun\n":                                {"1" + intro + "this is a file of OpenVPN"},
		"<!DOCTYPE html>\n":                                {"1" + intro + "this is XML or HTML"},
		"PK\x03\x04x":                                      {"1" + intro + "this is an archive or an image"},
		"-----BEGIN PGP MESSAGE-----\n":                    {"1" + intro + "this is an encrypted or PEM file"},

		"[Interface]\rPrivateKey = x\r":             {"1" + intro + "its lines end with CR: save it with LF"},
		"\x85\x02\x0c\x03\r\x17\n":                  {"1" + intro + "this is a binary file"},
		"\x1b[1mx\n":                                {none, unclear + `"\x1b[1mx"` + outside},
		"# x\r[Interface]\r":                        {none},
		"\n \xff\xfe[":                              {utf16},
		"\xff\xfe" + wide(own) + "\x00":             {utf16},
		"\xfe\xff\x00" + wide(own):                  {utf16},
		wide("# x\n"+strings.ToUpper(own)) + "\x00": {utf16},
		"\x00" + wide("\n  [Peer]\n"):               {utf16},
		"# " + wide("[Peer]") + "\n" + own:          {"1: warning: NUL byte: wg(8) ends the line there, wg-quick(8) ignores it"},

		own + "[WireGuard]\n": {`3: unrecognized line: unknown section "[WireGuard]": must be [Interface] or [Peer]`},
		"{\n" + own:           {unclear + `"{"` + outside},
		"x\n":                 {none, unclear + `"x"` + outside},
		"# {\nx\n":            {none, `2: unrecognized line: "x"` + outside},
		"a\tb\tc\td\n":        {none, unclear + `"abcd"` + outside},
	} {
		if diff := cmp.Diff(want, checkText(wgconf.DialectWGQuick, text)); diff != "" {
			t.Errorf("Check of %q (-want +got):\n%s", text, diff)
		}
	}
}

// TestAmneziaWG checks that a file with settings of AmneziaWG is one error, which
// lists them.
func TestAmneziaWG(t *testing.T) {
	t.Parallel()
	const (
		intro   = ": not a file of wg(8) or wg-quick(8): "
		own     = "[Interface]\nPrivateKey = " + privateText + "\n"
		peer    = "[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = ::/0\n"
		unclear = "1: unrecognized line: "
		outside = " is outside of a section: must follow [Interface] or [Peer]"
	)
	for text, want := range map[string][]string{
		own + "Jc = 3\n": {"3" + intro + "Jc is a setting of AmneziaWG"},
		own + "jmin=1\nS1 = 5\n" + peer + "H 1 = 2\n":      {"3" + intro + "Jmin, S1 and H1 are settings of AmneziaWG"},
		own + "Jc = 3\nMTU = x\nNonsense\nJc = 4\n":        {"3" + intro + "Jc is a setting of AmneziaWG"},
		peer + own + "H1 = 1-5\nI5 = <b 0x0>\nItime = 1\n": {"6" + intro + "H1, I5 and Itime are settings of AmneziaWG"},
		own + "Jc\n":     {`3: unrecognized line: unknown key "Jc" in [Interface]`},
		"Jc = 3\n" + own: {unclear + `"Jc"` + outside},
	} {
		if diff := cmp.Diff(want, checkText(wgconf.DialectWGQuick, text)); diff != "" {
			t.Errorf("Check of %q (-want +got):\n%s", text, diff)
		}
	}
}
