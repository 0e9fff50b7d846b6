package dns

import (
	"fmt"
	"io/fs"
	"strings"
)

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Check returns an error that wraps fs.ErrInvalid for words that the programs could
// take for something else. Some resolvconfs are shell scripts whose plug-ins do not
// quote the words, and the name is the name of a file there.
func Check(ifname string, c Config) error {
	switch {
	case !isName(ifname) || ifname == "." || ifname == "..":
		return invalid("invalid interface name %q: must have letters, digits and _=+.- only", ifname)
	case len(c.Servers) == 0:
		return invalid("missing DNS server")
	}
	for _, a := range c.Servers {
		if !a.IsValid() || a.Zone() != "" && !isName(a.Zone()) {
			return invalid("invalid DNS server %q: must be an IP address", a)
		}
	}
	for _, domain := range c.Search {
		if domain == "" || domain[0] == '-' || strings.ContainsFunc(domain, notInDomain) {
			return invalid("invalid search domain %q: must have letters, digits and _.~- only, and not begin with -", domain)
		}
	}
	return nil
}

func invalid(format string, args ...any) error {
	return &invalidError{fmt.Sprintf(format, args...)}
}

// invalidError is an error that wraps fs.ErrInvalid.
type invalidError struct{ text string }

func (e *invalidError) Error() string        { return e.text }
func (e *invalidError) Is(target error) bool { return target == fs.ErrInvalid }

// isName reports whether s has only characters that names of interfaces have in
// wg-quick.
func isName(s string) bool { return s != "" && strings.Trim(s, alphanumeric+"_=+.-") == "" }

// notInDomain reports whether no search domain has r. Characters of other alphabets
// belong to internationalized names.
func notInDomain(r rune) bool { return r < 0x80 && !strings.ContainsRune(alphanumeric+"_.~-", r) }
