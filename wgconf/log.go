package wgconf

import (
	"log/slog"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// The log forms leave out what is not said, count lists, and hide keys, which
// slog's JSON handler would marshal. Hooks may hold secrets too.

// LogValue returns the Interface of s, with its keys hidden, and its peers
// counted.
func (s Settings) LogValue() slog.Value {
	return slog.GroupValue(append(s.Interface.attrs(), slog.Int("peers", len(s.Peers)))...)
}

// LogValue returns i with its key hidden and its lists counted.
func (i Interface) LogValue() slog.Value { return slog.GroupValue(i.attrs()...) }

func (i *Interface) attrs() []slog.Attr {
	var attrs []slog.Attr
	if i.PrivateKey != nil {
		attrs = append(attrs, slog.String("private_key", i.PrivateKey.String()))
	}
	if i.ListenPort != nil {
		attrs = append(attrs, slog.Int("listen_port", int(*i.ListenPort)))
	}
	if i.FwMark != nil {
		attrs = append(attrs, slog.Uint64("fwmark", uint64(*i.FwMark)))
	}
	count := func(name string, n int) {
		if n > 0 {
			attrs = append(attrs, slog.Int(name, n))
		}
	}
	count("addresses", len(i.Addresses))
	count("dns", len(i.DNS))
	count("search", len(i.Search))
	count("mtu", i.MTU)
	if i.Table != "" {
		attrs = append(attrs, slog.String("table", i.Table))
	}
	if i.SaveConfig {
		attrs = append(attrs, slog.Bool("save_config", true))
	}
	count("pre_up", len(i.PreUp))
	count("post_up", len(i.PostUp))
	count("pre_down", len(i.PreDown))
	count("post_down", len(i.PostDown))
	return attrs
}

// LogValue returns p with its preshared key hidden and its list counted.
func (p Peer) LogValue() slog.Value {
	var attrs []slog.Attr
	if p.PublicKey != (wgtypes.PublicKey{}) {
		attrs = append(attrs, slog.String("public_key", p.PublicKey.String()))
	}
	if p.PresharedKey != nil {
		attrs = append(attrs, slog.String("preshared_key", p.PresharedKey.String()))
	}
	if p.Endpoint != (Endpoint{}) {
		attrs = append(attrs, slog.String("endpoint", p.Endpoint.String()))
	}
	if p.PersistentKeepalive != nil {
		attrs = append(attrs, slog.Duration("persistent_keepalive", *p.PersistentKeepalive))
	}
	attrs = append(attrs, slog.Int("allowed_ips", len(p.AllowedIPs)))
	if p.Incremental {
		attrs = append(attrs, slog.Bool("incremental", true))
	}
	return slog.GroupValue(attrs...)
}
