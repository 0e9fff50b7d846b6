package uapi

import (
	"bytes"
	"math"
	"net/netip"
	"time"
)

// Daemons send the keys of a peer in a fixed order, each once. The fast path reads
// that order in one pass. Everything else is left to the slow path, the tables,
// which accept every order and report what is wrong. Tests compare the two.

// readFast reads the lines of a peer while they have the fixed order and are
// completely in the buffer. It reports whether it reached the next peer.
func (d *Decoder) readFast() bool {
	d.readHead()
	d.readAllowedIPs()
	u := fastCursor{rest: d.rest(), ok: true}
	u.head(publicKeyKey + "=")
	k := u.key()
	if !u.ok {
		return false
	}
	d.pass(u)
	d.begin(k)
	return d.err == nil
}

// readHead reads the lines before the allowed IPs. If it cannot read all of them,
// it skips none.
func (d *Decoder) readHead() {
	p := d.peer
	u := fastCursor{rest: d.rest(), ok: true}
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
	// Otherwise the slow path reads these lines again, and overwrites what was set
	// here. Keys that were not reached are zero.
	if u.ok {
		d.pass(u)
	}
}

// readAllowedIPs reads the lines of allowed IPs, which are most of a large reply.
func (d *Decoder) readAllowedIPs() {
	u := fastCursor{rest: d.rest(), ok: true}
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

// fastCursor reads lines that have the expected form. At a line of another form or
// an incomplete line, ok becomes false. Then all values are zero.
type fastCursor struct {
	rest  []byte
	lines int // read so far
	ok    bool
}

// has skips s, a key with '=', and reports whether the text began with it.
func (u *fastCursor) has(s string) bool {
	if len(u.rest) < len(s) || string(u.rest[:len(s)]) != s {
		return false
	}
	u.rest = u.rest[len(s):]
	return true
}

// head skips s, a key with '='. If the text does not begin with it, ok becomes
// false.
func (u *fastCursor) head(s string) {
	if !u.has(s) {
		u.ok, u.rest = false, nil
	}
}

// key reads the digits of a WireGuard key and the line break.
func (u *fastCursor) key() []byte { return u.line(hexKeyLen) }

// endpoint reads an address, a port and the line break.
func (u *fastCursor) endpoint() netip.AddrPort {
	if ip, rest, ok := cutAddr4(u.rest); ok && len(rest) > 0 && rest[0] == ':' {
		u.rest = rest[1:]
		return netip.AddrPortFrom(addr4(ip), uint16(u.uint(math.MaxUint16)))
	}
	e, ok := fastEndpoint(u.line(max(bytes.IndexByte(u.rest, '\n'), 0)))
	u.ok = u.ok && ok
	return netip.AddrPortFrom(e.Addr().Unmap(), e.Port())
}

// uint reads a number of at most 19 digits, which 64 bits can hold, and the line
// break.
func (u *fastCursor) uint(limit uint64) (n uint64) {
	digits := 0
	for _, c := range u.rest[:min(len(u.rest), 19)] {
		if c -= '0'; c > 9 {
			break
		}
		n = n*10 + uint64(c)
		digits++
	}
	u.line(digits)
	if digits == 0 || n > limit {
		u.ok, u.rest = false, nil
	}
	if !u.ok {
		return 0
	}
	return n
}

// line reads n bytes and the line break that must follow them.
func (u *fastCursor) line(n int) []byte {
	if n >= len(u.rest) || u.rest[n] != '\n' {
		u.ok, u.rest = false, nil
		return nil
	}
	v := u.rest[:n]
	u.rest = u.rest[n+1:]
	u.lines++
	return v
}
