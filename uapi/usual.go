package uapi

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
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
	if !u.ok || !d.pass(u) {
		return false
	}
	d.begin(k)
	return d.err == nil
}

// readHead reads what comes before the allowed IPs: all of it, or nothing that
// will not be read again.
func (d *Decoder) readHead() {
	p := &d.peer
	u := usual{rest: d.rest(), ok: true}
	u.head("preshared_key=")
	psk := u.key()
	u.head("protocol_version=")
	p.ProtocolVersion = int(u.uint(math.MaxInt32))
	if bytes.HasPrefix(u.rest, []byte("endpoint=")) {
		u.head("endpoint=")
		e, ok := fastEndpoint(u.text())
		p.Endpoint, u.ok = netip.AddrPortFrom(e.Addr().Unmap(), e.Port()), u.ok && ok
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
	if !u.ok || !d.pass(u) {
		d.peer, d.sec, d.nsec = wgtypes.Peer{PublicKey: p.PublicKey}, 0, 0
	}
}

// readAllowedIPs reads the lines of prefixes: a large reply is little else.
func (d *Decoder) readAllowedIPs() {
	u := usual{rest: d.rest(), ok: true}
	room := d.ips.Room()
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
			d.ips.Use(room)
			room = d.ips.Room()
		}
		room = append(room, p)
		u.rest = behind[1:]
		u.lines++
	}
	d.ips.Use(room)
	d.pass(u)
}

// usual is a cursor over lines of the usual form. ok is false, and stays so,
// when there was another one, or not all of it.
type usual struct {
	rest  []byte
	lines int // read so far
	ok    bool
}

// head takes s, which is a key and '='.
func (u *usual) head(s string) {
	if len(u.rest) < len(s) || string(u.rest[:len(s)]) != s {
		u.ok, u.rest = false, nil
		return
	}
	u.rest = u.rest[len(s):]
}

// key takes as many bytes as a WireGuard key has digits, to the end of a line.
func (u *usual) key() []byte {
	if len(u.rest) <= hexKeyLen {
		u.ok, u.rest = false, nil
		return nil
	}
	return u.line(hexKeyLen)
}

// text takes what is left of a line.
func (u *usual) text() []byte { return u.line(max(bytes.IndexByte(u.rest, '\n'), 0)) }

// uint takes a number of at most 19 digits, which 64 bits hold, to the end of a
// line.
func (u *usual) uint(limit uint64) (n uint64) {
	at, digits := 0, 8
	for digits == 8 && at <= 8 && len(u.rest) >= at+8 {
		var next uint64
		next, digits = number8(binary.LittleEndian.Uint64(u.rest[at:]))
		n = n*powers10[digits] + next
		at += digits
	}
	for ; at < min(len(u.rest), 19) && u.rest[at]-'0' <= 9; at++ {
		n = n*10 + uint64(u.rest[at]-'0')
	}
	u.line(at)
	u.ok = u.ok && at > 0 && n <= limit
	return n
}

var powers10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// number8 returns the number at the front of eight characters, the first one in
// the lowest byte of x, and how many digits it has, up to all of them.
func number8(x uint64) (n uint64, digits int) {
	const ones = 0x0101010101010101
	x ^= '0' * ones // digits become their values
	// The lowest byte with its highest bit here is the first one above 9.
	others := (x + (0x7f-9)*ones | x) & (0x80 * ones)
	digits = bits.TrailingZeros64(others) / 8
	// Zeros go before the digits; then each two neighbours become one number.
	x <<= 64 - 8*digits
	x = (x*10 + x>>8) & 0x00ff00ff00ff00ff
	x = (x*100 + x>>16) & 0x0000ffff0000ffff
	return x*10000&math.MaxUint32 + x>>32, digits
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
