package uapi

import (
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
	text := d.rest()
	at, lines := d.readHead(text)
	at, more := d.readAllowedIPs(text, at)
	lines += more
	const head, end = publicKeyKey + "=", len(publicKeyKey+"=") + hexKeyLen
	b := text[at:]
	if len(b) <= end || string(b[:len(head)]) != head || b[end] != '\n' {
		d.pass(at, lines)
		return false
	}
	d.pass(at+end+1, lines+1)
	d.begin(b[len(head):end])
	return d.err == nil
}

// peerText is the text of a peer before the allowed IPs, followed by other lines or
// zeros. These lines of a peer have less than maxHead bytes.
type peerText [maxHead + lineRoom]byte

const (
	maxHead  = 512
	lineRoom = 64 // more than the longest of these lines without its key
)

// from returns the text at a position.
func (t *peerText) from(at int) *[lineRoom]byte { return (*[lineRoom]byte)(t[at&(maxHead-1):]) }

// number parses a number at a position. It returns the position after it, or 0.
func (t *peerText) number(at int, limit uint64) (n uint64, end int) {
	n, digits := cutNumber(t.from(at)[:])
	if digits == 0 || n > limit {
		return 0, 0
	}
	return n, at + digits
}

// endpoint is like number for an endpoint.
func (t *peerText) endpoint(at int) (e netip.AddrPort, end int) {
	e, n := cutEndpoint(t.from(at)[:])
	if n == 0 {
		return e, 0
	}
	return netip.AddrPortFrom(e.Addr().Unmap(), e.Port()), at + n
}

// readHead reads the lines before the allowed IPs. It returns their length and
// number, or 0 if it cannot read all of them.
func (d *Decoder) readHead(text []byte) (n, lines int) {
	if len(text) >= len(peerText{}) {
		return d.readText((*peerText)(text))
	}
	var short peerText
	defer clear(short[:]) // it has a key
	copy(short[:], text)
	return d.readText(&short)
}

// readText is readHead for a text. Line breaks belong to the lines after them. What
// cannot be parsed ends at 0, where the text has none of the following lines. The
// compiler compares constants of up to 16 bytes fast.
func (d *Decoder) readText(t *peerText) (n, lines int) {
	if string(t[:14]) != "preshared_key=" {
		return 0, 0
	}
	at := 14 + hexKeyLen
	w := t.from(at)
	if string(w[:16]) != "\nprotocol_versio" || string(w[16:18]) != "n=" {
		return 0, 0
	}
	version, at := t.number(at+18, math.MaxInt32)
	lines = 7
	var endpoint netip.AddrPort
	if w = t.from(at); string(w[:10]) == "\nendpoint=" {
		endpoint, at = t.endpoint(at + 10)
		lines++
		w = t.from(at)
	}
	if string(w[:16]) != "\nlast_handshake_" || string(w[16:25]) != "time_sec=" {
		return 0, 0
	}
	sec, at := t.number(at+25, maxSeconds)
	if w = t.from(at); string(w[:16]) != "\nlast_handshake_" || string(w[16:26]) != "time_nsec=" {
		return 0, 0
	}
	nsec, at := t.number(at+26, 1e9-1)
	if string(t.from(at)[:10]) != "\ntx_bytes=" {
		return 0, 0
	}
	sent, at := t.number(at+10, math.MaxUint64)
	if string(t.from(at)[:10]) != "\nrx_bytes=" {
		return 0, 0
	}
	received, at := t.number(at+10, math.MaxUint64)
	if w = t.from(at); string(w[:16]) != "\npersistent_keep" || string(w[16:31]) != "alive_interval=" {
		return 0, 0
	}
	keepalive, at := t.number(at+31, math.MaxUint16)
	if t.from(at)[0] != '\n' {
		return 0, 0
	}
	psk, ok := parsePresharedKey(t[14:14+hexKeyLen], &d.keys)
	if !ok {
		return 0, 0
	}
	p := d.peer
	p.PresharedKey, p.ProtocolVersion, p.Endpoint = psk, int(version), endpoint
	p.TransmitBytes, p.ReceiveBytes = sent, received
	p.PersistentKeepalive = time.Duration(keepalive) * time.Second
	d.sec, d.nsec = int64(sec), int64(nsec)
	return at + 1, lines
}

// readAllowedIPs reads the lines of allowed IPs, which are most of a large reply. It
// returns the position after them and their number.
func (d *Decoder) readAllowedIPs(text []byte, at int) (end, lines int) {
	const head = allowedIPKey + "="
	before := d.ips.Len()
	for at+len(head) <= len(text) && string(text[at:at+len(head)]) == head {
		p, end := cutPrefix(text, at+len(head))
		if end == 0 || end >= len(text) || text[end] != '\n' {
			break
		}
		d.ips.Append(p)
		at = end + 1
	}
	return at, d.ips.Len() - before
}
