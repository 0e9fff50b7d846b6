package wgconf

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// quickKeys are the keys of wg-quick(8) in [Interface], in the order in which its
// save writes them.
var quickKeys = []key{
	{
		name: "Address", section: interfaceSection, form: words, quick: true,
		parse: func(o *object, value string) error {
			addresses, err := parseAddresses(value)
			if err == nil {
				o.Addresses = append(o.Addresses, addresses...)
			}
			return err
		},
		append: func(b []byte, name string, o object) []byte {
			for _, a := range o.Addresses {
				b = appendLine(b, name, a.String())
			}
			return b
		},
	},
	{
		name: "DNS", section: interfaceSection, form: words, quick: true,
		parse: func(o *object, value string) error {
			servers, domains, err := parseDNS(value)
			if err == nil {
				o.DNS = append(o.DNS, servers...)
				o.Search = append(o.Search, domains...)
			}
			return err
		},
		append: func(b []byte, name string, o object) []byte {
			for _, server := range o.DNS {
				b = appendLine(b, name, server.String())
			}
			for _, domain := range o.Search {
				b = appendLine(b, name, domain)
			}
			return b
		},
	},
	{
		name: "MTU", section: interfaceSection, quick: true,
		parse: func(o *object, value string) error {
			if value == "" {
				o.MTU = 0
				return nil
			}
			n, ok := parseUint(value, 10, math.MaxInt32)
			if !ok || value[0] == '0' {
				return invalidValue("MTU", value, "must be a positive number of bytes without leading zeros")
			}
			o.MTU = int(n)
			return nil
		},
		append: func(b []byte, name string, o object) []byte {
			if o.MTU == 0 {
				return b
			}
			return appendLine(b, name, strconv.Itoa(o.MTU))
		},
	},
	{
		name: "Table", section: interfaceSection, quick: true,
		parse: func(o *object, value string) error {
			if reason := invalidTable(value); reason != "" {
				return invalidValue("Table", value, "%s", reason)
			}
			o.Table = value
			return nil
		},
		append: func(b []byte, name string, o object) []byte {
			if o.Table == "" {
				return b
			}
			return appendLine(b, name, o.Table)
		},
	},
	{
		name: "SaveConfig", section: interfaceSection, quick: true,
		parse: func(o *object, value string) error {
			on := equalFold(value, "true")
			if !on && !equalFold(value, "false") {
				return invalidValue("SaveConfig", value, "must be true or false")
			}
			o.SaveConfig = on
			return nil
		},
		append: func(b []byte, name string, o object) []byte {
			if !o.SaveConfig {
				return b
			}
			return appendLine(b, name, "true")
		},
	},
	hookKey("PreUp", func(i *Interface) *[]string { return &i.PreUp }),
	hookKey("PostUp", func(i *Interface) *[]string { return &i.PostUp }),
	hookKey("PreDown", func(i *Interface) *[]string { return &i.PreDown }),
	hookKey("PostDown", func(i *Interface) *[]string { return &i.PostDown }),
}

func hookKey(name string, commands func(*Interface) *[]string) key {
	return key{
		name: name, section: interfaceSection, form: hook, quick: true,
		parse: func(o *object, value string) error {
			c := commands(o.Interface)
			*c = append(*c, value)
			return nil
		},
		append: func(b []byte, name string, o object) []byte {
			for _, command := range *commands(o.Interface) {
				b = appendLine(b, name, command)
			}
			return b
		},
	}
}

// splitWords splits a list as the shell does.
func splitWords(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
}

func parseAddresses(value string) (addresses []netip.Prefix, err error) {
	for _, word := range splitWords(value) {
		p, err := netip.ParsePrefix(word)
		if addr, addrErr := netip.ParseAddr(word); addrErr == nil && addr.Zone() == "" {
			p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if strings.Contains(word, ";") {
			return nil, invalidValue("Address", word, notSemicolons)
		}
		if err != nil {
			return nil, invalidAddress(word)
		}
		addresses = append(addresses, p)
	}
	return addresses, nil
}

// invalidAddress returns the error of a word that is not an address of an interface.
func invalidAddress(word string) error {
	text, _, _ := strings.Cut(word, "/")
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return invalidValue("Address", word, "prefix length must be 0 to %d", addr.BitLen())
	}
	return invalidValue("Address", word, "must be an IP address with an optional prefix length")
}

// parseDNS separates servers from search domains as wg-quick does.
func parseDNS(value string) (servers []netip.Addr, domains []string, err error) {
	for _, word := range splitWords(value) {
		addr, addrErr := netip.ParseAddr(word)
		isDomain := !strings.Contains(word, ":") && strings.Trim(word, "0123456789.") != ""
		switch {
		case !isWord(word):
			return nil, nil, invalidValue("DNS", word, "must not contain white space or control characters")
		case isDomain && !strings.ContainsAny(word, notInDomain):
			domains = append(domains, word)
		case !isDomain && addrErr == nil:
			servers = append(servers, addr)
		default:
			return nil, nil, invalidValue("DNS", word, "%s", invalidDNS(word))
		}
	}
	return servers, domains, nil
}

// notInDomain are characters that show that a word of DNS is not meant as a search
// domain. wg-quick(8) would pass it on as one.
const notInDomain = "/;'\"`<>{}()$&|\\"

// invalidDNS returns why word is neither a server nor a search domain.
func invalidDNS(word string) string {
	_, portErr := netip.ParseAddrPort(word)
	_, prefixErr := netip.ParsePrefix(word)
	switch {
	case strings.Contains(word, ";"):
		return notSemicolons
	case strings.ContainsAny(word, "'\"`"):
		return "must be without quotes"
	case strings.Contains(word, "://"):
		return "must be an IP address, not a URL"
	case prefixErr == nil:
		return "must be an IP address without a prefix length"
	case portErr == nil:
		return "must be an IP address without a port"
	case isIPv6(strings.Trim(word, "[]")):
		return "must be an IP address without brackets"
	}
	return "must be an IP address or a search domain"
}

// invalidTable returns why no routing table has that number or name, or "".
func invalidTable(value string) (reason string) {
	if !isWord(value) {
		return "must not contain white space or control characters"
	}
	if strings.Trim(value, "0123456789") != "" || value == "" {
		return ""
	}
	if _, ok := parseUint(value, 10, math.MaxUint32); !ok {
		return "must be at most 4294967295"
	}
	return ""
}
