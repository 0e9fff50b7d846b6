package testutil

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// nextGotaTun ignores empty lines before a request. The end of the stream and a line
// that is not UTF-8 end a request like an empty line.
func (d *Daemon) nextGotaTun(r *bufio.Reader) (reply []byte, more bool) {
	first, ok := "", true
	for ok && first == "" {
		first, ok = rustLine(r)
	}
	if !ok {
		return nil, false
	}
	var body []string
	for {
		line, ok := rustLine(r)
		if !ok || line == "" {
			reply = d.operateGotaTun(first, body)
			return reply, ok && reply != nil
		}
		body = append(body, line)
	}
}

// operateGotaTun parses the whole request before it executes it.
func (d *Daemon) operateGotaTun(first string, body []string) []byte {
	switch {
	case first == "get=1" && len(body) == 0:
		return d.getGotaTun()
	case first == "set=1":
		if s, ok := parseGotaTun(body); ok {
			return d.setGotaTun(s)
		}
	}
	return nil
}

func (d *Daemon) getGotaTun() []byte {
	var b bytes.Buffer
	dev := d.Device
	if d.hasKey() {
		fmt.Fprintf(&b, "private_key=%s\n", hex.EncodeToString(keyBytes(dev.PrivateKey.Bytes())))
	}
	fmt.Fprintf(&b, "listen_port=%d\n", dev.ListenPort)
	if dev.FirewallMark != 0 {
		fmt.Fprintf(&b, "fwmark=%d\n", dev.FirewallMark)
	}
	d.gets++
	order := rand.New(rand.NewPCG(d.gets, 0)).Perm(len(dev.Peers))
	for _, i := range order {
		d.showGotaTun(&b, &dev.Peers[i])
	}
	b.Write(d.Errno(0))
	return b.Bytes()
}

func keyBytes(k [wgtypes.KeyLen]byte) []byte { return k[:] }

func (d *Daemon) showGotaTun(b *bytes.Buffer, p *wgtypes.Peer) {
	fmt.Fprintf(b, "public_key=%s\n", hex.EncodeToString(p.PublicKey[:]))
	if !p.PresharedKey.IsZero() {
		fmt.Fprintf(b, "preshared_key=%s\n", hex.EncodeToString(keyBytes(p.PresharedKey.Bytes())))
	}
	if p.Endpoint.IsValid() {
		fmt.Fprintf(b, "endpoint=%s\n", p.Endpoint)
	}
	if p.PersistentKeepalive > 0 {
		fmt.Fprintf(b, "persistent_keepalive_interval=%d\n", p.PersistentKeepalive/time.Second)
	}
	if at := p.LastHandshake; !at.IsZero() && d.Implementation == OldGotaTun {
		age := time.Since(at)
		fmt.Fprintf(b, "last_handshake_time_sec=%d\nlast_handshake_time_nsec=%d\n", age/time.Second, age%time.Second)
	} else if !at.IsZero() {
		fmt.Fprintf(b, "last_handshake_time_sec=%d\nlast_handshake_time_nsec=%d\n", at.Unix(), at.Nanosecond())
	}
	fmt.Fprintf(b, "rx_bytes=%d\ntx_bytes=%d\n", p.ReceiveBytes, p.TransmitBytes)
	for _, line := range d.DAITA[p.PublicKey] {
		fmt.Fprintln(b, line)
	}
	for _, prefix := range slices.SortedFunc(slices.Values(p.AllowedIPs), netip.Prefix.Compare) {
		fmt.Fprintf(b, "allowed_ip=%s\n", prefix)
	}
}

// gotatunSet is a parsed set request.
type gotatunSet struct {
	key          *[wgtypes.KeyLen]byte
	port         *uint16
	mark         *uint32
	replacePeers bool
	version      uint64
	peers        []gotatunPeer
}

type gotatunPeer struct {
	wgtypes.PeerConfig
	psk *[wgtypes.KeyLen]byte
}

// parseGotaTun reports false for a line that GotaTun does not understand, or a key
// that occurs twice in its section.
func parseGotaTun(body []string) (gotatunSet, bool) {
	s := gotatunSet{version: 1}
	seen := make(map[string]bool)
	for _, line := range body {
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return s, false
		}
		if key == "public_key" {
			k, ok := rustKey(value)
			if !ok {
				return s, false
			}
			s.peers = append(s.peers, gotatunPeer{PeerConfig: wgtypes.PeerConfig{PublicKey: k}})
			clear(seen)
			continue
		}
		if seen[key] && key != "allowed_ip" {
			return s, false
		}
		seen[key] = true
		if len(s.peers) == 0 {
			ok = s.deviceLine(key, value)
		} else {
			ok = s.peers[len(s.peers)-1].line(key, value)
		}
		if !ok {
			return s, false
		}
	}
	return s, true
}

func (s *gotatunSet) deviceLine(key, value string) (ok bool) {
	var n uint64
	switch key {
	case "private_key":
		var k [wgtypes.KeyLen]byte
		k, ok = rustKey(value)
		s.key = &k
	case "listen_port":
		n, ok = rustUint(value, 16)
		s.port = new(uint16(n))
	case "fwmark":
		if n, ok = rustUint(value, 32); value == "" {
			ok = true
		}
		s.mark = new(uint32(n))
	case "replace_peers":
		s.replacePeers, ok = true, value == "true"
	case "protocol_version":
		s.version, ok = rustUint(value, 32)
	}
	return ok
}

func (p *gotatunPeer) line(key, value string) (ok bool) {
	switch key {
	case "preshared_key":
		var k [wgtypes.KeyLen]byte
		if k, ok = rustKey(value); value == "" {
			ok = true
		}
		p.psk = &k
	case "endpoint":
		p.Endpoint, ok = rustEndpoint(value)
	case "persistent_keepalive_interval":
		var n uint64
		n, ok = rustUint(value, 16)
		p.PersistentKeepalive = new(time.Duration(n) * time.Second)
	case "replace_allowed_ips":
		p.ReplaceAllowedIPs, ok = true, value == "true"
	case "remove":
		p.Remove, ok = true, value == "true"
	case "update_only":
		p.UpdateOnly, ok = true, value == "true"
	case "allowed_ip":
		var prefix netip.Prefix
		prefix, ok = rustPrefix(value)
		p.AllowedIPs = append(p.AllowedIPs, prefix)
	}
	return ok
}

// setGotaTun executes s in a fixed order, whatever the order of its lines was.
func (d *Daemon) setGotaTun(s gotatunSet) []byte {
	if s.version != 1 {
		return d.Errno(errno.EINVAL)
	}
	d.edit()
	if s.replacePeers {
		d.removePeers()
	}
	reopen := s.key != nil && d.setKey(*s.key)
	if s.port != nil && *s.port != d.sockets.port {
		d.sockets.port, reopen = *s.port, true
	}
	if s.mark != nil && *s.mark != d.Device.FirewallMark {
		d.Device.FirewallMark, reopen = *s.mark, true
	}
	for i := range s.peers {
		if d.configureGotaTun(&s.peers[i]); d.dead {
			return nil
		}
	}
	if reopen && !d.reopen() {
		return d.Errno(errno.EINVAL)
	}
	return d.Errno(0)
}

func (d *Daemon) configureGotaTun(c *gotatunPeer) {
	old := d.find(c.PublicKey)
	switch {
	case c.Remove:
		d.removePeer(c.PublicKey)
		return
	case old == nil && c.UpdateOnly:
		return
	case old == nil && !d.hasKey():
		d.crash("a peer before a private key")
		return
	case c.psk != nil && *c.psk == [wgtypes.KeyLen]byte{} && d.Implementation == OldGotaTun:
		d.crash("a zero preshared key")
		return
	case old == nil:
		d.Device.Peers = append(d.Device.Peers, wgtypes.Peer{PublicKey: c.PublicKey})
		old = d.find(c.PublicKey)
	}
	// A new peer replaces the old one, so the session and the counters are lost.
	p := wgtypes.Peer{PublicKey: c.PublicKey}
	if d.Implementation == GotaTun {
		p.PresharedKey, p.Endpoint, p.PersistentKeepalive = old.PresharedKey, old.Endpoint, old.PersistentKeepalive
	}
	if !c.ReplaceAllowedIPs {
		p.AllowedIPs = old.AllowedIPs
	}
	if c.psk != nil {
		p.PresharedKey = wgtypes.NewPresharedKey(*c.psk)
	}
	if c.Endpoint.IsValid() {
		p.Endpoint = c.Endpoint
	}
	if c.PersistentKeepalive != nil {
		p.PersistentKeepalive = *c.PersistentKeepalive
	}
	for _, prefix := range c.AllowedIPs {
		if !slices.Contains(p.AllowedIPs, prefix) {
			p.AllowedIPs = append(p.AllowedIPs, prefix)
		}
	}
	d.unroute(p.PublicKey)
	d.route(&p)
	*old = p
}
