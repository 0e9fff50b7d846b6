package wgcommand

import (
	"slices"
	"strconv"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// pretty writes a device in the form for people.
func (c *command) pretty(d *wgtypes.Device) {
	p := printer{palette: c.palette(), showKeys: c.showsKeys(), asAWG: c.env.Amnezia, now: c.env.now().Unix()}
	device := d.Name
	c.cleanDevice(d)
	out := &c.out
	out.b = p.appendDevice(out.b, d)
	peers := make([]*wgtypes.Peer, len(d.Peers))
	for i := range peers {
		peers[i] = &d.Peers[i]
	}
	if c.env.Arrange == nil {
		// Latest handshake first. Peers without one have the zero time and come last.
		slices.SortStableFunc(peers, func(a, b *wgtypes.Peer) int { return b.LastHandshake.Compare(a.LastHandshake) })
	}
	for _, peer := range peers {
		out.b = p.appendPeer(append(out.b, '\n'), peer, c.peerName(device, peer.PublicKey))
		out.flushIfFull()
	}
}

// peerName returns the name of a peer, or "".
func (c *command) peerName(device string, key wgtypes.PublicKey) string {
	if c.env.PeerName == nil {
		return ""
	}
	return c.clean(c.env.PeerName(device, key))
}

// showsKeys reports whether pretty shows secret keys.
func (c *command) showsKeys() bool {
	hide, _ := c.env.lookup("WG_HIDE_KEYS")
	return hide == "never"
}

// printer has the options of the form for people.
type printer struct {
	palette
	showKeys bool  // show secret keys
	asAWG    bool  // use the form of awg
	now      int64 // seconds since 1970
}

// appendDevice appends everything but the peers.
func (p *printer) appendDevice(b []byte, d *wgtypes.Device) []byte {
	b = append(b, p.reset...)
	b = p.appendTitle(b, p.green, "interface")
	b = append(p.appendIn(b, p.green, d.Name), '\n')
	if !d.PublicKey.IsZero() {
		b = p.appendLabel(b, "public key")
		b = append(appendPublicKey(b, &d.PublicKey), '\n')
	}
	if !d.PrivateKey.IsZero() {
		b = p.appendLabel(b, "private key")
		b = append(p.appendSecret(b, d.PrivateKey), '\n')
	}
	if d.ListenPort != 0 {
		b = p.appendLabel(b, "listening port")
		b = append(strconv.AppendUint(b, uint64(d.ListenPort), 10), '\n')
	}
	if d.FirewallMark != 0 {
		b = p.appendLabel(b, "fwmark")
		b = append(appendMark(b, d.FirewallMark), '\n')
	}
	if d.Amnezia != nil {
		b = p.appendAmnezia(b, d.Amnezia)
	}
	return b
}

// appendPeer appends a peer with its name, unless that is "".
func (p *printer) appendPeer(b []byte, peer *wgtypes.Peer, name string) []byte {
	b = p.appendTitle(b, p.yellow, "peer")
	b = append(b, p.yellow...)
	b = appendPublicKey(b, &peer.PublicKey)
	b = append(b, p.reset...)
	if name != "" {
		b = append(append(append(b, " ("...), name...), ')')
	}
	b = append(b, '\n')
	if !peer.PresharedKey.IsZero() {
		b = p.appendLabel(b, "preshared key")
		b = append(p.appendSecret(b, peer.PresharedKey), '\n')
	}
	if peer.Endpoint.IsValid() {
		b = p.appendLabel(b, "endpoint")
		b = append(wgconf.AppendAddrPort(b, peer.Endpoint), '\n')
	}
	b = p.appendLabel(b, "allowed ips")
	if len(peer.AllowedIPs) == 0 {
		b = append(b, none...)
	}
	b = append(appendPrefixes(b, peer.AllowedIPs, p.cyan+"/"+p.reset, ", "), '\n')
	return p.appendActivity(b, peer)
}

// appendActivity appends the handshake, the transfer and the keepalive.
func (p *printer) appendActivity(b []byte, peer *wgtypes.Peer) []byte {
	if at := handshake(peer); at != 0 {
		b = p.appendLabel(b, "latest handshake")
		b = append(p.appendAgo(b, at), '\n')
	}
	if peer.ReceiveBytes != 0 || peer.TransmitBytes != 0 {
		b = p.appendLabel(b, "transfer")
		b = append(p.appendBytes(b, peer.ReceiveBytes), " received, "...)
		b = append(p.appendBytes(b, peer.TransmitBytes), " sent\n"...)
	}
	if interval := keepalive(peer); !interval.IsZero() {
		b = append(p.appendInterval(p.appendLabel(b, "persistent keepalive"), interval), '\n')
	}
	return b
}

// appendInterval appends the interval of keepalives.
func (p *printer) appendInterval(b []byte, interval wgtypes.Range) []byte {
	if p.asAWG {
		b, _ = interval.AppendText(b) // never fails
		return b
	}
	b = append(b, "every "...)
	if interval.Lo == 0 {
		b = append(b, '0')
	}
	b = p.appendTime(b, uint64(interval.Lo))
	if interval.Lo != interval.Hi {
		b = p.appendTime(append(b, " to "...), uint64(interval.Hi))
	}
	return b
}

func (p *printer) appendSecret(b []byte, k secretKey) []byte {
	if !p.showKeys {
		return append(b, "(hidden)"...)
	}
	return appendSecret(b, k)
}

// palette has the escape sequences for colours. The zero palette has no colours.
type palette struct {
	reset, bold, red, green, yellow, cyan string
}

// palette returns the palette for Out.
func (c *command) palette() palette {
	colours := c.env.Terminal
	switch mode, _ := c.env.lookup("WG_COLOR_MODE"); mode {
	case "always":
		colours = true
	case "never":
		colours = false
	}
	if !colours {
		return palette{}
	}
	return palette{
		reset: "\x1b[0m", bold: "\x1b[1m",
		red: "\x1b[31m", green: "\x1b[32m", yellow: "\x1b[33m", cyan: "\x1b[36m",
	}
}

// appendIn appends text in a colour.
func (p *palette) appendIn(b []byte, colour, text string) []byte {
	b = append(append(b, colour...), text...)
	return append(b, p.reset...)
}

// appendTitle begins the line of a device or a peer.
func (p *palette) appendTitle(b []byte, colour, text string) []byte {
	b = append(append(b, colour...), p.bold...)
	return append(append(append(b, text...), p.reset...), ": "...)
}

// appendLabel begins the line of an attribute.
func (p *palette) appendLabel(b []byte, text string) []byte {
	return append(p.appendIn(append(b, "  "...), p.bold, text), ": "...)
}

// appendAgo appends how long ago the time at was, in seconds since 1970.
func (p *printer) appendAgo(b []byte, at int64) []byte {
	switch {
	case at == p.now:
		return append(b, "Now"...)
	case at > p.now:
		b = p.appendIn(append(b, '('), p.red, "System clock wound backward; connection problems may ensue.")
		return append(b, ')')
	}
	return append(p.appendTime(b, uint64(p.now-at)), " ago"...)
}

// appendTime appends a duration, such as "1 hour, 2 seconds". It omits units that
// are 0.
func (p *printer) appendTime(b []byte, seconds uint64) []byte {
	const (
		minute = 60
		hour   = 60 * minute
		day    = 24 * hour
		year   = 365 * day
	)
	first := true
	for _, unit := range [...]struct {
		name    string
		seconds uint64
	}{{"year", year}, {"day", day}, {"hour", hour}, {"minute", minute}, {"second", 1}} {
		n := seconds / unit.seconds
		seconds %= unit.seconds
		if n == 0 {
			continue
		}
		if !first {
			b = append(b, ", "...)
		}
		first = false
		b = append(strconv.AppendUint(b, n, 10), ' ')
		b = append(append(b, p.cyan...), unit.name...)
		if n != 1 {
			b = append(b, 's')
		}
		b = append(b, p.reset...)
	}
	return b
}

// appendBytes appends a number of bytes, with two decimals in units from KiB to
// TiB.
func (p *printer) appendBytes(b []byte, n uint64) []byte {
	if n < 1<<10 {
		return p.appendIn(append(strconv.AppendUint(b, n, 10), ' '), p.cyan, "B")
	}
	unit, size := "TiB", uint64(1)<<40
	switch {
	case n < 1<<20:
		unit, size = "KiB", 1<<10
	case n < 1<<30:
		unit, size = "MiB", 1<<20
	case n < 1<<40:
		unit, size = "GiB", 1<<30
	}
	b = strconv.AppendFloat(b, float64(n)/float64(size), 'f', 2, 64)
	return p.appendIn(append(b, ' '), p.cyan, unit)
}
