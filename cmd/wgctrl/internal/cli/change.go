package cli

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// isEmpty reports whether c, a difference, changes nothing.
func isEmpty(c wgtypes.Config) bool {
	return c.PrivateKey == nil && c.ListenPort == nil && c.FirewallMark == nil && len(c.Peers) == 0
}

// writeChange shows a difference: + is added, - is removed, ~ is changed.
// Secrets are not shown.
func writeChange(out io.Writer, device string, c wgtypes.Config) {
	w := bufio.NewWriter(out)
	defer w.Flush()
	if isEmpty(c) {
		fmt.Fprintf(w, "%s: nothing to change\n", device)
		return
	}
	fmt.Fprintf(w, "%s:\n", device)
	if c.PrivateKey != nil {
		fmt.Fprintf(w, "  ~ private key: %s\n", secret(c.PrivateKey.IsZero()))
	}
	if c.ListenPort != nil {
		fmt.Fprintf(w, "  ~ listening port: %d\n", *c.ListenPort)
	}
	if c.FirewallMark != nil {
		fmt.Fprintf(w, "  ~ fwmark: 0x%x\n", *c.FirewallMark)
	}
	for i := range c.Peers {
		writePeerChange(w, &c.Peers[i])
	}
}

func writePeerChange(w io.Writer, p *wgtypes.PeerConfig) {
	switch {
	case p.Remove:
		fmt.Fprintf(w, "  - peer %s\n", p.PublicKey)
		return
	case p.UpdateOnly:
		fmt.Fprintf(w, "  ~ peer %s\n", p.PublicKey)
	default:
		fmt.Fprintf(w, "  + peer %s\n", p.PublicKey)
	}
	if p.PresharedKey != nil {
		fmt.Fprintf(w, "      preshared key: %s\n", secret(p.PresharedKey.IsZero()))
	}
	if p.Endpoint.IsValid() {
		fmt.Fprintf(w, "      endpoint: %s\n", p.Endpoint)
	}
	if p.PersistentKeepalive != nil {
		fmt.Fprintf(w, "      persistent keepalive: %s\n", keepalive(*p.PersistentKeepalive))
	}
	for _, prefix := range p.RemoveAllowedIPs {
		fmt.Fprintf(w, "      - %s\n", prefix)
	}
	for _, prefix := range p.AllowedIPs {
		fmt.Fprintf(w, "      + %s\n", prefix)
	}
}

// secret stands for a key that was set, or cleared.
func secret(none bool) string {
	if none {
		return "(none)"
	}
	return "(hidden)"
}

func keepalive(d time.Duration) string {
	if d == 0 {
		return "off"
	}
	return fmt.Sprintf("every %d seconds", d/time.Second)
}
