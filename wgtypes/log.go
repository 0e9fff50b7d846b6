package wgtypes

import (
	"log/slog"
)

// The log forms name the fields as JSON does, leave out what is unset, and
// hide secrets. slog asks only the value that it is given, never what is
// inside, so that lists are turned into groups here.

// LogValue returns d with its secrets hidden and its peers counted: a log line
// is no place for a thousand of them.
func (d Device) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("name", d.Name),
		slog.String("kind", d.Kind.String()),
	}
	if d.Index != 0 {
		attrs = append(attrs, slog.Int("index", d.Index))
	}
	if !d.PrivateKey.IsZero() {
		attrs = append(attrs, slog.String("private_key", hidden))
	}
	if !d.PublicKey.IsZero() {
		attrs = append(attrs, slog.String("public_key", d.PublicKey.String()))
	}
	return slog.GroupValue(append(attrs,
		slog.Int("listen_port", int(d.ListenPort)),
		slog.Uint64("firewall_mark", uint64(d.FirewallMark)),
		slog.Int("peers", len(d.Peers)),
	)...)
}

// LogValue returns p with its preshared key hidden and its prefixes counted.
func (p Peer) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("public_key", p.PublicKey.String())}
	if !p.PresharedKey.IsZero() {
		attrs = append(attrs, slog.String("preshared_key", hidden))
	}
	if p.Endpoint.IsValid() {
		attrs = append(attrs, slog.String("endpoint", p.Endpoint.String()))
	}
	if p.PersistentKeepalive != 0 {
		attrs = append(attrs, slog.Duration("persistent_keepalive", p.PersistentKeepalive))
	}
	if !p.LastHandshake.IsZero() {
		attrs = append(attrs, slog.Time("last_handshake", p.LastHandshake))
	}
	attrs = append(attrs,
		slog.Uint64("receive_bytes", p.ReceiveBytes),
		slog.Uint64("transmit_bytes", p.TransmitBytes),
		slog.Int("allowed_ips", len(p.AllowedIPs)),
	)
	if p.ProtocolVersion != 0 {
		attrs = append(attrs, slog.Int("protocol_version", p.ProtocolVersion))
	}
	return slog.GroupValue(attrs...)
}

// LogValue returns what c sets, with its secrets hidden and its peers counted.
func (c Config) LogValue() slog.Value {
	var attrs []slog.Attr
	if c.PrivateKey != nil {
		attrs = append(attrs, slog.String("private_key", hidden))
	}
	if c.ListenPort != nil {
		attrs = append(attrs, slog.Int("listen_port", int(*c.ListenPort)))
	}
	if c.FirewallMark != nil {
		attrs = append(attrs, slog.Uint64("firewall_mark", uint64(*c.FirewallMark)))
	}
	if c.ReplacePeers {
		attrs = append(attrs, slog.Bool("replace_peers", true))
	}
	return slog.GroupValue(append(attrs, slog.Int("peers", len(c.Peers)))...)
}

// LogValue returns what p sets, with its preshared key hidden and its prefixes
// counted.
func (p PeerConfig) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("public_key", p.PublicKey.String())}
	flag := func(name string, set bool) {
		if set {
			attrs = append(attrs, slog.Bool(name, true))
		}
	}
	flag("remove", p.Remove)
	flag("update_only", p.UpdateOnly)
	if p.PresharedKey != nil {
		attrs = append(attrs, slog.String("preshared_key", hidden))
	}
	if p.Endpoint.IsValid() {
		attrs = append(attrs, slog.String("endpoint", p.Endpoint.String()))
	}
	if p.PersistentKeepalive != nil {
		attrs = append(attrs, slog.Duration("persistent_keepalive", *p.PersistentKeepalive))
	}
	flag("replace_allowed_ips", p.ReplaceAllowedIPs)
	return slog.GroupValue(append(attrs,
		slog.Int("allowed_ips", len(p.AllowedIPs)),
		slog.Int("remove_allowed_ips", len(p.RemoveAllowedIPs)),
	)...)
}
