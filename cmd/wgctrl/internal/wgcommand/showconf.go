package wgcommand

import (
	"strconv"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// showConf is wg showconf: it writes a device as setconf reads it.
func (c *command) showConf(args []string) error {
	if len(args) != 1 {
		return c.misused(showConfArgs)
	}
	d, err := c.device(args[0])
	if err != nil {
		return failed("Unable to access interface", err)
	}
	c.writeConf(d)
	return nil
}

func (c *command) writeConf(d *wgtypes.Device) {
	out := &c.out
	out.b = appendInterface(out.b, d)
	for i := range d.Peers {
		out.b = appendPeerSection(append(out.b, '\n'), &d.Peers[i])
		out.spill()
	}
	if len(d.Peers) == 0 {
		out.b = append(out.b, '\n')
	}
}

func appendInterface(b []byte, d *wgtypes.Device) []byte {
	b = append(b, "[Interface]\n"...)
	if d.ListenPort != 0 {
		b = append(b, "ListenPort = "...)
		b = append(strconv.AppendUint(b, uint64(d.ListenPort), 10), '\n')
	}
	if d.FirewallMark != 0 {
		b = append(appendMark(append(b, "FwMark = "...), d.FirewallMark), '\n')
	}
	if !d.PrivateKey.IsZero() {
		b = append(appendSecret(append(b, "PrivateKey = "...), d.PrivateKey), '\n')
	}
	return b
}

func appendPeerSection(b []byte, p *wgtypes.Peer) []byte {
	b = append(appendPublicKey(append(b, "[Peer]\nPublicKey = "...), &p.PublicKey), '\n')
	if !p.PresharedKey.IsZero() {
		b = append(appendSecret(append(b, "PresharedKey = "...), p.PresharedKey), '\n')
	}
	if len(p.AllowedIPs) > 0 {
		b = append(appendPrefixes(append(b, "AllowedIPs = "...), p.AllowedIPs, "/", ", "), '\n')
	}
	if p.Endpoint.IsValid() {
		b = append(appendEndpoint(append(b, "Endpoint = "...), p.Endpoint), '\n')
	}
	if p.PersistentKeepalive != 0 {
		b = append(strconv.AppendUint(append(b, "PersistentKeepalive = "...), keepalive(p), 10), '\n')
	}
	return b
}
