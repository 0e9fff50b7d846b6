package wgtypes

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// A jsonEncoder appends the JSON form of values to b. It keeps the first error.
type jsonEncoder struct {
	b       []byte
	size    int  // about the length that b will have
	secrets bool // include those of devices and peers
	err     error
}

// appendObject appends the object v.
func appendObject[T any](e *jsonEncoder, fields []field[T], v *T) {
	comma := byte('{')
	for i := range fields {
		f := &fields[i]
		if f.traits&secretState != 0 && !e.secrets {
			continue
		}
		if value := f.value(v); f.traits&inJSON != 0 || f.isSet(value) {
			comma = e.member(comma, f.name, value)
		}
	}
	e.end(comma)
}

// member appends a member of an object after comma, which is '{' for the first
// member. It returns the comma for the next one.
func (e *jsonEncoder) member(comma byte, name Field, value any) byte {
	e.b = append(append(append(e.b, comma, '"'), name...), '"', ':')
	e.value(name, value)
	return ','
}

// end closes an object. comma is what member returned last, or '{' if the object
// has no members.
func (e *jsonEncoder) end(comma byte) {
	if comma == '{' {
		e.b = append(e.b, '{')
	}
	e.b = append(e.b, '}')
}

// value appends the value behind a pointer of the field with the given name.
func (e *jsonEncoder) value(name Field, value any) {
	switch v := value.(type) {
	case *string:
		e.string(*v)
	case *bool:
		e.b = strconv.AppendBool(e.b, *v)
	case *int:
		e.b = strconv.AppendInt(e.b, int64(*v), 10)
	case *uint16:
		e.b = strconv.AppendUint(e.b, uint64(*v), 10)
	case *uint32:
		e.b = strconv.AppendUint(e.b, uint64(*v), 10)
	case *uint64:
		e.b = strconv.AppendUint(e.b, *v, 10)
	case *seconds:
		if reason := invalidKeepalive(time.Duration(*v)); reason != "" {
			e.fail(fmt.Errorf("wgtypes: %s: %s", name, reason))
		}
		e.b = strconv.AppendInt(e.b, int64(time.Duration(*v)/time.Second), 10)
	case *netip.AddrPort:
		if v.Addr().Zone() != "" { // a zone may contain any character
			e.string(v.String())
			return
		}
		e.text(v)
	case *[]netip.Prefix:
		appendList(e, *v, func(p *netip.Prefix) { e.text(p) })
	case *[]Peer:
		appendList(e, *v, func(p *Peer) { appendObject(e, peerFields, p) })
	case *[]PeerConfig:
		appendList(e, *v, func(p *PeerConfig) { appendObject(e, peerConfigFields, p) })
	case *Kind:
		e.name(v)
	case *AmneziaVersion:
		e.name(v)
	case *Amnezia:
		appendObject(e, amneziaStateFields(), v)
	case *AmneziaConfig:
		appendObject(e, amneziaConfigFields(), v)
	case *[]string:
		appendList(e, *v, func(s *string) { e.string(*s) })
	case encoding.TextAppender: // keys, ranges and times
		e.text(v)
	default:
		panic(fmt.Sprintf("wgtypes: no field has the type %T", value))
	}
}

// name appends the name of a constant.
func (e *jsonEncoder) name(v encoding.TextMarshaler) {
	text, err := v.MarshalText()
	e.fail(err)
	e.b = append(append(append(e.b, '"'), text...), '"')
}

func appendList[E any](e *jsonEncoder, list []E, add func(*E)) {
	e.b = append(e.b, '[')
	for i := range list {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		add(&list[i])
	}
	e.b = append(e.b, ']')
}

// text appends a text that needs no escapes.
func (e *jsonEncoder) text(v encoding.TextAppender) {
	b, err := v.AppendText(append(e.b, '"'))
	e.fail(err)
	e.b = append(b, '"')
}

// string appends any text as a JSON string.
func (e *jsonEncoder) string(s string) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	e.fail(enc.Encode(s))
	e.b = append(e.b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}

func (e *jsonEncoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}
