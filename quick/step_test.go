//go:build unix

package quick

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/dns"
)

// Every step of up and its removal has a text and a command, also in JSON.
func TestStepTexts(t *testing.T) {
	t.Parallel()
	for _, s := range planned(t, newMachine(), hookedDefaults) {
		for s.action = range actionRemove + 1 {
			if s.action == actionRemove && (!s.item.recorded() || s.item.Kind == kindMTU) {
				continue
			}
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Step, Command string }
			if err := json.Unmarshal(text, &got); err != nil || got.Step != s.String() || got.Command != s.Command() {
				t.Errorf("Marshal(%s) = %s, %v, want its text and command", s, text, err)
			}
			verb := strings.HasPrefix(got.Step, "remove ") || strings.HasPrefix(got.Step, "delete ")
			if got.Command == "" || verb != (s.action == actionRemove) {
				t.Errorf("step %q has the command %q, want one, and a verb for the action %d", got.Step, got.Command, s.action)
			}
		}
	}
}

func TestCommandsOfRemovals(t *testing.T) {
	t.Parallel()
	for want, i := range map[string]item{
		"ip link delete dev wg0":                               {Kind: kindLink},
		"ip -6 address delete fd00::1/64 dev wg0":              {Kind: kindAddress, Prefix: addressOf(t, "fd00::1/64")},
		"ip -4 route delete 10.0.0.0/8 dev wg0":                {Kind: kindRoute, Prefix: addressOf(t, "10.0.0.0/8")},
		"ip -6 route delete ::/0 dev wg0 table 51820":          {Kind: kindRoute, Prefix: addressOf(t, "::/0"), Table: firstTable},
		"ip -4 rule delete table 51820":                        {Kind: kindRule, Mark: firstTable, Table: firstTable},
		"ip -6 rule delete table main suppress_prefixlength 0": {Kind: kindSuppress, IPv6: true},
		"wg set wg0 fwmark off":                                {Kind: kindMark, Mark: firstTable},
		"resolvconf -d tun.wg0 -f":                             {Kind: kindDNS, DNS: dns.Record{Program: "resolvconf", Name: "tun.wg0"}},
		"nft -f /dev/fd/63":                                    {Kind: kindFirewall},
	} {
		if got := (Step{action: actionRemove, item: i, name: "wg0"}).Command(); got != want {
			t.Errorf("Command() of the removal of a %s = %q, want %q", i.Kind, got, want)
		}
	}
}

func TestAddressWords(t *testing.T) {
	t.Parallel()
	const text = "[Interface]\nAddress = 10.0.0.1, 10.0.0.2/32\naddress = fd00::0001/64 # comment\n"
	tunnel := parseTunnel(t, text)
	words := addressWords(tunnel.File, tunnel.Settings.Interface.Addresses)
	if got, want := strings.Join(words, " "), "10.0.0.1 10.0.0.2/32 fd00::0001/64"; got != want {
		t.Errorf("addressWords = %q, want %q", got, want)
	}
	other := []netip.Prefix{addressOf(t, "10.0.0.1/32"), addressOf(t, "10.0.0.2/32"), addressOf(t, "fd00::2/64")}
	if got := addressWords(tunnel.File, other); got != nil {
		t.Errorf("addressWords with other addresses = %q, want nil", got)
	}
}
