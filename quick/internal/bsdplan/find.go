package bsdplan

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Find returns the name of the system's interface for the tunnel with this name, or ""
// if it does not exist.
func (s System) Find(ctx context.Context, q Querier, name string) (string, error) {
	switch s {
	case FreeBSD:
		_, err := q.Output(ctx, "ifconfig", name)
		if _, failed := errors.AsType[*exec.ExitError](err); failed {
			return "", context.Cause(ctx)
		}
		return name, err
	case OpenBSD:
		output, err := q.Output(ctx, "ifconfig")
		return ParseDevice(output, name), err
	}
	return findUtun(q, name)
}

// maxAge is the largest difference between the ages of the two files of a userspace
// implementation on macOS. A larger one means that one of them is a leftover.
const maxAge = 2 * time.Second

// findUtun returns the interface of macOS that the name file of a tunnel names. It
// exists if the program that made it has its socket.
func findUtun(q Querier, name string) (string, error) {
	t := Tunnel{System: Darwin, Name: name}
	text, err := q.ReadFile(t.nameFile())
	if err != nil {
		return "", ignoreMissing(err)
	}
	t.Device = strings.TrimSpace(string(text))
	if number, ok := strings.CutPrefix(t.Device, "utun"); !ok || strings.Trim(number, "0123456789") != "" {
		return "", nil
	}
	named, err := q.ModTime(t.nameFile())
	if err != nil {
		return "", ignoreMissing(err)
	}
	listened, err := q.ModTime(t.socket())
	if err != nil || named.Sub(listened).Abs() >= maxAge {
		return "", ignoreMissing(err)
	}
	return t.Device, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ParseNames returns the names of the interfaces in the output of ifconfig.
func ParseNames(output string) (names []string) {
	for l := range strings.Lines(output) {
		if name, _, ok := strings.Cut(l, ":"); ok && strings.TrimLeft(name, " \t") == name {
			names = append(names, name)
		}
	}
	return names
}

// ParseAddresses returns the addresses with their lengths in the output of ifconfig for
// an interface.
func ParseAddresses(output string) (addresses []netip.Prefix) {
	for l := range strings.Lines(output) {
		words := strings.Fields(l)
		if len(words) < 2 || words[0] != "inet" && words[0] != "inet6" {
			continue
		}
		a, err := netip.ParseAddr(words[1])
		if err != nil {
			continue
		}
		bits := a.BitLen()
		for i, word := range words[:len(words)-1] {
			switch word {
			case "netmask":
				bits = maskLength(words[i+1])
			case "prefixlen":
				bits, _ = strconv.Atoi(words[i+1])
			}
		}
		addresses = append(addresses, netip.PrefixFrom(a.WithZone(""), bits))
	}
	return addresses
}

// maskLength returns the length of a mask such as 0xffffff00, or -1.
func maskLength(text string) int {
	mask, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		return -1
	}
	length := 0
	for ; mask&(1<<31) != 0; mask <<= 1 {
		length++
	}
	return length
}
