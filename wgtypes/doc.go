// Package wgtypes holds the values of WireGuard: keys, devices, peers and the
// changes to them.
//
// It knows what the values mean, how they are written as text and JSON, and
// which of them are valid. It refuses to know where devices live or how they
// are reached: it does no I/O and imports the standard library alone.
//
// # Secrets
//
// [PrivateKey] and [PresharedKey] print as "(hidden)" under every verb of
// package fmt, and [Device], [Peer], [Config] and [PeerConfig] hide them when
// they are logged with log/slog. An [Event] holds none. MarshalText, MarshalJSON
// and Bytes are the deliberate ways out. NB: slog's JSON handler marshals what
// is no [log/slog.LogValuer], such as a []Peer or a struct of the caller's, and
// so takes that way: log the values themselves.
package wgtypes
