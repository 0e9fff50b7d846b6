package main

import (
	"slices"
	"testing"
)

const testDep = `kernel/net/ipv4/udp_tunnel.ko:
kernel/net/ipv6/ip6_udp_tunnel.ko.xz:
kernel/lib/crypto/libcurve25519-generic.ko.xz:
kernel/arch/x86/crypto/curve25519-x86_64.ko.xz: kernel/lib/crypto/libcurve25519-generic.ko.xz
kernel/drivers/net/wireguard/wireguard.ko.xz: kernel/arch/x86/crypto/curve25519-x86_64.ko.xz kernel/lib/crypto/libcurve25519-generic.ko.xz kernel/net/ipv6/ip6_udp_tunnel.ko.xz kernel/net/ipv4/udp_tunnel.ko
kernel/drivers/net/other.ko: kernel/net/ipv4/udp_tunnel.ko
`

func TestModuleOrder(t *testing.T) {
	t.Parallel()
	tree := parseModuleTree(testDep, "kernel/drivers/net/tun.ko\n")
	tests := []struct {
		name string
		load []string
		want []string
		err  string
	}{
		{"nothing", nil, nil, ""},
		{"no needs", []string{"udp_tunnel"}, []string{"kernel/net/ipv4/udp_tunnel.ko"}, ""},
		{"needs first", []string{"wireguard"}, []string{
			"kernel/net/ipv4/udp_tunnel.ko",
			"kernel/net/ipv6/ip6_udp_tunnel.ko.xz",
			"kernel/lib/crypto/libcurve25519-generic.ko.xz",
			"kernel/arch/x86/crypto/curve25519-x86_64.ko.xz",
			"kernel/drivers/net/wireguard/wireguard.ko.xz",
		}, ""},
		{"each once", []string{"udp_tunnel", "other", "other"}, []string{
			"kernel/net/ipv4/udp_tunnel.ko", "kernel/drivers/net/other.ko",
		}, ""},
		{"dash or underscore", []string{"libcurve25519_generic"}, []string{"kernel/lib/crypto/libcurve25519-generic.ko.xz"}, ""},
		{"part of the image", []string{"tun"}, nil, ""},
		{"missing", []string{"veth"}, nil, `no module "veth"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := tree.order(test.load)
			if !slices.Equal(got, test.want) || !matches(err, test.err) {
				t.Errorf("got %q, error %v; want %q, %q", got, err, test.want, test.err)
			}
		})
	}
}

func TestModulesKept(t *testing.T) {
	t.Parallel()
	tree := parseModuleTree(`kernel/net/netfilter/nf_tables.ko: kernel/lib/libcrc32c.ko
kernel/net/sctp/sctp.ko: kernel/crypto/crc.ko
kernel/lib/libcrc32c.ko:
kernel/crypto/crc.ko:
kernel/crypto/other.ko:
kernel/fs/ext4.ko:
`, "kernel/drivers/net/wireguard.ko\nkernel/drivers/net/dummy.ko\nkernel/drivers/net/tun.ko\nkernel/drivers/net/veth.ko\n"+
		"nft_compat.ko\nnft_ct.ko\nnft_fib.ko\nxt_addrtype.ko\nxt_connmark.ko\nxt_mark.ko\n")
	got, err := tree.kept()
	slices.Sort(got)
	want := []string{
		"kernel/crypto/crc.ko", "kernel/lib/libcrc32c.ko", "kernel/net/netfilter/nf_tables.ko", "kernel/net/sctp/sctp.ko",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, error %v; want %q", got, err, want)
	}
}
