package wgtypes

import (
	"encoding"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// decode sets v from JSON by object, which decodes a valid JSON value. On error, and
// for null, v is unchanged.
func decode[T any](b []byte, v *T, object func([]byte, *T) *FieldError) error {
	if !json.Valid(b) {
		return fmt.Errorf("wgtypes: %w", json.Unmarshal(b, new(any)))
	}
	b, _ = cutValue(b)
	if isNull(b) {
		return nil
	}
	var decoded T
	if err := object(b, &decoded); err != nil {
		return err
	}
	*v = decoded
	return nil
}

func decodeDevice(b []byte, d *Device) *FieldError { return decodeObject(b, deviceFields, d, false) }

func decodeConfig(b []byte, c *Config) *FieldError { return decodeObject(b, configFields, c, true) }

func decodeAmnezia(b []byte, a *Amnezia) *FieldError {
	return decodeObject(b, amneziaStateFields(), a, false)
}

func decodeAmneziaConfig(b []byte, c *AmneziaConfig) *FieldError {
	return decodeObject(b, amneziaConfigFields(), c, true)
}

func decodePeer(b []byte, p *Peer) *FieldError {
	if isNull(b) {
		return nil // by the convention of encoding/json
	}
	err := decodeObject(b, peerFields, p, false)
	if err != nil {
		err.Peer, _ = publicKeyOf(b)
	}
	return err
}

func decodePeerConfig(b []byte, p *PeerConfig) *FieldError {
	if isNull(b) {
		return &FieldError{Index: -1, Field: "PublicKey", Reason: missingKey}
	}
	if err := decodeObject(b, peerConfigFields, p, true); err != nil {
		err.Peer, _ = publicKeyOf(b)
		return err
	}
	if p.PublicKey.IsZero() {
		if _, ok := publicKeyOf(b); !ok || !p.Remove {
			return &FieldError{Index: -1, Field: "PublicKey", Reason: missingKey}
		}
	}
	return nil
}

// publicKeyOf returns the public key of a peer in JSON, and whether it has a valid
// one.
func publicKeyOf(b []byte) (key PublicKey, ok bool) {
	if b[0] != '{' {
		return key, false
	}
	for name, value := range members(b) {
		if strings.EqualFold(string(name), string(FieldPublicKey)) && !isNull(value) {
			return key, key.UnmarshalJSON(value) == nil
		}
	}
	return key, false
}

// decodeObject sets the fields of v from a JSON object. Like encoding/json, it
// ignores the case of letters in names. In a strict object, unknown names are
// errors. In any object, names that are spelled as in Go are.
func decodeObject[T any](b []byte, fields []field[T], v *T, strict bool) *FieldError {
	if b[0] != '{' {
		return &FieldError{Index: -1, Field: "JSON", Reason: invalidValue(b, "an object")}
	}
	var seen uint64 // by index in fields
	for name, value := range members(b) {
		i := indexOf(fields, name)
		if i < 0 {
			if err := unknownName(fields, string(name), strict); err != nil {
				return err
			}
			continue
		}
		field := &fields[i]
		if seen&(1<<i) != 0 {
			return &FieldError{Index: -1, Field: string(field.name), Reason: "occurs twice in a JSON object"}
		}
		seen |= 1 << i
		if isNull(value) {
			continue
		}
		if err := decodeField(value, field.at(v)); err != nil {
			if err.Index < 0 {
				err.Field = string(field.name) + err.Field
			}
			return err
		}
	}
	return nil
}

// indexOf returns the index of the field with the given name, or -1.
func indexOf[T any](fields []field[T], name []byte) int {
	for i := range fields {
		if strings.EqualFold(string(fields[i].name), string(name)) {
			return i
		}
	}
	return -1
}

// unknownName returns the error of a name that no field has. It contains the right
// name if the name is spelled as in Go, such as wgctrl-go's ListenPort. If strict is
// not set, it returns nil for all other names.
func unknownName[T any](fields []field[T], name string, strict bool) *FieldError {
	letters := func(s string) string {
		return strings.TrimSuffix(strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)), "interval")
	}
	for i := range fields {
		if want := string(fields[i].name); letters(want) == letters(name) {
			return &FieldError{Index: -1, Field: name, Reason: fmt.Sprintf("unknown name in JSON: must be %q", want)}
		}
	}
	if !strict {
		return nil
	}
	if len(name) > maxQuoted { // it may be a key
		return &FieldError{Index: -1, Field: "JSON", Reason: fmt.Sprintf("unknown name of %d bytes", len(name))}
	}
	return &FieldError{Index: -1, Field: strconv.Quote(name), Reason: "unknown name in JSON"}
}

// decodeField sets the field at a pointer, which field.at returned. An error has
// only a Reason, the index of an element as Field, or is an error of a peer.
func decodeField(b []byte, at any) *FieldError {
	reason := ""
	switch v := at.(type) {
	case *[]Peer:
		return decodePeers(b, v, decodePeer)
	case *[]PeerConfig:
		return decodePeers(b, v, decodePeerConfig)
	case *[]netip.Prefix:
		return decodePrefixes(b, v)
	case **PrivateKey:
		*v = new(PrivateKey)
		reason = decodeValue(b, *v)
	case **PresharedKey:
		*v = new(PresharedKey)
		reason = decodeValue(b, *v)
	case **uint16:
		*v = new(uint16)
		reason = decodeValue(b, *v)
	case **uint32:
		*v = new(uint32)
		reason = decodeValue(b, *v)
	case **time.Duration:
		*v = new(time.Duration)
		reason = decodeValue(b, *v)
	case **Range:
		*v = new(Range)
		reason = decodeValue(b, *v)
	case **string:
		*v = new(string)
		reason = decodeValue(b, *v)
	case **bool:
		*v = new(bool)
		reason = decodeValue(b, *v)
	case **HeaderProtectionKey:
		*v = new(HeaderProtectionKey)
		reason = decodeValue(b, *v)
	case **Amnezia:
		*v = new(Amnezia)
		return decodeMember(b, *v, decodeAmnezia)
	case **AmneziaConfig:
		*v = new(AmneziaConfig)
		return decodeMember(b, *v, decodeAmneziaConfig)
	default:
		reason = decodeValue(b, at)
	}
	if reason == "" {
		return nil
	}
	return &FieldError{Index: -1, Reason: reason}
}

// decodeMember decodes an object that is the value of a field. The Field of an error
// begins with a dot.
func decodeMember[T any](b []byte, v *T, object func([]byte, *T) *FieldError) *FieldError {
	if b[0] != '{' {
		return &FieldError{Index: -1, Reason: invalidValue(b, "an object")}
	}
	err := object(b, v)
	if err != nil {
		err.Field = "." + err.Field
	}
	return err
}

func decodePeers[P any](b []byte, list *[]P, decode func([]byte, *P) *FieldError) *FieldError {
	if b[0] != '[' {
		return &FieldError{Index: -1, Reason: invalidValue(b, "a list")}
	}
	var peers []P
	for value := range elements(b) {
		peers = append(peers, *new(P))
		if err := decode(value, &peers[len(peers)-1]); err != nil {
			err.Index = len(peers) - 1
			return err
		}
	}
	*list = nilIfEmpty(peers)
	return nil
}

func decodePrefixes(b []byte, list *[]netip.Prefix) *FieldError {
	if b[0] != '[' {
		return &FieldError{Index: -1, Reason: invalidValue(b, "a list")}
	}
	var prefixes []netip.Prefix
	for value := range elements(b) {
		var p netip.Prefix
		if !decodeText(value, &p) || !p.IsValid() {
			return &FieldError{Index: -1, Field: fmt.Sprintf("[%d]", len(prefixes)), Reason: invalidValue(value, `a prefix, as in "10.0.0.0/8"`)}
		}
		prefixes = append(prefixes, p)
	}
	*list = nilIfEmpty(prefixes)
	return nil
}

// decodeValue sets the value at a pointer, which is neither a list nor optional.
func decodeValue(b []byte, at any) (reason string) {
	ok, want := false, ""
	switch v := at.(type) {
	case *PublicKey:
		return keyReason(v.UnmarshalJSON(b))
	case *PrivateKey:
		return keyReason(v.UnmarshalJSON(b))
	case *PresharedKey:
		return keyReason(v.UnmarshalJSON(b))
	case *HeaderProtectionKey:
		return keyReason(v.UnmarshalJSON(b))
	case *Range:
		return decodeRange(b, v)
	case *AmneziaVersion:
		ok, want = decodeText(b, v), fmt.Sprintf("one of %q", amneziaVersions.names)
	case *[]string:
		ok, want = json.Unmarshal(b, v) == nil, "a list of strings"
		*v = nilIfEmpty(*v)
	case *uint16:
		return decodeUint(b, v)
	case *uint32:
		return decodeUint(b, v)
	case *uint64:
		return decodeUint(b, v)
	case *time.Duration:
		var n uint16
		if decodeUint(b, &n) != "" {
			return invalidValue(b, "whole seconds from 0 to 65535")
		}
		*v = time.Duration(n) * time.Second
		return ""
	case *time.Time:
		if ok = json.Unmarshal(b, v) == nil; ok {
			*v, reason = utc(*v)
			return reason
		}
		want = "a time in RFC 3339"
	case *netip.AddrPort:
		ok, want = decodeText(b, v), `an IP address and a port, as in "192.0.2.1:51820"`
	case *Kind:
		ok, want = decodeText(b, v), fmt.Sprintf("one of %q", kinds.names)
	case *bool:
		ok, want = json.Unmarshal(b, v) == nil, "true or false"
	case *int:
		ok, want = json.Unmarshal(b, v) == nil, "an integer"
	case *string:
		ok, want = json.Unmarshal(b, v) == nil, "a string"
	default:
		panic(fmt.Sprintf("wgtypes: no field has the type %T", at))
	}
	if !ok {
		return invalidValue(b, want)
	}
	return ""
}

func decodeUint[U uint16 | uint32 | uint64](b []byte, v *U) (reason string) {
	largest := ^U(0)
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil || n > uint64(largest) {
		return invalidValue(b, fmt.Sprintf("a number from 0 to %d", largest))
	}
	*v = U(n)
	return ""
}

// decodeRange sets v from a JSON number or string.
func decodeRange(b []byte, v *Range) (reason string) {
	text := b
	if b[0] == '"' {
		text = unquote(b)
	}
	if v.UnmarshalText(text) != nil {
		return invalidValue(b, rangeForm)
	}
	return ""
}

// decodeText sets v from a JSON string and reports whether it could.
func decodeText(b []byte, v encoding.TextUnmarshaler) bool {
	return b[0] == '"' && v.UnmarshalText(unquote(b)) == nil
}

// keyReason returns the text of an error of a key, or "".
func keyReason(err error) string {
	if err == nil {
		return ""
	}
	return strings.TrimPrefix(err.Error(), "wgtypes: ")
}

// maxQuoted is the largest number of bytes of a value that an error contains. Keys
// are longer.
const maxQuoted = 40

// invalidValue returns the reason for a value in JSON that must be something else.
func invalidValue(b []byte, want string) string {
	switch {
	case b[0] == '{':
		return "must be " + want + ", not an object"
	case b[0] == '[':
		return "must be " + want + ", not a list"
	case len(b) > maxQuoted:
		return fmt.Sprintf("invalid value of %d bytes: must be %s", len(b), want)
	}
	return fmt.Sprintf("invalid value %s: must be %s", b, want)
}
