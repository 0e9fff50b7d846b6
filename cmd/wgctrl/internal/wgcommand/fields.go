package wgcommand

import (
	"strconv"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// field is a field that show prints for scripts: a line for the device, a line for
// each peer, or both. The functions append a line without its line feed. A nil
// function appends nothing.
type field struct {
	device func(b []byte, d *wgtypes.Device) []byte
	peer   func(b []byte, p *wgtypes.Peer) []byte
}

// fieldOf returns the field with that name on the command line.
func fieldOf(word string) (f field, ok bool) {
	switch word {
	case "public-key":
		f.device = appendDeviceKey
	case "private-key":
		f.device = func(b []byte, d *wgtypes.Device) []byte { return appendSecretOrNone(b, d.PrivateKey) }
	case "listen-port":
		f.device = func(b []byte, d *wgtypes.Device) []byte { return strconv.AppendUint(b, uint64(d.ListenPort), 10) }
	case "fwmark":
		f.device = appendMarkOrOff
	case "peers":
		f.peer = func(b []byte, p *wgtypes.Peer) []byte { return appendPublicKey(b, &p.PublicKey) }
	case "preshared-keys":
		f.peer = withPublicKey(func(b []byte, p *wgtypes.Peer) []byte { return appendSecretOrNone(b, p.PresharedKey) })
	case "endpoints":
		f.peer = withPublicKey(func(b []byte, p *wgtypes.Peer) []byte { return appendEndpointOrNone(b, p.Endpoint) })
	case "allowed-ips":
		f.peer = withPublicKey(func(b []byte, p *wgtypes.Peer) []byte { return appendPrefixesOrNone(b, p.AllowedIPs, " ") })
	case "latest-handshakes":
		f.peer = withPublicKey(func(b []byte, p *wgtypes.Peer) []byte { return strconv.AppendInt(b, handshake(p), 10) })
	case "transfer":
		f.peer = withPublicKey(appendTransfer)
	case "persistent-keepalive":
		f.peer = withPublicKey(appendKeepaliveOrOff)
	case "dump":
		f.device, f.peer = appendDeviceDump, appendPeerDump
	}
	return f, f.device != nil || f.peer != nil
}

// writeField writes a field of a device. If named is set, each line begins with the
// name of the device.
func (c *command) writeField(d *wgtypes.Device, word string, named bool) error {
	f, ok := fieldOf(word)
	if !ok && c.knowsAmnezia() {
		f, ok = parameterField(word)
	}
	if !ok {
		return message("Invalid parameter: `" + word + "'\n" + c.usage(c.showArgs()))
	}
	if c.env.Terminal {
		c.cleanDevice(d)
	}
	begin := ""
	if named {
		begin = d.Name + "\t"
	}
	out := &c.out
	if f.device != nil {
		out.b = append(f.device(append(out.b, begin...), d), '\n')
	}
	if f.peer == nil {
		return nil
	}
	for i := range d.Peers {
		out.b = append(f.peer(append(out.b, begin...), &d.Peers[i]), '\n')
		out.flushIfFull()
	}
	return nil
}

// withPublicKey returns a function that appends the peer's public key, a tab and
// the value.
func withPublicKey(value func([]byte, *wgtypes.Peer) []byte) func([]byte, *wgtypes.Peer) []byte {
	return func(b []byte, p *wgtypes.Peer) []byte {
		return value(append(appendPublicKey(b, &p.PublicKey), '\t'), p)
	}
}

func appendDeviceKey(b []byte, d *wgtypes.Device) []byte {
	if d.PublicKey.IsZero() {
		return append(b, none...)
	}
	return appendPublicKey(b, &d.PublicKey)
}

func appendMarkOrOff(b []byte, d *wgtypes.Device) []byte {
	if d.FirewallMark == 0 {
		return append(b, "off"...)
	}
	return appendMark(b, d.FirewallMark)
}

func appendTransfer(b []byte, p *wgtypes.Peer) []byte {
	b = strconv.AppendUint(b, p.ReceiveBytes, 10)
	return strconv.AppendUint(append(b, '\t'), p.TransmitBytes, 10)
}

func appendKeepaliveOrOff(b []byte, p *wgtypes.Peer) []byte {
	interval := keepalive(p)
	if interval.IsZero() {
		return append(b, "off"...)
	}
	b, _ = interval.AppendText(b) // never fails
	return b
}

func appendDeviceDump(b []byte, d *wgtypes.Device) []byte {
	b = append(appendSecretOrNone(b, d.PrivateKey), '\t')
	b = append(appendDeviceKey(b, d), '\t')
	b = append(strconv.AppendUint(b, uint64(d.ListenPort), 10), '\t')
	if d.Amnezia != nil {
		b = appendParameters(b, d.Amnezia)
	}
	return appendMarkOrOff(b, d)
}

func appendPeerDump(b []byte, p *wgtypes.Peer) []byte {
	b = append(appendPublicKey(b, &p.PublicKey), '\t')
	b = append(appendSecretOrNone(b, p.PresharedKey), '\t')
	b = append(appendEndpointOrNone(b, p.Endpoint), '\t')
	b = append(appendPrefixesOrNone(b, p.AllowedIPs, ","), '\t')
	b = append(strconv.AppendInt(b, handshake(p), 10), '\t')
	b = append(appendTransfer(b, p), '\t')
	return appendKeepaliveOrOff(b, p)
}
