package wgconf

import (
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// peerKeys are those of [Peer], in the order of wg(8)'s showconf.
var peerKeys = []key{
	{
		name: "PublicKey", section: peerSection,
		parse: func(o *object, value string) error {
			k, err := wgtypes.ParsePublicKey(squeeze(value))
			if err == nil {
				o.PublicKey = k
			}
			return keyError("PublicKey", err)
		},
		append: func(b []byte, name string, o object) []byte {
			return appendKey(b, name, &o.PublicKey)
		},
	},
	{
		name: "PresharedKey", section: peerSection,
		parse: func(o *object, value string) error {
			return keyError("PresharedKey", set(&o.PresharedKey, wgtypes.ParsePresharedKey, value))
		},
		append: func(b []byte, name string, o object) []byte {
			return appendKey(b, name, o.PresharedKey)
		},
	},
	{
		name: "AllowedIPs", section: peerSection, form: list,
		parse: func(o *object, value string) error {
			all, incremental, err := appendAllowedIPs(o.AllowedIPs, value)
			if err == nil {
				// NB: the section's last list decides for all of them.
				o.AllowedIPs, o.Incremental = all, incremental
			}
			return err
		},
		append: func(b []byte, name string, o object) []byte {
			signed, rest := splitSigned(o.AllowedIPs, o.Incremental)
			b = appendAllowedLine(b, name, signed, o.Incremental)
			return appendAllowedLine(b, name, rest, false)
		},
	},
	{
		name: "Endpoint", section: peerSection,
		parse: func(o *object, value string) error {
			e, err := ParseEndpoint(squeeze(value))
			if err == nil {
				o.Endpoint = e
			}
			return err
		},
		append: func(b []byte, name string, o object) []byte {
			if o.Endpoint == (Endpoint{}) {
				return b
			}
			return appendLine(b, name, o.Endpoint.String())
		},
	},
	{
		name: "PersistentKeepalive", section: peerSection,
		parse: func(o *object, value string) error {
			return set(&o.PersistentKeepalive, ParsePersistentKeepalive, value)
		},
		append: func(b []byte, name string, o object) []byte {
			switch {
			case o.PersistentKeepalive == nil:
				return b
			case *o.PersistentKeepalive == 0:
				return appendLine(b, name, "off")
			}
			return appendLine(b, name, strconv.FormatInt(int64(*o.PersistentKeepalive/time.Second), 10))
		},
	},
}

// splitSigned divides a list into two lines, of which the last one says, by
// having signs or none, whether the list is incremental.
func splitSigned(list []AllowedIP, incremental bool) (signed, rest []AllowedIP) {
	if incremental {
		return list, nil
	}
	end := len(list)
	for end > 0 && list[end-1].Remove {
		end-- // it cannot be said
	}
	start := end
	for start > 0 && !list[start-1].Remove {
		start--
	}
	return list[:start], list[start:end]
}

// appendAllowedLine adds a line, if there is something to write. incremental
// gives every element a sign.
func appendAllowedLine(b []byte, name string, list []AllowedIP, incremental bool) []byte {
	for i, a := range list {
		if i == 0 {
			b = append(append(b, name...), " = "...)
		} else {
			b = append(b, ", "...)
		}
		switch {
		case a.Remove:
			b = append(b, '-')
		case incremental:
			b = append(b, '+')
		}
		b = a.Prefix.AppendTo(b)
	}
	if len(list) > 0 {
		b = append(b, '\n')
	}
	return b
}
