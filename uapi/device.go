package uapi

import "github.com/wgctrl/wgctrl/wgtypes"

// publicKeyKey begins a peer, in both directions.
const publicKeyKey = "public_key"

// deviceTable has the keys of the device in a get reply, before the first peer.
// Zero values are not sent.
var deviceTable = table[*wgtypes.Device, Decoder]{
	{
		"private_key",
		func(b []byte, key string, d *wgtypes.Device) []byte {
			if d.PrivateKey.IsZero() {
				return b
			}
			return appendKey(b, key, d.PrivateKey.Bytes())
		},
		func(d *Decoder, v []byte) (want string) {
			k, ok := parsePrivateKey(v)
			d.dev.PrivateKey = k
			return expect(ok, wantKey)
		},
	},
	{
		// boringtun sends it instead of private_key.
		"own_public_key",
		nil,
		func(d *Decoder, v []byte) (want string) {
			k, ok := parseKey(v)
			d.dev.PublicKey, d.boringtun = k, true
			return expect(ok, wantKey)
		},
	},
	{
		"listen_port",
		func(b []byte, key string, d *wgtypes.Device) []byte {
			if d.ListenPort == 0 {
				return b
			}
			return appendUint(b, key, uint64(d.ListenPort))
		},
		func(d *Decoder, v []byte) (want string) { return expect(setUint(&d.dev.ListenPort, v), wantU16) },
	},
	{
		"fwmark",
		func(b []byte, key string, d *wgtypes.Device) []byte {
			if d.FirewallMark == 0 {
				return b
			}
			return appendUint(b, key, uint64(d.FirewallMark))
		},
		func(d *Decoder, v []byte) (want string) { return expect(setUint(&d.dev.FirewallMark, v), wantU32) },
	},
}
