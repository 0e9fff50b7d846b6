package cli

import (
	"encoding/json"
	"iter"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// view returns the JSON form of a device, with the fields in show. Unless keys
// is set, secrets are "(hidden)". docs/command.md describes it.
func view(d *wgtypes.Device, show field, keys bool) (json.RawMessage, error) {
	text, err := wgtypes.WithSecrets(d).MarshalJSON()
	if err != nil {
		return nil, err
	}
	v := viewer{b: make([]byte, 0, len(text)), show: show, keys: keys}
	v.device(text)
	return v.b, nil
}

// viewer appends the JSON form of a device to b.
type viewer struct {
	b    []byte
	show field
	keys bool
}

// device appends what is shown of a device, whose JSON form is text.
func (v *viewer) device(text []byte) {
	comma := byte('{')
	for name, value := range members(text) {
		switch name {
		case wgtypes.FieldName, "kind", "index":
			comma = v.member(comma, name, value)
		case "peers":
			if v.show&fieldsOfPeers != 0 {
				comma = v.member(comma, name, nil)
				v.peers(value)
			}
		default:
			if v.show.hasMember(name) {
				comma = v.member(comma, name, value)
			}
		}
	}
	v.b = append(v.b, '}')
}

func (v *viewer) peers(list []byte) {
	opening := byte('[')
	for peer := range elements(list) {
		v.b = append(v.b, opening)
		opening = ','
		comma := byte('{')
		for name, value := range members(peer) {
			if name == wgtypes.FieldPublicKey || v.show.hasMember(name) {
				comma = v.member(comma, name, value)
			}
		}
		v.b = append(v.b, '}')
	}
	if opening == '[' {
		v.b = append(v.b, '[')
	}
	v.b = append(v.b, ']')
}

// member appends a member after a comma, or after the opening brace if it is the
// first one. It returns the comma of the next.
func (v *viewer) member(comma byte, name wgtypes.Field, value []byte) byte {
	if !v.keys && (name == wgtypes.FieldPrivateKey || name == wgtypes.FieldPresharedKey) {
		value = []byte(`"(hidden)"`)
	}
	v.b = append(append(append(v.b, comma, '"'), name...), '"', ':')
	v.b = append(v.b, value...)
	return ','
}

// members yields the members of an object of valid JSON without spaces, whose
// names have no escapes.
func members(object []byte) iter.Seq2[wgtypes.Field, []byte] {
	return func(yield func(wgtypes.Field, []byte) bool) {
		for rest := object; len(rest) > len("{}"); {
			name, after := cutValue(rest[1:])
			value, after := cutValue(after[1:])
			if !yield(wgtypes.Field(name[1:len(name)-1]), value) {
				return
			}
			rest = after
			if len(rest) == 1 { // the closing brace
				return
			}
		}
	}
}

// elements yields the elements of a list of valid JSON without spaces.
func elements(list []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := list; len(rest) > len("[]"); {
			value, after := cutValue(rest[1:])
			if !yield(value) || len(after) == 1 { // the closing bracket
				return
			}
			rest = after
		}
	}
}

// cutValue splits valid JSON after its first value.
func cutValue(b []byte) (value, rest []byte) {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case quoted:
			if c == '\\' {
				i++
			}
			quoted = c != '"'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']'):
			return b[:i], b[i:]
		case c == '}' || c == ']':
			depth--
		}
	}
	return b, nil
}
