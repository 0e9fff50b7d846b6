package uapi

import "github.com/wgctrl/wgctrl/wgtypes"

// publicKeyKey begins a peer, in both directions.
const publicKeyKey = "public_key"

// appendDevice appends the lines before the peers of a get reply. Zero values are not
// sent.
func appendDevice(b []byte, d *wgtypes.Device) []byte {
	if !d.PrivateKey.IsZero() {
		b = appendKey(b, "private_key", d.PrivateKey.Bytes())
	}
	if d.ListenPort != 0 {
		b = appendUint(b, "listen_port", uint64(d.ListenPort))
	}
	if d.FirewallMark != 0 {
		b = appendUint(b, "fwmark", uint64(d.FirewallMark))
	}
	return appendAmnezia(b, d.Amnezia)
}

// deviceTable has the keys of the device in a get reply, before the first peer.
var deviceTable = table[Decoder]{
	{
		"private_key",
		func(d *Decoder, v []byte) (want string) {
			k, ok := parsePrivateKey(v)
			d.dev.PrivateKey = k
			return expect(ok, wantKey)
		},
	},
	{
		// boringtun sends it instead of private_key.
		"own_public_key",
		func(d *Decoder, v []byte) (want string) {
			k, ok := parseKey(v)
			d.dev.PublicKey, d.boringtun = k, true
			return expect(ok, wantKey)
		},
	},
	{
		"listen_port",
		func(d *Decoder, v []byte) (want string) { return expect(setUint(&d.dev.ListenPort, v), wantU16) },
	},
	{
		"fwmark",
		func(d *Decoder, v []byte) (want string) { return expect(setUint(&d.dev.FirewallMark, v), wantU32) },
	},
}
