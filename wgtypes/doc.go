// Package wgtypes defines the values of WireGuard and AmneziaWG: keys, devices, peers,
// changes to them and events about them.
//
// It defines the meaning of the values, their text and JSON forms, and which of
// them are valid. It performs no I/O and imports only the standard library.
//
// # Secrets
//
// [PrivateKey], [PresharedKey] and [HeaderProtectionKey] print as "(hidden)" with
// package fmt and log/slog, and so do values that hold them. The JSON forms of
// [Device], [Peer] and [Event] omit them; [WithSecrets] includes them. Only these
// return a secret: Bytes, AppendText and MarshalText of a key, the JSON form of a key
// on its own and in a [Config], which programs store, and WithSecrets.
//
// slog's JSON handler uses the JSON form of a value that has no LogValue method,
// such as a []PeerConfig or a struct of yours that contains a Config. Log the
// Config itself, so that its secrets are hidden.
package wgtypes
