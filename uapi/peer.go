package uapi

import (
	"math"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// appendPeer appends the lines of a peer of a get reply, in the order of wireguard-go.
// Most are sent even if they are zero.
func appendPeer(b []byte, p *wgtypes.Peer) []byte {
	b = appendKey(b, publicKeyKey, p.PublicKey)
	b = appendKey(b, "preshared_key", p.PresharedKey.Bytes())
	if p.ProtocolVersion > 0 {
		b = appendUint(b, "protocol_version", uint64(p.ProtocolVersion))
	}
	if p.Endpoint.IsValid() {
		b = appendEndpoint(b, "endpoint", p.Endpoint)
	}
	sec, nsec := wireTime(p.LastHandshake)
	b = appendUint(b, "last_handshake_time_sec", sec)
	b = appendUint(b, "last_handshake_time_nsec", nsec)
	b = appendUint(b, "tx_bytes", p.TransmitBytes)
	b = appendUint(b, "rx_bytes", p.ReceiveBytes)
	b = appendKeepalive(b, "persistent_keepalive_interval", p.PersistentKeepalive, p.PersistentKeepaliveMax)
	return appendPrefixes(b, allowedIPKey, "", p.AllowedIPs)
}

// peerTable has the keys of a peer in a get reply after its public_key, in the order
// of wireguard-go.
var peerTable = table[Decoder]{
	{
		"preshared_key",
		func(d *Decoder, v []byte) (want string) {
			k, ok := parsePresharedKey(v, &d.keys)
			d.peer.PresharedKey = k
			return expect(ok, wantKey)
		},
	},
	{
		"protocol_version",
		func(d *Decoder, v []byte) (want string) {
			n, _ := parseUint(v, math.MaxInt32) // 0 for an unknown version
			d.peer.ProtocolVersion = int(n)
			return ""
		},
	},
	{
		"endpoint",
		func(d *Decoder, v []byte) (want string) {
			e, ok := parseReplyEndpoint(v)
			d.peer.Endpoint = e
			return expect(ok, wantEndpoint)
		},
	},
	{
		"last_handshake_time_sec",
		func(d *Decoder, v []byte) (want string) {
			n, ok := parseSaturated(v, maxSeconds)
			d.sec = int64(n)
			return expect(ok, wantUint)
		},
	},
	{
		"last_handshake_time_nsec",
		func(d *Decoder, v []byte) (want string) {
			n, ok := parseSaturated(v, 1e9-1)
			d.nsec = int64(n)
			return expect(ok, wantUint)
		},
	},
	{
		"tx_bytes",
		func(d *Decoder, v []byte) (want string) { return setCounter(&d.peer.TransmitBytes, v) },
	},
	{
		"rx_bytes",
		func(d *Decoder, v []byte) (want string) { return setCounter(&d.peer.ReceiveBytes, v) },
	},
	{
		"persistent_keepalive_interval",
		func(d *Decoder, v []byte) (want string) {
			d.peer.PersistentKeepalive, d.peer.PersistentKeepaliveMax = parseReplyKeepalive(v)
			return ""
		},
	},
	{
		allowedIPKey,
		func(d *Decoder, v []byte) (want string) {
			p, ok := parseReplyPrefix(v)
			if ok {
				d.ips.Append(p)
				d.pass(d.readAllowedIPs(d.rest(), 0))
			}
			return expect(ok, wantPrefix)
		},
	},
}

const allowedIPKey = "allowed_ip"

// maxSeconds is the last second of the year 9999, the last that RFC 3339 and JSON
// can represent.
const maxSeconds = 253402300799

// maxAge separates ages from timestamps, in seconds. Values below it are ages of
// less than 32 years; timestamps have been above it since 2001. So a boringtun
// that sends timestamps, like other daemons, is decoded correctly too.
const maxAge = 1_000_000_000

// wireTime is the inverse of handshake, except for the ages of boringtun.
func wireTime(t time.Time) (sec, nsec uint64) {
	if t.Unix() < 0 {
		return 0, 0 // the zero time, or a time that the protocol cannot represent
	}
	return uint64(t.Unix()), uint64(t.Nanosecond())
}

// handshake returns the time of the last handshake from its two keys, or the zero
// time if both are 0.
func (d *Decoder) handshake() time.Time {
	switch {
	case d.sec == 0 && d.nsec == 0:
		return time.Time{}
	case d.boringtun && d.sec < maxAge:
		return time.Unix(d.now.Unix()-d.sec, int64(d.now.Nanosecond())-d.nsec).UTC()
	}
	return time.Unix(d.sec, d.nsec).UTC()
}
