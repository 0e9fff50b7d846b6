package workload

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// AppendFile appends c in the format of "wg setconf".
func AppendFile(b []byte, c wgtypes.Config) []byte {
	b = append(b, "[Interface]\n"...)
	b = appendKey(b, "PrivateKey", c.PrivateKey.Bytes())
	b = fmt.Appendf(b, "ListenPort = %d\nFwMark = %d\n", *c.ListenPort, *c.FirewallMark)
	for i := range c.Peers {
		b = appendPeer(b, &c.Peers[i])
	}
	return b
}

func appendPeer(b []byte, p *wgtypes.PeerConfig) []byte {
	b = append(b, "\n[Peer]\n"...)
	b = appendKey(b, "PublicKey", p.PublicKey)
	if p.PresharedKey != nil {
		b = appendKey(b, "PresharedKey", p.PresharedKey.Bytes())
	}
	b = fmt.Appendf(b, "Endpoint = %s\nPersistentKeepalive = %d\n", p.Endpoint, *p.PersistentKeepalive/time.Second)
	for i, prefix := range p.AllowedIPs {
		// Several lines, as people write them.
		switch {
		case i%16 == 0 && i > 0:
			b = append(b, "\nAllowedIPs = "...)
		case i == 0:
			b = append(b, "AllowedIPs = "...)
		default:
			b = append(b, ", "...)
		}
		b = prefix.AppendTo(b)
	}
	return append(b, '\n')
}

func appendKey(b []byte, name string, k [wgtypes.KeyLen]byte) []byte {
	b = append(append(b, name...), " = "...)
	return append(base64.StdEncoding.AppendEncode(b, k[:]), '\n')
}
