//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The limit of the text protocol looks at each byte once. It decodes keys, addresses
// and numbers without storing them, or formats them into memory that it has. It
// checks nothing.

// decodeText receives a daemon's reply and decodes it.
func decodeText(t task) (job, error) {
	var d textDecoder
	return exchange(t, func() []byte { return uapi.AppendGet(nil) }, d.decode)
}

// formatText formats a request and sends it to a daemon.
func formatText(t task) (job, error) {
	c := t.config()
	buf := appendText(nil, &c)
	return exchange(t, func() []byte { return appendText(buf[:0], &c) }, func([]byte) int { return 0 })
}

// exchange sends a request and passes the reply to receive, which returns how many
// bytes it has left over.
func exchange(t task, request func() []byte, receive func([]byte) (left int)) (job, error) {
	c, err := net.Dial("unix", socketPath(t.device))
	if err != nil {
		return job{}, err
	}
	buf := make([]byte, 64<<10)
	end := []byte("\n\n")
	op := func() error {
		if _, err := c.Write(request()); err != nil {
			return err
		}
		for left := 0; ; {
			n, err := c.Read(buf[left:])
			text := buf[:left+n]
			left = receive(text)
			switch {
			case bytes.HasSuffix(text, end):
				return c.Close()
			case errors.Is(err, io.EOF):
				return io.ErrUnexpectedEOF
			case err != nil:
				return err
			}
			copy(buf, text[len(text)-left:])
		}
	}
	return job{op, nothing, nil}, nil
}

// textDecoder decodes lines. Its fields hold what was decoded last.
type textDecoder struct {
	key    [wgtypes.KeyLen]byte
	number uint64
	addr   [16]byte
}

// decode decodes complete lines and returns the length of the rest.
func (d *textDecoder) decode(text []byte) (left int) {
	for {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return len(text)
		}
		d.line(text[:end])
		text = text[end+1:]
	}
}

func (d *textDecoder) line(line []byte) {
	switch {
	case len(line) < len("allowed_ip="):
	case line[len("allowed_ip")] == '=' && line[0] == 'a':
		d.address(line[len("allowed_ip="):])
	case len(line) > 2*wgtypes.KeyLen:
		digits := line[len(line)-2*wgtypes.KeyLen:]
		for i := range d.key {
			d.key[i] = digitValues[digits[2*i]]<<4 | digitValues[digits[2*i+1]]
		}
	case line[0] == 'e':
		d.address(line[len("endpoint="):])
	default:
		d.number = 0
		for _, c := range line[bytes.IndexByte(line, '=')+1:] {
			d.number = d.number*10 + uint64(c-'0')
		}
	}
}

// address decodes an address and the number after it.
func (d *textDecoder) address(text []byte) {
	decimal, group, at := uint64(0), uint16(0), 0
	for _, c := range text {
		switch c {
		case '.', '/':
			d.addr[at&15] = byte(decimal)
			decimal, at = 0, at+1
		case ':':
			binary.BigEndian.PutUint16(d.addr[at&14:], group)
			group, at = 0, at+2
		default:
			decimal, group = decimal*10+uint64(digitValues[c]), group<<4|uint16(digitValues[c])
		}
	}
	d.number = decimal
}

var digitValues = func() (values [256]byte) {
	for i, c := range []byte("0123456789abcdef") {
		values[c] = byte(i)
	}
	return values
}()

// appendText appends a request to b.
func appendText(b []byte, c *wgtypes.Config) []byte {
	b = append(b, "set=1\nprivate_key="...)
	b = appendDigits(b, c.PrivateKey.Bytes())
	b = strconv.AppendUint(append(b, "\nlisten_port="...), uint64(*c.ListenPort), 10)
	b = strconv.AppendUint(append(b, "\nfwmark="...), uint64(*c.FirewallMark), 10)
	b = append(b, "\nreplace_peers=true"...)
	for i := range c.Peers {
		p := &c.Peers[i]
		b = appendDigits(append(b, "\npublic_key="...), p.PublicKey)
		if p.PresharedKey != nil {
			b = appendDigits(append(b, "\npreshared_key="...), p.PresharedKey.Bytes())
		}
		b = appendAddress(append(b, "\nendpoint="...), p.Endpoint.Addr())
		b = strconv.AppendUint(append(b, ':'), uint64(p.Endpoint.Port()), 10)
		b = append(b, "\npersistent_keepalive_interval="...)
		b = strconv.AppendUint(b, uint64(*p.PersistentKeepalive/time.Second), 10)
		for i := range p.AllowedIPs {
			b = appendAddress(append(b, "\nallowed_ip="...), p.AllowedIPs[i].Addr())
			b = strconv.AppendUint(append(b, '/'), uint64(p.AllowedIPs[i].Bits()), 10)
		}
	}
	return append(b, "\n\n"...)
}

const digits = "0123456789abcdef"

func appendDigits(b []byte, k [wgtypes.KeyLen]byte) []byte {
	for _, c := range k {
		b = append(b, digits[c>>4], digits[c&0xf])
	}
	return b
}

// appendAddress formats an IPv6 address with all of its zeros up to the first "::".
func appendAddress(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		ip := a.As4()
		b = strconv.AppendUint(b, uint64(ip[0]), 10)
		for _, c := range ip[1:] {
			b = strconv.AppendUint(append(b, '.'), uint64(c), 10)
		}
		return b
	}
	ip := a.As16()
	end := len(ip)
	for end > 0 && ip[end-2]|ip[end-1] == 0 {
		end -= 2
	}
	for i := 0; i < end; i += 2 {
		b = strconv.AppendUint(b, uint64(binary.BigEndian.Uint16(ip[i:])), 16)
		b = append(b, ':')
	}
	if end < len(ip) {
		b = append(b, ':')
	}
	return b
}
