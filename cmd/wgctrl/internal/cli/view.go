package cli

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// view returns the JSON form of a device, with the fields in show and the names of
// peers. Unless keys is set, secrets are "(hidden)". docs/json.md describes it.
func view(d *wgtypes.Device, show field, keys bool, names fileNames) (json.RawMessage, error) {
	alone := *d
	alone.Peers = nil
	text, err := wgtypes.WithSecrets(alone).MarshalJSON()
	if err != nil {
		return nil, err
	}
	v := viewer{show, keys, d, names}
	return v.device(make([]byte, 0, len(text)), text)
}

// headerProtectionKey is the member with AmneziaWG's key.
const headerProtectionKey wgtypes.Field = "header_protection_key"

// viewer selects the members of devices and peers that are shown. Its methods append to
// out what is shown of a value, which is compact JSON as package wgtypes writes it.
type viewer struct {
	show  field
	keys  bool
	d     *wgtypes.Device
	names fileNames
}

// device appends what is shown of the device without peers, and the peers.
func (v *viewer) device(out, text []byte) ([]byte, error) {
	return appendObject(out, text, func(out []byte, m member) ([]byte, error) {
		switch {
		case m.name == "peers" && v.show&fieldsOfPeers != 0:
			return v.peers(m.appendName(out))
		case m.name == wgtypes.FieldAmnezia && v.show&fieldParameters != 0:
			return appendObject(m.appendName(out), m.value, v.parameter)
		case m.name == wgtypes.FieldName, m.name == "kind", m.name == "index":
			return m.append(out), nil
		}
		return v.member(out, m), nil
	})
}

// parameter appends what is shown of a parameter of AmneziaWG.
func (v *viewer) parameter(out []byte, m member) ([]byte, error) {
	if m.name == "version" {
		return m.append(out), nil
	}
	return v.member(out, m), nil
}

// peers appends what is shown of the peers. Each is encoded on its own, so that no text
// is scanned twice.
func (v *viewer) peers(out []byte) ([]byte, error) {
	out = append(out, '[')
	for i := range v.d.Peers {
		p := &v.d.Peers[i]
		text, err := wgtypes.WithSecrets(p).MarshalJSON()
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out, err = appendObject(out, text, func(out []byte, m member) ([]byte, error) {
			if m.name == wgtypes.FieldPublicKey {
				return v.peerName(m.append(out), p.PublicKey)
			}
			return v.member(out, m), nil
		})
		if err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// peerName appends a member with the name of the peer, if it has one.
func (v *viewer) peerName(out []byte, key wgtypes.PublicKey) ([]byte, error) {
	name := v.names.of(v.d.Name, key)
	if name == "" {
		return out, nil
	}
	text, err := json.Marshal(name)
	return member{"name", text}.append(append(out, ',')), err
}

// member appends a member if it is shown.
func (v *viewer) member(out []byte, m member) []byte {
	switch {
	case !v.show.hasMember(m.name):
		return out
	case !v.keys && (m.name == wgtypes.FieldPrivateKey || m.name == wgtypes.FieldPresharedKey || m.name == headerProtectionKey):
		m.value = []byte(`"(hidden)"`)
	}
	return m.append(out)
}

// member is a member of an object.
type member struct {
	name  wgtypes.Field
	value []byte
}

func (m member) appendName(out []byte) []byte {
	return append(append(append(out, '"'), m.name...), '"', ':')
}

func (m member) append(out []byte) []byte { return append(m.appendName(out), m.value...) }

var comma = []byte{','}

// appendObject appends the object with the members that show appends. show may append
// nothing. Names of members have no escapes.
func appendObject(out, object []byte, show func(out []byte, m member) ([]byte, error)) ([]byte, error) {
	out = append(out, '{')
	for rest := object[1:]; rest[0] != '}'; rest = bytes.TrimPrefix(rest, comma) {
		name := value(rest)
		rest = rest[len(name)+1:]
		m := member{wgtypes.Field(name[1 : len(name)-1]), value(rest)}
		rest = rest[len(m.value):]
		n := len(out)
		if out[n-1] != '{' {
			out = append(out, ',')
		}
		start := len(out)
		var err error
		if out, err = show(out, m); err != nil {
			return nil, err
		}
		if len(out) == start {
			out = out[:n]
		}
	}
	return append(out, '}'), nil
}

// value returns the value at the start of text, which must be compact JSON.
func value(text []byte) []byte {
	depth := 0
	for i := 0; ; i++ {
		switch text[i] {
		case '"':
			i += stringLen(text[i:]) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth--; depth < 0 { // the end of a number or a literal
				return text[:i]
			}
		case ',':
			if depth == 0 {
				return text[:i]
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return text[:i+1]
		}
	}
}

// stringLen returns the length of the string at the start of text, with its quotes.
func stringLen(text []byte) int {
	n := 1 + bytes.IndexByte(text[1:], '"') // the end, if nothing is escaped
	for i := 1; i < n; i++ {
		if text[i] == '\\' {
			i++
			if i == n { // an escaped quote
				n += 1 + bytes.IndexByte(text[n+1:], '"')
			}
		}
	}
	return n + 1
}

// insertMember returns the object with a further member after another one. It returns
// the object unchanged if value is "" or the other one is missing.
func insertMember(object []byte, after wgtypes.Field, name, value string) (json.RawMessage, error) {
	if value == "" {
		return object, nil
	}
	in := json.NewDecoder(bytes.NewReader(object))
	if _, err := in.Token(); err != nil { // the opening brace
		return nil, err
	}
	for in.More() {
		found, err := in.Token()
		if err != nil {
			return nil, err
		}
		var skipped json.RawMessage
		if err := in.Decode(&skipped); err != nil {
			return nil, err
		}
		if found == string(after) {
			member, err := json.Marshal(map[string]string{name: value})
			at := in.InputOffset()
			return slices.Concat(object[:at], []byte{','}, member[1:len(member)-1], object[at:]), err
		}
	}
	return object, nil
}
