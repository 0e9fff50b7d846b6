package cli

// field is a set of fields of show.
type field uint

const (
	fieldPublicKey field = 1 << iota
	fieldPrivateKey
	fieldListenPort
	fieldFwMark
	fieldPeers
	fieldPresharedKeys
	fieldEndpoints
	fieldAllowedIPs
	fieldHandshakes
	fieldTransfer
	fieldKeepalive

	fieldAll      field = 1<<iota - 1
	fieldsOfPeers       = fieldPeers | fieldPresharedKeys | fieldEndpoints | fieldAllowedIPs |
		fieldHandshakes | fieldTransfer | fieldKeepalive
)

// fields are the words of wg(8).
var fields = []struct {
	name string
	show field
}{
	{"public-key", fieldPublicKey},
	{"private-key", fieldPrivateKey},
	{"listen-port", fieldListenPort},
	{"fwmark", fieldFwMark},
	{"peers", fieldPeers},
	{"preshared-keys", fieldPresharedKeys},
	{"endpoints", fieldEndpoints},
	{"allowed-ips", fieldAllowedIPs},
	{"latest-handshakes", fieldHandshakes},
	{"transfer", fieldTransfer},
	{"persistent-keepalive", fieldKeepalive},
	{"dump", fieldAll},
}

func (f field) has(one field) bool { return f&one != 0 }

// fieldOf returns the field of that name.
func fieldOf(name string) (field, bool) {
	for _, f := range fields {
		if f.name == name {
			return f.show, true
		}
	}
	return 0, false
}
