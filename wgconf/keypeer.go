package wgconf

import (
	"github.com/wgctrl/wgctrl/wgtypes"
)

// peerKeys are those of [Peer]. peerText writes them.
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
	},
	{
		name: "PresharedKey", section: peerSection,
		parse: func(o *object, value string) error {
			return keyError("PresharedKey", set(&o.PresharedKey, wgtypes.ParsePresharedKey, value))
		},
	},
	{
		name: "AllowedIPs", section: peerSection, form: list,
		parse: func(o *object, value string) error {
			all, incremental, err := appendAllowedIPs(o.AllowedIPs, value)
			if err == nil {
				// The section's last list decides for all of them.
				o.AllowedIPs, o.Incremental = all, incremental
			}
			return err
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
	},
	{
		name: "PersistentKeepalive", section: peerSection,
		parse: func(o *object, value string) error {
			return set(&o.PersistentKeepalive, ParsePersistentKeepalive, value)
		},
	},
}
