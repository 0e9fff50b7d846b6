package uapi

import "github.com/wgctrl/wgctrl/wgtypes"

// publicKeyKey begins a peer, in both directions.
const publicKeyKey = "public_key"

// deviceTable has what a get reply says of the device itself, before the first
// peer. What is zero is not said.
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
		// boringtun's own, in place of private_key, which it never tells.
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
