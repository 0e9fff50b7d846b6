package peerfile_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/peerfile"
)

// prefixes parses a list separated by spaces.
func prefixes(t testing.TB, list string) (all []netip.Prefix) {
	t.Helper()
	for text := range strings.FieldsSeq(list) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestNext(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, addresses, used, want string }{
		{"first", "10.0.0.1/24", "", "10.0.0.2"},
		{"server in the middle", "10.0.0.9/24", "", "10.0.0.1"},
		{"gap", "10.0.0.1/24", "10.0.0.2/32 10.0.0.4/32", "10.0.0.3"},
		{"unsorted", "10.0.0.1/24", "10.0.0.4/32 10.0.0.3/32 10.0.0.2/32", "10.0.0.5"},
		{"prefix of a peer", "10.0.0.1/24", "10.0.0.0/25", "10.0.0.128"},
		{"nested prefixes", "10.0.0.1/24", "10.0.0.0/25 10.0.0.4/30 10.0.0.128/31", "10.0.0.130"},
		{"host bits", "10.0.0.1/24", "10.0.0.3/30", "10.0.0.4"},
		{"other networks", "10.0.0.1/24", "10.0.1.0/24 9.0.0.0/8 ::/0", "10.0.0.2"},
		{"last", "10.0.0.1/29", "10.0.0.2/31 10.0.0.4/31", "10.0.0.6"},
		{"/30", "10.0.0.1/30", "", "10.0.0.2"},
		{"/31", "10.0.0.0/31", "", "10.0.0.1"},
		{"/31, second", "10.0.0.1/31", "", "10.0.0.0"},
		{"end of IPv4", "255.255.255.253/30", "", "255.255.255.254"},
		{"/8", "10.0.0.1/8", "10.0.0.0/9", "10.128.0.0"},
		{"IPv6", "fd00::1/64", "", "fd00::2"},
		{"IPv6, router anycast", "fd00::2/64", "", "fd00::1"},
		{"IPv6, last", "fd00::1/126", "fd00::2/128", "fd00::3"},
		{"/127", "fd00::/127", "", "fd00::1"},
		{"/127, second", "fd00::1/127", "", "fd00::"},
		{"end of IPv6", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", "", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"both families", "10.0.0.1/24 fd00::1/64", "10.0.0.2/32", "10.0.0.3 fd00::2"},
		{"two networks", "10.0.0.1/24 10.1.0.1/24", "", "10.0.0.2 10.1.0.2"},
		{"two addresses of a network", "10.0.0.1/24 10.0.0.2/24", "", "10.0.0.3"},
		{"overlapping networks", "10.0.0.1/16 10.0.0.2/24", "", "10.0.0.3 10.0.0.4"},
		{"single address too", "10.0.0.1/24 192.0.2.1/32", "", "10.0.0.2"},
		{"single address in the network", "10.0.0.1/24 10.0.0.2/32", "", "10.0.0.3"},
		{"link-local", "10.0.0.1/24 fe80::1/64", "", "10.0.0.2"},
	} {
		got, err := peerfile.Next(prefixes(t, test.addresses), prefixes(t, test.used))
		var texts []string
		for _, addr := range got {
			texts = append(texts, addr.String())
		}
		if text := strings.Join(texts, " "); text != test.want || err != nil {
			t.Errorf("%s: Next(%s, %s) = %s, %v, want %s", test.name, test.addresses, test.used, text, err, test.want)
		}
	}
}

func TestNextErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, addresses, used string
		want                  error
		network, by           string
	}{
		{"no address", "", "", peerfile.ErrNoNetwork, "", ""},
		{"/32", "10.0.0.1/32", "", peerfile.ErrNoNetwork, "", ""},
		{"/128", "fd00::1/128", "", peerfile.ErrNoNetwork, "", ""},
		{"only link-local", "fe80::1/64 169.254.0.1/16", "", peerfile.ErrNoNetwork, "", ""},
		{"/30", "10.0.0.1/30", "10.0.0.2/32", peerfile.ErrFull, "10.0.0.0/30", ""},
		{"/31", "10.0.0.0/31", "10.0.0.1/32", peerfile.ErrFull, "10.0.0.0/31", ""},
		{"/127", "fd00::/127", "fd00::1/128", peerfile.ErrFull, "fd00::/127", ""},
		{"halves", "10.0.0.1/24", "10.0.0.0/25 10.0.0.128/25", peerfile.ErrFull, "10.0.0.0/24", ""},
		{"peer with the network", "10.0.0.1/24", "10.0.0.0/24", peerfile.ErrFull, "10.0.0.0/24", "10.0.0.0/24"},
		{"peer with every address", "10.0.0.1/24", "0.0.0.0/0 10.0.0.2/32", peerfile.ErrFull, "10.0.0.0/24", "0.0.0.0/0"},
		{"end of IPv4", "255.255.255.254/31", "255.255.255.255/32", peerfile.ErrFull, "255.255.255.254/31", ""},
		{"end of IPv6", "ffff::1/16", "8000::/1", peerfile.ErrFull, "ffff::/16", "8000::/1"},
		{"second network", "10.0.0.1/24 10.1.0.1/30", "10.1.0.2/32", peerfile.ErrFull, "10.1.0.0/30", ""},
	} {
		got, err := peerfile.Next(prefixes(t, test.addresses), prefixes(t, test.used))
		if got != nil || !errors.Is(err, test.want) {
			t.Errorf("%s: Next(%s, %s) = %v, %v, want %v", test.name, test.addresses, test.used, got, err, test.want)
		}
		full, isFull := errors.AsType[*peerfile.FullError](err)
		if isFull != (test.want == peerfile.ErrFull) {
			t.Errorf("%s: Next returns %T, want a *FullError: %t", test.name, err, !isFull)
			continue
		}
		var by netip.Prefix
		if test.by != "" {
			by = netip.MustParsePrefix(test.by)
		}
		if isFull && (full.Network.String() != test.network || full.Used != by) {
			t.Errorf("%s: Next returns %+v, want %s, %s", test.name, full, test.network, by)
		}
	}
}

// TestNextModel compares Next with a search of every address.
func TestNextModel(t *testing.T) {
	t.Parallel()
	for i := range 1 << 8 { // the used addresses of a network of eight
		used := prefixes(t, "192.0.2.0/24")
		for bit := range 8 {
			if i&(1<<bit) != 0 {
				used = append(used, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(bit)}), 32))
			}
		}
		want := netip.Addr{}
		for host := byte(2); host < 7 && !want.IsValid(); host++ { // 0: network, 1: server, 7: broadcast
			addr := netip.AddrFrom4([4]byte{10, 0, 0, host})
			if !slices.ContainsFunc(used, func(p netip.Prefix) bool { return p.Contains(addr) }) {
				want = addr
			}
		}
		got, err := peerfile.Next(prefixes(t, "10.0.0.1/29"), used)
		if !want.IsValid() {
			if !errors.Is(err, peerfile.ErrFull) {
				t.Errorf("Next(%v) = %v, %v, want %v", used, got, err, peerfile.ErrFull)
			}
			continue
		}
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("Next(%v) = %v, %v, want %v", used, got, err, want)
		}
	}
}
