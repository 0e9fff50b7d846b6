package testutil

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// nextBoringtun executes one request. It ignores what follows get=1. The end of the
// stream ends a request like an empty line.
func (d *Daemon) nextBoringtun(r *bufio.Reader) []byte {
	switch first, ok := rustLine(r); {
	case !ok:
		return nil
	case first == "get=1":
		return d.getBoringtun()
	case first == "set=1":
		d.edit()
		number := d.setBoringtun(r)
		if d.dead {
			return nil
		}
		return d.Errno(number)
	}
	return d.Errno(errno.EIO)
}

// getBoringtun reports the age of a handshake. It omits what a peer does not have.
func (d *Daemon) getBoringtun() []byte {
	shown := d.Device.Clone()
	shown.PrivateKey = wgtypes.PrivateKey{}
	var b bytes.Buffer
	if d.hasKey() {
		fmt.Fprintf(&b, "own_public_key=%x\n", shown.PublicKey[:])
	}
	if d.marked && shown.FirewallMark == 0 {
		b.WriteString("fwmark=0\n")
	}
	for i := range shown.Peers {
		if p := &shown.Peers[i]; !p.LastHandshake.IsZero() {
			p.LastHandshake = time.Unix(0, int64(time.Since(p.LastHandshake)))
		}
	}
	text := string(uapi.AppendDevice(nil, shown))
	for _, line := range []string{
		"preshared_key=" + strings.Repeat("0", 2*wgtypes.KeyLen), "persistent_keepalive_interval=0", "protocol_version=1",
		"last_handshake_time_sec=0\nlast_handshake_time_nsec=0",
	} {
		text = strings.ReplaceAll(text, line+"\n", "")
	}
	b.WriteString(text)
	return b.Bytes()
}

// setBoringtun executes each line of the device when it reads it.
func (d *Daemon) setBoringtun(r *bufio.Reader) uapi.Errno {
	for {
		line, ok := rustLine(r)
		if !ok || line == "" {
			return 0
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.Contains(value, "=") {
			return errno.FromWire(71) // EPROTO
		}
		if key == "public_key" {
			return d.peersBoringtun(r, value)
		}
		if number := d.deviceLineBoringtun(key, value); number != 0 {
			return number
		}
	}
}

func (d *Daemon) deviceLineBoringtun(key, value string) uapi.Errno {
	valid, bound := false, true
	switch key {
	case "private_key":
		var k [wgtypes.KeyLen]byte
		if k, valid = rustKey(value); valid {
			d.setKey(k)
		}
	case "listen_port":
		var n uint64
		if n, valid = rustUint(value, 16); valid {
			d.sockets.port = uint16(n)
			bound = d.reopen()
		}
	case "fwmark":
		var n uint64
		if n, valid = rustUint(value, 32); valid {
			d.Device.FirewallMark, d.marked = uint32(n), true
		}
	case "replace_peers":
		if value == "true" {
			d.removePeers()
		}
		valid = isRustBool(value)
	}
	switch {
	case !valid:
		return errno.EINVAL
	case !bound:
		return errno.EADDRINUSE
	}
	return 0
}

func isRustBool(v string) bool { return v == "true" || v == "false" }

// boringtunPeer is what boringtun has read of a peer. Only the allowed IPs are reset
// before the next peer.
type boringtunPeer struct {
	key wgtypes.PublicKey
	wgtypes.PeerConfig
}

// peersBoringtun executes a peer when the next one begins, or at the end.
func (d *Daemon) peersBoringtun(r *bufio.Reader, first string) uapi.Errno {
	k, ok := rustKey(first)
	if !ok {
		return errno.EINVAL
	}
	p := boringtunPeer{key: k}
	for {
		line, ok := rustLine(r)
		if !ok || line == "" {
			d.updateBoringtun(&p)
			return 0
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return errno.FromWire(71) // EPROTO
		}
		if key != "public_key" {
			if !d.peerLineBoringtun(&p, key, value) {
				return errno.EINVAL
			}
			continue
		}
		if d.updateBoringtun(&p); d.dead {
			return 0
		}
		if p.key, ok = rustKey(value); !ok {
			return errno.EINVAL
		}
		p.AllowedIPs = nil
	}
}

// peerLineBoringtun reports false for an invalid line. It records what boringtun does
// not support.
func (d *Daemon) peerLineBoringtun(p *boringtunPeer, key, value string) (ok bool) {
	lacking := func(what string) { d.Faults = append(d.Faults, "it has no "+what) }
	switch key {
	case "remove":
		p.Remove, ok = value == "true", isRustBool(value)
	case "preshared_key":
		var k [wgtypes.KeyLen]byte
		k, ok = rustKey(value)
		p.PresharedKey = new(wgtypes.NewPresharedKey(k))
	case "endpoint":
		p.Endpoint, ok = rustEndpoint(value)
	case "persistent_keepalive_interval":
		var n uint64
		n, ok = rustUint(value, 16)
		p.PersistentKeepalive = new(time.Duration(n) * time.Second)
	case "replace_allowed_ips":
		lacking(key)
		ok = isRustBool(value)
	case "update_only":
		lacking(key)
	case "allowed_ip":
		if strings.HasPrefix(value, "-") {
			lacking("allowed_ip=-")
			return false
		}
		prefix, valid := rustPrefix(value)
		p.AllowedIPs, ok = append(p.AllowedIPs, prefix), valid
	case "protocol_version":
		ok = value == "1"
	}
	return ok
}

func (d *Daemon) updateBoringtun(c *boringtunPeer) {
	switch {
	case c.Remove:
		d.removePeer(c.key)
		return
	case !d.hasKey():
		d.crash("a peer before a private key")
		return
	case d.find(c.key) != nil:
		d.crash("an existing peer")
		return
	}
	p := wgtypes.Peer{PublicKey: c.key, Endpoint: c.Endpoint, AllowedIPs: slices.Clone(c.AllowedIPs), ProtocolVersion: 1}
	if c.PresharedKey != nil {
		p.PresharedKey = *c.PresharedKey
	}
	if c.PersistentKeepalive != nil {
		p.PersistentKeepalive = *c.PersistentKeepalive
	}
	d.route(&p)
	d.Device.Peers = append(d.Device.Peers, p)
}
