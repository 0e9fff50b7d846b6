package testutil

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The parsers here accept what those of boringtun and GotaTun accept, which are
// written in Rust.

// rustLine returns the next line without its line break. ok is false at the end of the
// stream, and at a line that is not UTF-8.
func rustLine(r *bufio.Reader) (line string, ok bool) {
	line, err := r.ReadString('\n')
	if err != nil && line == "" || !utf8.ValidString(line) {
		return "", false
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), true
}

// rustKey parses a key of 64 hexadecimal digits, or of 43 or 44 characters in base64.
// Base64 that is invalid is the zero key.
func rustKey(v string) (k [wgtypes.KeyLen]byte, ok bool) {
	switch len(v) {
	case 2 * wgtypes.KeyLen:
		b, err := hex.DecodeString(v)
		copy(k[:], b)
		return k, err == nil
	case 43, 44:
		b, err := base64.RawStdEncoding.DecodeString(strings.TrimSuffix(v, "="))
		if err == nil && len(b) == len(k) {
			copy(k[:], b)
		}
		return k, true
	}
	return k, false
}

// rustUint parses a number, which may have a plus sign.
func rustUint(v string, bits int) (n uint64, ok bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(v, "+"), 10, bits)
	return n, err == nil && !strings.HasPrefix(v, "++")
}

// rustEndpoint parses a numeric address, whose zone must be a number, and a port.
func rustEndpoint(v string) (netip.AddrPort, bool) {
	e, err := netip.ParseAddrPort(v)
	if zone := e.Addr().Zone(); err == nil && zone != "" {
		_, err = strconv.ParseUint(zone, 10, 32)
	}
	return wginternal.Unmap(e), err == nil
}

// rustPrefix parses an address with a mask.
func rustPrefix(v string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(v)
	return p.Masked(), err == nil
}
