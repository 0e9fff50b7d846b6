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
	text, err := wgtypes.WithSecrets(d).MarshalJSON()
	if err != nil {
		return nil, err
	}
	return viewer{show, keys, func(key wgtypes.PublicKey) string { return names.of(d.Name, key) }}.device(text)
}

// headerProtectionKey is the member with AmneziaWG's key.
const headerProtectionKey wgtypes.Field = "header_protection_key"

// viewer selects the members of devices and peers that are shown.
type viewer struct {
	show field
	keys bool
	name func(wgtypes.PublicKey) string
}

// device returns what is shown of a device.
func (v viewer) device(text []byte) (json.RawMessage, error) {
	return mapObject(text, func(name wgtypes.Field, value json.RawMessage) (json.RawMessage, error) {
		switch {
		case name == "peers" && v.show&fieldsOfPeers != 0:
			return mapList(value, v.peer)
		case name == wgtypes.FieldAmnezia && v.show&fieldParameters != 0:
			return mapObject(value, v.parameter)
		case name == wgtypes.FieldName, name == "kind", name == "index":
			return value, nil
		}
		return v.member(name, value), nil
	})
}

// parameter returns what is shown of a parameter of AmneziaWG.
func (v viewer) parameter(name wgtypes.Field, value json.RawMessage) (json.RawMessage, error) {
	if name == "version" {
		return value, nil
	}
	return v.member(name, value), nil
}

// peer returns what is shown of a peer.
func (v viewer) peer(text json.RawMessage) (json.RawMessage, error) {
	var key wgtypes.PublicKey
	object, err := mapObject(text, func(name wgtypes.Field, value json.RawMessage) (json.RawMessage, error) {
		if name == wgtypes.FieldPublicKey {
			return value, json.Unmarshal(value, &key)
		}
		return v.member(name, value), nil
	})
	if err != nil {
		return nil, err
	}
	return insertMember(object, wgtypes.FieldPublicKey, "name", v.name(key))
}

// member returns what is shown of a member, or nil if it is not shown.
func (v viewer) member(name wgtypes.Field, value json.RawMessage) json.RawMessage {
	switch {
	case !v.show.hasMember(name):
		return nil
	case !v.keys && (name == wgtypes.FieldPrivateKey || name == wgtypes.FieldPresharedKey || name == headerProtectionKey):
		return json.RawMessage(`"(hidden)"`)
	}
	return value
}

// mapObject returns the object with the values that change returns. It omits
// members for which change returns nil.
func mapObject(object []byte, change func(name wgtypes.Field, value json.RawMessage) (json.RawMessage, error)) (json.RawMessage, error) {
	in := json.NewDecoder(bytes.NewReader(object))
	if _, err := in.Token(); err != nil { // the opening brace
		return nil, err
	}
	out := []byte{'{'}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, err
		}
		text, _ := name.(string) // names of members are strings
		if value, err = change(wgtypes.Field(text), value); err != nil {
			return nil, err
		}
		if value == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), text...), '"', ':')
		out = append(out, value...)
	}
	return append(out, '}'), nil
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

// mapList returns the list with the elements that change returns.
func mapList(list []byte, change func(json.RawMessage) (json.RawMessage, error)) (json.RawMessage, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(list, &elements); err != nil {
		return nil, err
	}
	out := []byte{'['}
	for i, element := range elements {
		element, err := change(element)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, element...)
	}
	return append(out, ']'), nil
}
