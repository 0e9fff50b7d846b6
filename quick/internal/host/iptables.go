//go:build linux

package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// commentPrefix begins the comments of wg-quick's rules. The name of the interface
// and a quote follow.
const commentPrefix = `-m comment --comment "wg-quick(8) rule for `

// comment returns the comment of wg-quick's rules for an interface.
func comment(ifname string) string { return commentPrefix + ifname + `"` }

// program returns the name of an iptables program for a family.
func program(ipv6 bool, suffix string) string {
	if ipv6 {
		return "ip6tables" + suffix
	}
	return "iptables" + suffix
}

// restoreRules adds the rules of f by iptables-restore. cause says why nf_tables cannot be
// used.
func (h *Host) restoreRules(ctx context.Context, f Firewall, cause error) error {
	restore := program(f.IPv6, "-restore")
	if _, err := exec.LookPath(restore); err != nil {
		return fmt.Errorf("%w, and %w", cause, err)
	}
	if err := h.removeFamilyRules(ctx, f.IPv6, f.Interface); err != nil {
		return err
	}
	_, err := h.runProgram(ctx, restoreInput(f), restore, "-n")
	return err
}

// restoreInput returns the input of iptables-restore.
func restoreInput(f Firewall) string {
	var b strings.Builder
	mark := comment(f.Interface)
	b.WriteString("*raw\n")
	for _, a := range f.Addresses {
		fmt.Fprintf(&b, "-I PREROUTING ! -i %s -d %s -m addrtype ! --src-type LOCAL -j DROP %s\n", f.Interface, a, mark)
	}
	b.WriteString("COMMIT\n*mangle\n")
	fmt.Fprintf(&b, "-I POSTROUTING -m mark --mark %d -p udp -j CONNMARK --save-mark %s\n", f.Mark, mark)
	fmt.Fprintf(&b, "-I PREROUTING -p udp -j CONNMARK --restore-mark %s\n", mark)
	b.WriteString("COMMIT\n")
	return b.String()
}

// removeRules removes the rules of an interface that iptables has.
func (h *Host) removeRules(ctx context.Context, ifname string) error {
	return errors.Join(
		h.removeFamilyRules(ctx, false, ifname),
		h.removeFamilyRules(ctx, true, ifname))
}

func (h *Host) removeFamilyRules(ctx context.Context, ipv6 bool, ifname string) error {
	rules, err := h.savedRules(ctx, ipv6)
	if err != nil {
		return err
	}
	input := removalInput(rules, ifname)
	if input == "" {
		return nil
	}
	_, err = h.runProgram(ctx, input, program(ipv6, "-restore"), "-n")
	return err
}

// savedRules returns the output of iptables-save. It is empty if the program is missing
// or the kernel has no iptables.
func (h *Host) savedRules(ctx context.Context, ipv6 bool) (string, error) {
	save := program(ipv6, "-save")
	if _, err := exec.LookPath(save); err != nil {
		return "", nil
	}
	rules, err := h.runProgram(ctx, "", save)
	if err != nil {
		return "", ctx.Err()
	}
	return rules, nil
}

// commented returns the interfaces that have rules in the output of iptables-save.
func commented(rules string) (names []string) {
	for line := range strings.Lines(rules) {
		_, rest, found := strings.Cut(line, commentPrefix)
		name, _, quoted := strings.Cut(rest, `"`)
		if found && quoted && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// removalInput returns the input of iptables-restore that removes the rules of an
// interface from the output of iptables-save. It is empty if there are none.
func removalInput(rules, ifname string) string {
	var b strings.Builder
	found := false
	for line := range strings.Lines(rules) {
		line = strings.TrimSuffix(line, "\n")
		rule, isRule := strings.CutPrefix(line, "-A ")
		switch {
		case isRule && strings.Contains(line, comment(ifname)):
			found = true
			b.WriteString("-D " + rule + "\n")
		case strings.HasPrefix(line, "*") || line == "COMMIT":
			b.WriteString(line + "\n")
		}
	}
	if !found {
		return ""
	}
	return b.String()
}

// runProgram runs a program in the namespace and returns its output.
func (h *Host) runProgram(ctx context.Context, input, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	err := h.ns.run(cmd.Run)
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}
