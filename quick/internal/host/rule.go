//go:build linux

package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// ruleHeader is the size of struct fib_rule_hdr.
const ruleHeader = 12

// Rules returns the policy rules of a family in their order.
func (h *Host) Rules(ctx context.Context, ipv6 bool) ([]Rule, error) {
	reply, err := h.dump(ctx, unix.RTM_GETRULE, &rtnetlink.RuleMessage{Family: family(ipv6)})
	if errors.Is(err, unix.EAFNOSUPPORT) {
		return nil, nil // the kernel has no policy rules for the family
	}
	var rules []Rule
	for _, m := range reply {
		var r Rule
		if r, err = decodeRule(m.Data); err != nil {
			break
		}
		if r.IPv6 == ipv6 {
			rules = append(rules, r)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list policy rules: %w", err)
	}
	return rules, nil
}

// AddRule adds a rule and returns it with the priority that it has.
func (h *Host) AddRule(ctx context.Context, r Rule) (Rule, error) {
	// The echo tells the priority that the kernel chose.
	replies, err := h.changeOne(ctx, unix.RTM_NEWRULE, netlink.Create|netlink.Excl|netlink.Echo, ruleMessage(r))
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EAFNOSUPPORT) {
		err = fmt.Errorf("%w (the kernel needs CONFIG_IP_MULTIPLE_TABLES)", err)
	}
	if err != nil {
		return Rule{}, fmt.Errorf("add policy rule %s: %w", r, err)
	}
	for _, m := range replies {
		if m.Header.Type == unix.RTM_NEWRULE {
			return decodeRule(m.Data)
		}
	}
	return Rule{}, fmt.Errorf("add policy rule %s: the kernel did not report its priority", r)
}

// RemoveRule removes the rule with the priority and the content of r.
func (h *Host) RemoveRule(ctx context.Context, r Rule) error {
	if r.Priority == 0 {
		return fmt.Errorf("remove policy rule %s: invalid priority 0: must be that of the rule", r)
	}
	_, err := h.changeOne(ctx, unix.RTM_DELRULE, 0, ruleMessage(r))
	if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EAFNOSUPPORT) {
		return fmt.Errorf("remove policy rule %s: %w", r, err)
	}
	return nil
}

func ruleMessage(r Rule) *rtnetlink.RuleMessage {
	m := &rtnetlink.RuleMessage{
		Family:     family(r.IPv6),
		Action:     unix.FR_ACT_TO_TBL,
		Attributes: &rtnetlink.RuleAttributes{SuppressPrefixLen: r.SuppressPrefixLength, Table: &r.Table},
	}
	if r.Table < 256 {
		m.Table = uint8(r.Table)
	}
	if r.Invert {
		m.Flags = unix.FIB_RULE_INVERT
	}
	if r.Mark != 0 {
		m.Attributes.FwMark = &r.Mark
	}
	if r.Priority != 0 {
		m.Attributes.Priority = &r.Priority
	}
	return m
}

// decodeRule decodes struct fib_rule_hdr and its attributes. An attribute that it does
// not know is another condition.
func decodeRule(b []byte) (Rule, error) {
	if len(b) < ruleHeader {
		return Rule{}, errShort
	}
	flags := native.Uint32(b[8:])
	r := Rule{
		IPv6:   b[0] == unix.AF_INET6,
		Invert: flags&unix.FIB_RULE_INVERT != 0,
		Table:  uint32(b[4]),
		Other:  b[1] != 0 || b[2] != 0 || b[3] != 0 || b[7] != unix.FR_ACT_TO_TBL,
	}
	ad, err := netlink.NewAttributeDecoder(b[ruleHeader:])
	if err != nil {
		return Rule{}, err
	}
	for ad.Next() {
		switch ad.Type() {
		case unix.FRA_PRIORITY:
			r.Priority = ad.Uint32()
		case unix.FRA_FWMARK:
			r.Mark = ad.Uint32()
		case unix.FRA_FWMASK:
			r.Other = r.Other || ad.Uint32() != 0xffffffff
		case unix.FRA_TABLE:
			r.Table = ad.Uint32()
		case unix.FRA_SUPPRESS_PREFIXLEN:
			if n := ad.Uint32(); n != 0xffffffff {
				r.SuppressPrefixLength = &n
			}
		case unix.FRA_PROTOCOL, unix.FRA_PAD:
		case unix.FRA_L3MDEV:
			r.Other = r.Other || ad.Uint8() != 0
		default:
			r.Other = true
		}
	}
	return r, ad.Err()
}
