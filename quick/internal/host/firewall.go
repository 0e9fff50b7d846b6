//go:build linux

package host

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// AddFirewall adds the rules of f in one transaction. It replaces the rules of an earlier
// call for the interface and family. It uses nf_tables or, if the kernel lacks it,
// iptables-restore. Errors wrap errors.ErrUnsupported if neither can be used.
func (h *Host) AddFirewall(ctx context.Context, f Firewall) error {
	err := checkInterface(f.Interface)
	if err == nil {
		err = h.addRules(ctx, f, h.addTable)
	}
	if err != nil {
		return fmt.Errorf("add %s firewall rules for %q: %w", familyName(f.IPv6), f.Interface, err)
	}
	return nil
}

// addRules adds the rules of f by addTable or, if that has no nf_tables, by iptables-restore.
func (h *Host) addRules(ctx context.Context, f Firewall, addTable func(context.Context, Firewall) error) error {
	err := addTable(ctx, f)
	if errors.Is(err, errNoTables) {
		return h.restoreRules(ctx, f, err)
	}
	return err
}

// RemoveFirewall removes the rules of an interface in all families, also those that
// wg-quick(8) added with nft or iptables.
func (h *Host) RemoveFirewall(ctx context.Context, ifname string) error {
	err := checkInterface(ifname)
	if err == nil {
		err = errors.Join(h.removeTables(ctx, ifname), h.removeRules(ctx, ifname))
	}
	if err != nil {
		return fmt.Errorf("remove the firewall rules for %q: %w", ifname, err)
	}
	return nil
}

// Firewalls returns the interface and the family of each group of rules that AddFirewall
// or wg-quick(8) added, with nf_tables or with iptables.
func (h *Host) Firewalls(ctx context.Context) ([]Firewall, error) {
	tables, err := h.tables(ctx)
	if err != nil && !errors.Is(err, errNoTables) {
		return nil, fmt.Errorf("list firewall tables: %w", err)
	}
	var list []Firewall
	for _, t := range tables {
		name, ok := strings.CutPrefix(t.Name, tablePrefix)
		if ok && (t.Family == unix.NFPROTO_IPV4 || t.Family == unix.NFPROTO_IPV6) {
			list = append(list, Firewall{Interface: name, IPv6: t.Family == unix.NFPROTO_IPV6})
		}
	}
	for _, ipv6 := range []bool{false, true} {
		rules, err := h.savedRules(ctx, ipv6)
		if err != nil {
			return nil, fmt.Errorf("list firewall rules: %w", err)
		}
		for _, name := range commented(rules) {
			list = append(list, Firewall{Interface: name, IPv6: ipv6})
		}
	}
	return list, nil
}

// interfaceBytes are the bytes of names that wg-quick(8) allows.
const interfaceBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_=+.-"

// checkInterface returns an error for a name that could change the meaning of a rule.
func checkInterface(name string) error {
	if name == "" || len(name) >= unix.IFNAMSIZ || strings.Trim(name, interfaceBytes) != "" {
		return fmt.Errorf("invalid interface name %q: must be 1 to 15 of a-z, A-Z, 0-9 and _=+.-", name)
	}
	return nil
}

func familyName(ipv6 bool) string {
	if ipv6 {
		return "IPv6"
	}
	return "IPv4"
}
