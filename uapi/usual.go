package uapi

import (
	"bytes"
	"math"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Daemons say what a peer has in one order, each once. What has this usual form
// is read in one pass. Whatever else comes is left to the tables, which take what
// may come and say what is wrong; in tests they judge this file.

// readUsual reads lines of the peer as long as they have the usual form and are
// here as a whole, and reports whether it came to the next peer.
func (d *Decoder) readUsual() bool {
	d.readHead()
	d.readAllowedIPs()
	u := usual{rest: d.rest(), ok: true}
	u.head(publicKeyKey + "=")
	k := u.key()
	if !u.ok {
		return false
	}
	d.pass(u)
	d.begin(k)
	return d.err == nil
}

// readHead reads what comes before the allowed IPs: all of it, or nothing that
// will not be read again.
func (d *Decoder) readHead() {
	p := d.peer
	u := usual{rest: d.rest(), ok: true}
	u.head("preshared_key=")
	psk := u.key()
	u.head("protocol_version=")
	p.ProtocolVersion = int(u.uint(math.MaxInt32))
	if u.has("endpoint=") {
		p.Endpoint = u.endpoint()
	}
	u.head("last_handshake_time_sec=")
	d.sec = int64(u.uint(maxSeconds))
	u.head("last_handshake_time_nsec=")
	d.nsec = int64(u.uint(1e9 - 1))
	u.head("tx_bytes=")
	p.TransmitBytes = u.uint(math.MaxUint64)
	u.head("rx_bytes=")
	p.ReceiveBytes = u.uint(math.MaxUint64)
	u.head("persistent_keepalive_interval=")
	p.PersistentKeepalive = time.Duration(u.uint(math.MaxUint16)) * time.Second
	if u.ok {
		p.PresharedKey, u.ok = parsePresharedKey(psk, &d.keys)
	}
	if !u.ok {
		*p = wgtypes.Peer{PublicKey: p.PublicKey}
		d.sec, d.nsec = 0, 0
		return
	}
	d.pass(u)
}

// readAllowedIPs reads the lines of prefixes: a large reply is little else.
func (d *Decoder) readAllowedIPs() {
	u := usual{rest: d.rest(), ok: true}
	room := d.ips.Reserve()
	for {
		const head = allowedIPKey + "="
		b := u.rest
		if len(b) < len(head) || string(b[:len(head)]) != head {
			break
		}
		p, behind, ok := cutPrefix(b[len(head):])
		if !ok || len(behind) == 0 || behind[0] != '\n' {
			break
		}
		if len(room) == cap(room) {
			d.ips.Commit(room)
			room = d.ips.Reserve()
		}
		room = append(room, p)
		u.rest = behind[1:]
		u.lines++
	}
	d.ips.Commit(room)
	d.pass(u)
}

// usual is a cursor over lines of the usual form. ok is false, and stays so,
// when there was another one, or not all of it.
type usual struct {
	rest  []byte
	lines int // read so far
	ok    bool
}

// has takes s, which is a key and '=', if it is there.
func (u *usual) has(s string) bool {
	if len(u.rest) < len(s) || string(u.rest[:len(s)]) != s {
		return false
	}
	u.rest = u.rest[len(s):]
	return true
}

// head takes s, which must be there.
func (u *usual) head(s string) { u.ok = u.has(s) && u.ok }

// key takes as many bytes as a WireGuard key has digits, to the end of a line.
func (u *usual) key() []byte { return u.line(hexKeyLen) }

// endpoint takes an address and a port, to the end of a line.
func (u *usual) endpoint() netip.AddrPort {
	if ip, rest, ok := cutAddr4(u.rest); ok && len(rest) > 0 && rest[0] == ':' {
		u.rest = rest[1:]
		return netip.AddrPortFrom(addr4(ip), uint16(u.uint(math.MaxUint16)))
	}
	e, ok := fastEndpoint(u.line(max(bytes.IndexByte(u.rest, '\n'), 0)))
	u.ok = u.ok && ok
	return netip.AddrPortFrom(e.Addr().Unmap(), e.Port())
}

// uint takes a number of at most 19 digits, which 64 bits hold, to the end of a
// line.
func (u *usual) uint(limit uint64) (n uint64) {
	digits := 0
	for _, c := range u.rest[:min(len(u.rest), 19)] {
		if c -= '0'; c > 9 {
			break
		}
		n = n*10 + uint64(c)
		digits++
	}
	u.line(digits)
	u.ok = u.ok && digits > 0 && n <= limit
	return n
}

// line takes the n bytes that are left of a line.
func (u *usual) line(n int) []byte {
	if n >= len(u.rest) || u.rest[n] != '\n' {
		u.ok, u.rest = false, nil
		return nil
	}
	v := u.rest[:n]
	u.rest = u.rest[n+1:]
	u.lines++
	return v
}
