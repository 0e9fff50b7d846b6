package wgconf_test

import (
	"maps"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// names are the names of peers.
type names = map[wgtypes.PublicKey]string

func parseNames(text string) names {
	return wgconf.Parse("wg0.conf", []byte(text)).PeerNames()
}

// named returns the section of a peer with the key {b}.
func named(b byte) string { return "[Peer]\nPublicKey = " + wgtypes.PublicKey{b}.String() + "\n" }

func TestPeerNames(t *testing.T) {
	t.Parallel()
	secret := wgtypes.PublicKey{9}.String()
	for name, test := range map[string]struct {
		text string
		want names
	}{
		"nothing":           {"", names{}},
		"one":               {"# Alice\n" + named(1), names{{1}: "Alice"}},
		"no space":          {"#Alice\n" + named(1), names{{1}: "Alice"}},
		"spaces":            {"   #  Alice's  laptop \t\r\n" + named(1), names{{1}: "Alice's  laptop"}},
		"after a peer":      {named(1) + "AllowedIPs = 10.0.0.1/32\n\n# Bob\n" + named(2), names{{2}: "Bob"}},
		"the last line":     {"# written by a tool\n# Alice\n" + named(1), names{{1}: "Alice"}},
		"an empty comment":  {"# Alice\n#\n" + named(1), names{}},
		"an empty line":     {"# the peers\n\n" + named(1), names{}},
		"within":            {"[Peer]\n# Alice\nPublicKey = " + wgtypes.PublicKey{1}.String(), names{{1}: "Alice"}},
		"of a setting":      {"[Interface]\nMTU = 1420 # small\n" + named(1), names{}},
		"a setting":         {"#AllowedIPs = 10.0.0.0/8\n" + named(1), names{}},
		"a bad setting":     {"# presharedkey=abc\n" + named(1), names{}},
		"a secret":          {"# was " + secret + "\n" + named(1), names{}},
		"a secret's part":   {"# was " + strings.TrimRight(secret, "=") + "\n" + named(1), names{}},
		"a hook":            {"# PostUp = wg set %i private-key /etc/key\n" + named(1), names{}},
		"no key":            {"# Alice\n[Peer]\nAllowedIPs = 10.0.0.0/8\n", names{}},
		"a bad key":         {"# Alice\n[Peer]\nPublicKey = x\n\n# Bob\n" + named(2), names{{2}: "Bob"}},
		"an unknown line":   {"nonsense\n# Alice\n" + named(1), names{{1}: "Alice"}},
		"a key twice":       {"# Alice\n" + named(1) + "\n# Bob\n" + named(1), names{{1}: "Bob"}},
		"an interface":      {named(1) + "[Interface]\n# Bob\nMTU = 1420\n", names{}},
		"two interfaces":    {"# Alice\n" + named(1) + "[Interface]\n# Bob\n" + named(2), names{{1}: "Alice", {2}: "Bob"}},
		"not UTF-8":         {"# Al\xffice\n" + named(1), names{{1}: "Al\xffice"}},
		"just not too long": {"# " + strings.Repeat("ä", 64) + "\n" + named(1), names{{1}: strings.Repeat("ä", 64)}},
		"long":              {"# " + strings.Repeat("ä", 100) + "\n" + named(1), names{{1}: strings.Repeat("ä", 64)}},
		"long, uneven":      {"# x" + strings.Repeat("ä", 100) + "\n" + named(1), names{{1}: "x" + strings.Repeat("ä", 63)}},
	} {
		if got := parseNames(test.text); !maps.Equal(got, test.want) {
			t.Errorf("%s: PeerNames(%q) = %q, want %q", name, test.text, got, test.want)
		}
	}
}

// section returns a [Peer] section with comments before and after its keys.
func section(b byte, header, before, after string) string {
	return header + "\n" + before + "PublicKey = " + wgtypes.PublicKey{b}.String() + "\nAllowedIPs = 10.0.0.1/32\n" + after
}

// TestPeerNameConventions checks the conventions of other tools, and that no
// comment names the wrong peer.
func TestPeerNameConventions(t *testing.T) {
	t.Parallel()
	two := names{{1}: "Alice", {2}: "Bob"}
	for name, test := range map[string]struct {
		text string
		want names
	}{
		"on the header":          {section(1, "[Peer] # Alice", "", "") + section(2, "[Peer]#Bob", "", ""), two},
		"before the first key":   {section(1, "[Peer]", "# Alice\n", "") + section(2, "[Peer]", "\n#Bob\n# since 2024\n", ""), two},
		"after the first key":    {section(1, "[Peer]", "", "# Alice\n"), names{}},
		"friendly_name":          {section(1, "[Peer]", "# friendly_name = Alice\n", "") + section(2, "[Peer]", "", "#friendly_name=Bob\n"), two},
		"Name":                   {section(1, "[Peer]", "", "# Name = Alice\n") + section(2, "[Peer]", "#Name = Bob\n", ""), two},
		"between keys":           {section(1, "[Peer]", "", "\n# x\n\n# Name = Alice\nPersistentKeepalive = 5\n"), names{{1}: "Alice"}},
		"at the end":             {section(1, "[Peer]", "", "\n# Name = Alice"), names{{1}: "Alice"}},
		"Name above":             {section(1, "[Peer]", "", "\n# Name = Bob\n") + section(2, "[Peer]", "", ""), names{{2}: "Bob"}},
		"Name between sections":  {section(1, "[Peer]", "", "\n# Name = Bob\n\n") + section(2, "[Peer]", "", ""), names{}},
		"below the last key":     {section(1, "[Peer]", "", "# Bob\n") + section(2, "[Peer]", "", ""), names{}},
		"two below the last key": {section(1, "[Peer]", "", "# x\n# Bob\n") + section(2, "[Peer]", "", ""), names{}},
		"Name below the last":    {section(1, "[Peer]", "", "# Name = Alice\n") + section(2, "[Peer]", "", ""), names{{1}: "Alice"}},
		"below a hook":           {"[Interface]\nPostUp = true\n# Bob\n" + section(2, "[Peer]", "", ""), names{}},
		"in the interface":       {"[Interface]\n# Name = wg0\nMTU = 1420\n\n" + section(2, "[Peer]", "", ""), names{}},
		"markers": {
			"### begin Alice ###\n" + section(1, "[Peer]", "", "### end Alice ###\n") + "\n# BEGIN PEER\n" + section(2, "[Peer]", "# -- BEGIN_Bob --\n", "\n# End\n"),
			names{},
		},
		"other markers": {
			section(1, "[Peer]", "", "\n# alice END\n") + section(2, "[Peer]", "", "\n# </alice>\n") + section(3, "[Peer]", "", "\n# <<< alice\n") +
				section(4, "[Peer]", "# >>> bob\n", "\n# bob end\n") + section(5, "[Peer] # carol begin", "", ""),
			names{},
		},
		"ends of names":         {section(1, "[Peer]", "# West End\n", "") + section(2, "[Peer] # front-end", "", ""), names{{1}: "West End", {2}: "front-end"}},
		"no markers":            {section(1, "[Peer]", "# Endres\n", "") + section(2, "[Peer] # beginner", "", ""), names{{1}: "Endres", {2}: "beginner"}},
		"Name of a marker":      {section(1, "[Peer]", "# Name = end user\n", ""), names{{1}: "end user"}},
		"another assignment":    {section(1, "[Peer]", "# friendly_json = {}\n", "") + section(2, "[Peer] # x=y", "", ""), names{}},
		"a disabled section":    {section(1, "[Peer]", "", "#[Peer]\n# Name = Bob\n#AllowedIPs = ::/0\n"), names{}},
		"a disabled peer below": {section(1, "[Peer]", "# Name = Alice\n# x\n# [Peer]\n", ""), names{}},
		"a disabled peer above": {"# [Peer]\n# Name = Bob\n" + section(1, "[Peer]", "", ""), names{}},
		"an unknown section":    {"# Bob\n[WireGuard]\n" + section(1, "[Peer]", "", "\n# Bob\n[Other]\n# Name = x\n"), names{}},
		"a key as Name":         {section(1, "[Peer]", "# Name = "+wgtypes.PublicKey{9}.String()+"\n", ""), names{}},
		"Name without a value":  {section(1, "[Peer] # Alice", "# Name =\n", ""), names{{1}: "Alice"}},
		"preference": {
			"# e\n" + section(1, "[Peer] # c", "# d\n", "# Name = a\n") + "\n# Name = b\n" + section(2, "[Peer] # c", "# d\n", "") +
				"\n# e\n" + section(3, "[Peer] # c", "# d\n", "") + "\n# e\n" + section(4, "[Peer]", "# d\n", ""),
			names{{1}: "a", {2}: "b", {3}: "c", {4}: "d"},
		},
		"two comments inside":  {section(1, "[Peer]", "# Alice\n\n# works at home\n", ""), names{{1}: "Alice"}},
		"two names":            {section(1, "[Peer]", "# Name = Alice\n", "\n# Name = Bob\n"), names{{1}: "Alice"}},
		"two names in a block": {section(1, "[Peer]", "# Name = Alice\n# Name = Bob\n", ""), names{{1}: "Alice"}},
		"three tools": {
			"### begin alice ###\n" + section(1, "[Peer]", "# friendly_name = alice-phone\n", "### end alice ###\n") +
				section(2, "[Peer]", "# bob-laptop\n", "### end bob ###\n") + section(3, "[Peer] # carol", "", ""),
			names{{1}: "alice-phone", {2}: "bob-laptop", {3}: "carol"},
		},
	} {
		if got := parseNames(test.text); !maps.Equal(got, test.want) {
			t.Errorf("%s: PeerNames(%q) = %q, want %q", name, test.text, got, test.want)
		}
	}
}

// TestComments checks which comments are names, above [Peer], on the header and in
// the section.
func TestComments(t *testing.T) {
	t.Parallel()
	for comment, want := range map[string]string{
		"# alice": "alice", "#alice": "alice", "### Client alice": "Client alice", "### alice ###": "alice", "# Alice's laptop (old)": "Alice's laptop (old)",
		"# alice@example.com": "alice@example.com", "# 42": "42", "# alice-2": "alice-2", "# \u00c4nne": "\u00c4nne", "# \u5c0f\u660e": "\u5c0f\u660e", "# a = b c": "", "# alice and bob = friends": "alice and bob = friends",
		"# -x": "-x", "# site 10.0.0.0/8": "site 10.0.0.0/8", "# AlexandersMacbookPro": "AlexandersMacbookPro", "# seen": "seen", "# aaron": "aaron", "# Bill": "Bill", "# Endres": "Endres", "# aend": "aend", "# zend": "zend", "# \u0080": "\u0080", "# \u0080begin": "\u0080begin",
		"# Name: alice": "alice", "# name = alice": "alice", "# friendly_name: alice": "alice", "# Name=alice=bob": "alice=bob",

		"# BEGIN_PEER alice": "", "# END_PEER alice": "", "### begin alice ###": "", "# -- begin --": "", "# BEGIN": "", "# (begin) alice": "",
		"# BEGIN ANSIBLE MANAGED BLOCK": "", "# end": "",
		"#AllowedIPs = 10.0.0.0/8": "", "# AllowedIPs 10.0.0.0/8": "", "#Endpoint: x": "", "# PresharedKey": "", "# DNS": "", "# PostUp # x": "", "# L i s t e n Port = 5": "", "# Fw Mark = 5": "", "# ListenPort\t5": "", "# Allowed IPs = ::/0": "",
		"# ---": "", "# =====": "", "#": "", "####": "", "# *": "", "# --- clients ---": "", "# == alice": "", "# -- alice": "", "# alice --": "",
		"# https://example.com/alice": "", "# see https://example.com": "", "# 2024-05-01": "", "# 01.05.2024": "", "# since 2024-05-01": "",
		"# 10.0.0.2": "", "# 10.0.0.0/8": "", "# 2001:db8::1": "", "# Created: yesterday": "", "# Owner: bob": "", "# owner=bob": "",
		"# TODO: ask alice": "", "# FIXME": "", "# Generated by wg-gen": "", "# added by bob": "", "# disabled, ask bob": "", "# This peer is old": "",
		"# [Peer]": "", "# [Interface] # x": "", "# " + keyA: "", "# old key: " + keyA[3:20]: "", "# " + strings.Repeat("vpn-", 10): "", "# " + strings.Repeat("vpn-", 9): strings.Repeat("vpn-", 9), "# Name = " + keyA[3:20]: "",
	} {
		key := "PublicKey = " + keyB + "\n"
		for place, text := range map[string]string{
			"above": comment + "\n[Peer]\n" + key, "on the header": "[Peer] " + comment + "\n" + key, "inside": "[Peer]\n" + comment + "\n" + key,
			"inside, ruled": "[Peer]\n# ----\n" + comment + "\n# ----\n" + key, "above, ruled": "# ====\n" + comment + "\n# ====\n[Peer]\n" + key,
		} {
			if got := parseNames(text)[publicB]; got != want {
				t.Errorf("name of the comment %q %s = %q, want %q", comment, place, got, want)
			}
		}
		below := "[Peer]\nPublicKey = " + keyA + "\n# ----\n" + comment + "\n[Peer]\n" + key
		if got, ok := parseNames(below)[publicB]; ok {
			t.Errorf("name of the comment %q below another key = %q, want none", comment, got)
		}
	}
}

// TestLongComments checks that the last line of a very long comment is a name, and
// that an assigned name behind many comments is not lost if it is the last. Between keys
// and the next section, 1000 comments count.
func TestLongComments(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		strings.Repeat("# x y\n", 1000) + "# alice\n" + named(1):                    "alice",
		"[Peer]\n# alice\n" + strings.Repeat("# x y\n", 1000) + named(1)[7:]:        "alice",
		strings.Repeat("# x y\n", 1000) + "# Name = alice\n" + named(1) + "# bob\n": "alice",
		named(1) + strings.Repeat("\n# x y\n", 900) + "\n# Name = alice\n\n":        "alice",
		named(1) + strings.Repeat("\n# x y\n", 1001) + "\n# Name = alice\n\n":       "",
	} {
		if got := parseNames(text)[wgtypes.PublicKey{1}]; got != want {
			t.Errorf("name in %.30q... = %q, want %q", text, got, want)
		}
	}
}

// TestNameKeepsNoFile checks that a name does not keep the memory of the file,
// which has keys. It is not parallel, so that no other test allocates.
func TestNameKeepsNoFile(t *testing.T) {
	const size = 32 << 20
	inUse := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := inUse()
	held := parseNames("# Alice\n" + named(1) + strings.Repeat(" ", size))
	if now := inUse(); now > before+size/2 {
		t.Errorf("names of a file of %d bytes keep %d bytes, want at most %d", size, now-before, size/2)
	}
	if held[wgtypes.PublicKey{1}] != "Alice" {
		t.Errorf("PeerNames = %q, want Alice for the peer", held)
	}
}

// FuzzPeerNames checks that no name is empty, too long or contains a key.
func FuzzPeerNames(f *testing.F) {
	f.Add("# Alice\n" + named(1))
	f.Add("# " + strings.Repeat("\x9a", 129) + "\n" + named(1)) // bytes of which no character begins
	f.Add("[Interface]\nPrivateKey = " + wgtypes.PublicKey{9}.String() + "\n# PrivateKey = " + wgtypes.PublicKey{9}.String() + "\n" + named(1))
	f.Fuzz(func(t *testing.T, text string) {
		for k, name := range parseNames(text + "\n" + named(1)) {
			if name == "" || len(name) > 128 || k.IsZero() {
				t.Errorf("name of %v = %q, want 1 to 128 bytes and a key that is not zero", k, name)
			}
			if strings.Contains(name, "\n") || strings.Contains(name, strings.TrimRight(wgtypes.PublicKey{9}.String(), "=")) {
				t.Errorf("name = %q, want no line break and no key", name)
			}
		}
	})
}
