//go:build linux

package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// tablePrefix begins the names of wg-quick's tables.
const tablePrefix = "wg-quick-"

// replyTimeout limits the wait for an acknowledgement. The kernel sends it before send
// returns, but after some failures it sends fewer than were requested.
const replyTimeout = 5 * time.Second

// errNoTables is the error of a kernel that lacks nf_tables or a part of it that the rules
// need.
var errNoTables = fmt.Errorf("the kernel lacks nf_tables, nft_fib or nft_ct: %w", errors.ErrUnsupported)

// nftables calls f with a connection to nf_tables.
func (h *Host) nftables(ctx context.Context, f func(*nftables.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	deadline := time.Now().Add(replyTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	err := h.ns.dial(func(fd int) error {
		c, err := nftables.New(nftables.WithNetNSFd(fd), nftables.AsLasting(),
			nftables.WithSockOptions(func(s *netlink.Conn) error {
				// Kernels before 4.12 explain no errors.
				_ = s.SetOption(netlink.ExtendedAcknowledge, true)
				return s.SetDeadline(deadline)
			}))
		if err != nil {
			return err
		}
		return errors.Join(f(c), c.CloseLasting())
	})
	if r := refused(err); r != nil { // the first of the errors
		err = r.explain()
	}
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EOPNOTSUPP) {
		return fmt.Errorf("%w (%w)", errNoTables, err)
	}
	return err
}

// tables returns the tables of all families.
func (h *Host) tables(ctx context.Context) (list []*nftables.Table, err error) {
	err = h.nftables(ctx, func(c *nftables.Conn) error {
		list, err = c.ListTables()
		return err
	})
	if errors.Is(err, unix.EINVAL) { // nfnetlink has no subsystem nf_tables
		err = fmt.Errorf("%w (%w)", errNoTables, err)
	}
	return list, err
}

// addTable adds the table of f, and removes one with the same name.
func (h *Host) addTable(ctx context.Context, f Firewall) error {
	// Without nf_tables, the kernel acknowledges a batch only once.
	if _, err := h.tables(ctx); err != nil {
		return err
	}
	err := h.nftables(ctx, func(c *nftables.Conn) error {
		table := &nftables.Table{Name: tablePrefix + f.Interface, Family: nftables.TableFamilyIPv4}
		if f.IPv6 {
			table.Family = nftables.TableFamilyIPv6
		}
		c.AddTable(table) // so that DelTable cannot fail
		c.DelTable(table)
		c.AddTable(table)
		appendChains(c, table, f)
		return c.Flush()
	})
	if errors.Is(err, unix.ENOENT) { // a kind of expression
		return fmt.Errorf("%w (%w)", errNoTables, err)
	}
	return err
}

// appendChains adds the chains and rules in the order of wg-quick(8).
func appendChains(c *nftables.Conn, table *nftables.Table, f Firewall) {
	chain := func(name string, hook *nftables.ChainHook, priority *nftables.ChainPriority) *nftables.Chain {
		return c.AddChain(&nftables.Chain{
			Name: name, Table: table, Type: nftables.ChainTypeFilter, Hooknum: hook, Priority: priority,
		})
	}
	rule := func(chain *nftables.Chain, expressions ...expr.Any) {
		c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: expressions})
	}
	preraw := chain("preraw", nftables.ChainHookPrerouting, nftables.ChainPriorityRaw)
	premangle := chain("premangle", nftables.ChainHookPrerouting, nftables.ChainPriorityMangle)
	postmangle := chain("postmangle", nftables.ChainHookPostrouting, nftables.ChainPriorityMangle)
	for _, a := range f.Addresses {
		rule(preraw, dropOutside(f.Interface, a)...)
	}
	rule(postmangle, saveMark(f.Mark)...)
	rule(premangle, restoreMark()...)
}

// register is the register that all expressions use.
const register = unix.NFT_REG_1

// dropOutside drops packets to a that come neither from the interface nor from this host:
//
//	iifname != "NAME" ip daddr ADDRESS fib saddr type != local drop
func dropOutside(name string, a netip.Addr) []expr.Any {
	exact := make([]byte, unix.IFNAMSIZ)
	copy(exact, name)
	offset := uint32(16) // of the destination in struct iphdr
	if a.Is6() {
		offset = 24 // in struct ipv6hdr
	}
	address := a.AsSlice()
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyIIFNAME, Register: register},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: exact},
		&expr.Payload{
			Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: uint32(len(address)), DestRegister: register,
		},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: address},
		&expr.Fib{Register: register, ResultADDRTYPE: true, FlagSADDR: true},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: binaryutil.NativeEndian.PutUint32(unix.RTN_LOCAL)},
		&expr.Verdict{Kind: expr.VerdictDrop},
	}
}

// saveMark gives the connection of the device's own packets their mark:
//
//	meta l4proto udp mark MARK ct mark set mark
func saveMark(mark uint32) []expr.Any {
	return append(isUDP(),
		&expr.Meta{Key: expr.MetaKeyMARK, Register: register},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: binaryutil.NativeEndian.PutUint32(mark)},
		&expr.Meta{Key: expr.MetaKeyMARK, Register: register},
		&expr.Ct{Key: expr.CtKeyMARK, Register: register, SourceRegister: true},
	)
}

// restoreMark gives received packets the mark of their connection:
//
//	meta l4proto udp meta mark set ct mark
func restoreMark() []expr.Any {
	return append(isUDP(),
		&expr.Ct{Key: expr.CtKeyMARK, Register: register},
		&expr.Meta{Key: expr.MetaKeyMARK, Register: register, SourceRegister: true},
	)
}

func isUDP() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: register},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: []byte{unix.IPPROTO_UDP}},
	}
}

// removeTables removes the tables of an interface.
func (h *Host) removeTables(ctx context.Context, ifname string) error {
	tables, err := h.tables(ctx)
	if errors.Is(err, errNoTables) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Name != tablePrefix+ifname {
			continue
		}
		err := h.nftables(ctx, func(c *nftables.Conn) error {
			c.DelTable(t)
			return c.Flush()
		})
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}
