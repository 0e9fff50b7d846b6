package kerneltest

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// peerSettings reads the settings of a new peer except its allowed IPs.
func (k *NetBSD) peerSettings(list map[string]any, p *NetBSDPeer) error {
	key, ok := list["public_key"].([]byte)
	if !ok {
		return syscall.EINVAL
	}
	if len(key) != 32 {
		k.fault("ADD_PEER: public_key of %d bytes, the kernel copies 32", len(key))
	}
	copy(p.PublicKey[:], key)
	p.Name, _ = list["name"].(string)
	if len(p.Name) > 16 {
		return syscall.EINVAL
	}
	if p.Name == "" {
		k.fault("ADD_PEER: no name, the peer cannot be deleted")
	}
	if value, ok := list["preshared_key"]; ok {
		psk, _ := value.([]byte)
		if len(psk) != 32 {
			return syscall.EINVAL
		}
		p.PresharedKey = [32]byte(psk)
	}
	if value, ok := list["endpoint"]; ok {
		p.Endpoint, _ = value.([]byte)
		if len(p.Endpoint) < 2 || int(p.Endpoint[0]) != len(p.Endpoint) {
			k.fault("ADD_PEER: socket address %x with another length", p.Endpoint)
			return syscall.EINVAL
		}
		if size := map[byte]int{2: 16, 24: 28}[p.Endpoint[1]]; size != len(p.Endpoint) {
			k.fault("ADD_PEER: socket address of family %d with %d bytes", p.Endpoint[1], len(p.Endpoint))
			return syscall.EAFNOSUPPORT
		}
	}
	return nil
}

// allowedIP reads an allowed IP.
func (k *NetBSD) allowedIP(element any) (netip.Prefix, error) {
	dict, _ := element.(map[string]any)
	family, _ := dict["family"].(uint64)
	bits, hasBits := dict["cidr"].(uint64)
	ip, _ := dict["ip"].([]byte)
	size, known := map[uint64]int{2: 4, 24: 16}[family]
	if !known || !hasBits || len(ip) != size {
		k.fault("ADD_PEER: allowed IP %v", element)
		return netip.Prefix{}, syscall.EINVAL
	}
	addr, _ := netip.AddrFromSlice(ip)
	prefix := netip.PrefixFrom(addr, int(min(bits, 256)))
	if !prefix.IsValid() || prefix != prefix.Masked() {
		k.fault("ADD_PEER: allowed IP %v/%d, the kernel checks neither range nor host bits", addr, bits)
		return netip.Prefix{}, syscall.EINVAL
	}
	return prefix, nil
}

// netbsdState returns the property list of a GET, as proplib writes it.
func netbsdState(d *NetBSDDevice, privileged bool) string {
	var w netbsdWriter
	w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
`)
	if d.ListenPort != 0 {
		w.element(1, "listen_port", "integer", fmt.Sprintf("%#x", d.ListenPort))
	}
	if len(d.Peers) > 0 {
		w.line(1, "<key>peers</key>")
		w.line(1, "<array>")
		for _, p := range d.Peers {
			w.peer(&p, privileged)
		}
		w.line(1, "</array>")
	}
	if privileged {
		w.data(1, "private_key", d.PrivateKey[:])
	}
	w.WriteString("</dict>\n</plist>\n")
	return w.String()
}

// netbsdWriter writes a property list.
type netbsdWriter struct{ strings.Builder }

func (w *netbsdWriter) line(depth int, text string) {
	w.WriteString(strings.Repeat("\t", depth) + text + "\n")
}

func (w *netbsdWriter) element(depth int, key, tag, content string) {
	w.line(depth, "<key>"+key+"</key>")
	w.line(depth, "<"+tag+">"+content+"</"+tag+">")
}

func (w *netbsdWriter) data(depth int, key string, b []byte) {
	w.element(depth, key, "data", base64.StdEncoding.EncodeToString(b))
}

func (w *netbsdWriter) peer(p *NetBSDPeer, privileged bool) {
	w.line(2, "<dict>")
	if len(p.AllowedIPs) > 0 {
		w.line(3, "<key>allowedips</key>")
		w.line(3, "<array>")
		for _, prefix := range p.AllowedIPs {
			family := "2"
			if prefix.Addr().Is6() {
				family = "24"
			}
			w.line(4, "<dict>")
			w.element(5, "cidr", "integer", fmt.Sprintf("0x%x", prefix.Bits()))
			w.element(5, "family", "integer", family)
			w.data(5, "ip", prefix.Addr().AsSlice())
			w.line(4, "</dict>")
		}
		w.line(3, "</array>")
	}
	if p.Endpoint != nil {
		w.data(3, "endpoint", p.Endpoint)
	}
	sec, nsec := int64(0), 0
	if !p.LastHandshake.IsZero() {
		sec, nsec = p.LastHandshake.Unix(), p.LastHandshake.Nanosecond()
	}
	w.element(3, "last_handshake_time_nsec", "integer", fmt.Sprintf("0x%x", nsec))
	w.element(3, "last_handshake_time_sec", "integer", fmt.Sprintf("0x%x", sec))
	if p.Name != "" {
		w.element(3, "name", "string", strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(p.Name))
	}
	if p.PresharedKey != [32]byte{} && privileged {
		w.data(3, "preshared_key", p.PresharedKey[:])
	}
	w.data(3, "public_key", p.PublicKey[:])
	w.line(2, "</dict>")
}

// parseNetBSD parses the property list of a command, a dictionary. It accepts only what
// proplib accepts and, unlike proplib, no key twice.
func parseNetBSD(b []byte) (map[string]any, error) {
	if bytes.IndexByte(b, 0) >= 0 {
		return nil, fmt.Errorf("NUL byte in a property list")
	}
	p := netbsdParser{xml.NewDecoder(bytes.NewReader(b))}
	start, err := p.start()
	if err != nil {
		return nil, err
	}
	if start == nil || start.Name.Local != "plist" || len(start.Attr) != 1 || start.Attr[0].Value != "1.0" {
		return nil, fmt.Errorf("%v, want <plist version=\"1.0\">", start)
	}
	if start, err = p.start(); err != nil {
		return nil, err
	}
	value, err := p.value(start)
	if err != nil {
		return nil, err
	}
	dict, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a %T, want a dictionary", value)
	}
	if end, err := p.start(); end != nil || err != nil {
		return nil, fmt.Errorf("%v, %v, want </plist>", end, err)
	}
	if _, err := p.start(); err != io.EOF {
		return nil, fmt.Errorf("%v, want the end", err)
	}
	return dict, nil
}

type netbsdParser struct{ *xml.Decoder }

// start returns the next tag, or nil for the end of an element. Between tags it accepts
// white space and declarations.
func (p netbsdParser) start() (*xml.StartElement, error) {
	for {
		token, err := p.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, fmt.Errorf("text %q between tags", t)
			}
		case xml.Comment:
			return nil, fmt.Errorf("comment %q", t)
		}
	}
}

// value parses the rest of an element that began with start.
func (p netbsdParser) value(start *xml.StartElement) (any, error) {
	if start == nil || len(start.Attr) > 0 {
		return nil, fmt.Errorf("%v, want a value", start)
	}
	switch tag := start.Name.Local; tag {
	case "dict":
		return p.dict()
	case "array":
		return p.array()
	case "string", "integer", "data", "true", "false":
		text, err := p.text()
		if err != nil {
			return nil, err
		}
		return netbsdScalar(tag, text)
	default:
		return nil, fmt.Errorf("tag %q", tag)
	}
}

func netbsdScalar(tag, text string) (any, error) {
	switch tag {
	case "string":
		return text, nil
	case "integer":
		if hex, ok := strings.CutPrefix(text, "0x"); ok {
			return strconv.ParseUint(hex, 16, 64)
		}
		return strconv.ParseUint(text, 10, 64)
	case "data":
		return base64.StdEncoding.Strict().DecodeString(text)
	}
	return tag == "true", nil
}

func (p netbsdParser) dict() (any, error) {
	dict := make(map[string]any)
	for {
		start, err := p.start()
		if start == nil {
			return dict, err
		}
		if start.Name.Local != "key" {
			return nil, fmt.Errorf("tag %q, want a key", start.Name.Local)
		}
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		if _, ok := dict[key]; ok {
			return nil, fmt.Errorf("key %q twice", key)
		}
		if start, err = p.start(); err != nil {
			return nil, err
		}
		if dict[key], err = p.value(start); err != nil {
			return nil, err
		}
	}
}

func (p netbsdParser) array() (any, error) {
	array := []any{}
	for {
		start, err := p.start()
		if start == nil {
			return array, err
		}
		value, err := p.value(start)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
}

// text returns the content of an element without elements.
func (p netbsdParser) text() (text string, err error) {
	for {
		token, err := p.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			text += string(t)
		case xml.EndElement:
			return text, nil
		default:
			return "", fmt.Errorf("%v in a text", t)
		}
	}
}
