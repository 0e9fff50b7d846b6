package wgtypes

import "log/slog"

// The log forms have the names of JSON, omit what is not set, hide secrets and
// count lists.

// LogValue returns d with its secrets hidden and its peers counted.
func (d Device) LogValue() slog.Value { return logObject(deviceFields, &d) }

// LogValue returns p with its preshared key hidden and its prefixes counted.
func (p Peer) LogValue() slog.Value { return logObject(peerFields, &p) }

// LogValue returns what c sets, with its secrets hidden and its peers counted.
func (c Config) LogValue() slog.Value { return logObject(configFields, &c) }

// LogValue returns what p sets, with its preshared key hidden and its prefixes
// counted.
func (p PeerConfig) LogValue() slog.Value { return logObject(peerConfigFields, &p) }

func (r DeviceRef) logValue() slog.Value {
	attrs := []slog.Attr{slog.String("name", r.Name), slog.String("kind", r.Kind.String())}
	if r.Index != 0 {
		attrs = append(attrs, slog.Int("index", r.Index))
	}
	return slog.GroupValue(attrs...)
}
