package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// viewer writes the JSON form of devices, which docs/json.md describes. It selects the
// members that are shown.
type viewer struct {
	show  field
	keys  bool // show secrets instead of "(hidden)"
	peers peerView
}

// writeDevices writes the list of devices. It returns the errors of those that have no
// JSON form, which it omits.
func (v *viewer) writeDevices(w io.Writer, devices []*wgtypes.Device) error {
	out := newJSONWriter(w)
	out.open('[')
	var errs []error
	for _, d := range devices {
		if !v.peers.arrange(d) {
			continue
		}
		text, err := headOf(d)
		if err == nil {
			out.item()
			err = v.device(out, d, text)
		}
		errs = append(errs, err)
	}
	out.close(']')
	return errors.Join(append(errs, out.end())...)
}

// writeDevice writes a device. It writes nothing if the device has no JSON form.
func (v *viewer) writeDevice(w io.Writer, d *wgtypes.Device) error {
	v.peers.arrange(d)
	text, err := headOf(d)
	if err != nil {
		return err
	}
	out := newJSONWriter(w)
	err = v.device(out, d, text)
	return errors.Join(err, out.end())
}

// headOf returns the JSON form of a device without its peers.
func headOf(d *wgtypes.Device) ([]byte, error) {
	alone := *d
	alone.Peers = nil
	return wgtypes.WithSecrets(alone).MarshalJSON()
}

// headerProtectionKey is the member with AmneziaWG's key.
const headerProtectionKey wgtypes.Field = "header_protection_key"

// device writes what is shown of a device. text is its JSON form without peers.
func (v *viewer) device(out *jsonWriter, d *wgtypes.Device, text []byte) (err error) {
	out.open('{')
	for name, value := range members(text) {
		switch {
		case name == "peers" && v.show&fieldsOfPeers != 0:
			out.name(name)
			err = v.writePeers(out, d)
		case name == wgtypes.FieldAmnezia && v.show&fieldParameters != 0:
			out.name(name)
			v.amnezia(out, value)
		case name == wgtypes.FieldName, name == "kind", name == "index":
			out.member(name, value)
		default:
			v.member(out, name, value)
		}
	}
	out.close('}')
	return err
}

// amnezia writes what is shown of the parameters of AmneziaWG.
func (v *viewer) amnezia(out *jsonWriter, text []byte) {
	out.open('{')
	for name, value := range members(text) {
		if name == "version" {
			out.member(name, value)
			continue
		}
		v.member(out, name, value)
	}
	out.close('}')
}

// writePeers writes what is shown of the peers. It returns the errors of those that have
// no JSON form, which it omits.
func (v *viewer) writePeers(out *jsonWriter, d *wgtypes.Device) error {
	var errs []error
	out.open('[')
	for i := range d.Peers {
		p := &d.Peers[i]
		text, err := v.textOf(p)
		if err != nil {
			errs = append(errs, fmt.Errorf("device %q: peer %v: %w", d.Name, p.PublicKey, err))
			continue
		}
		out.item()
		v.peer(out, p, v.peers.names.of(d.Name, p.PublicKey), text)
		out.flushIfFull()
	}
	out.close(']')
	return errors.Join(errs...)
}

// textOf returns the JSON form of a peer, with its preshared key if keys are shown.
func (v *viewer) textOf(p *wgtypes.Peer) ([]byte, error) {
	if v.keys {
		return wgtypes.WithSecrets(p).MarshalJSON()
	}
	return p.MarshalJSON()
}

// peer writes what is shown of a peer with a name, which may be "".
func (v *viewer) peer(out *jsonWriter, p *wgtypes.Peer, name string, text []byte) {
	out.open('{')
	for member, value := range members(text) {
		if member != wgtypes.FieldPublicKey {
			v.member(out, member, value)
			continue
		}
		out.member(member, value)
		if name != "" {
			text, _ := json.Marshal(name) // never fails for a string
			out.member("name", text)
		}
		if !v.keys && !p.PresharedKey.IsZero() {
			v.member(out, wgtypes.FieldPresharedKey, nil)
		}
	}
	out.close('}')
}

// member writes a member if it is shown.
func (v *viewer) member(out *jsonWriter, name wgtypes.Field, value []byte) {
	switch {
	case !v.show.hasMember(name):
		return
	case !v.keys && (name == wgtypes.FieldPrivateKey || name == wgtypes.FieldPresharedKey || name == headerProtectionKey):
		value = []byte(`"(hidden)"`)
	}
	out.member(name, value)
}

// members yields the members of an object. Their names have no escapes.
func members(object []byte) iter.Seq2[wgtypes.Field, []byte] {
	return func(yield func(name wgtypes.Field, value []byte) bool) {
		for rest := object[1:]; rest[0] != '}'; rest = bytes.TrimPrefix(rest, []byte{','}) {
			n := stringLen(rest)
			name := wgtypes.Field(rest[1 : n-1])
			rest = rest[n+1:] // also the colon
			n = valueLen(rest)
			if !yield(name, rest[:n]) {
				return
			}
			rest = rest[n:]
		}
	}
}

// writeJSON writes a value.
func writeJSON(w io.Writer, value any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return err
	}
	_, err := w.Write(termtext.EscapeJSON(text.Bytes()))
	return err
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
