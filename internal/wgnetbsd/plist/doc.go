// Package plist encodes and decodes the property lists of NetBSD's proplib(3): XML with
// a fixed grammar of dictionaries, arrays, strings, integers, data and booleans.
//
// It performs no I/O and builds on every system. Encoders cannot fail. The Decoder is a
// cursor with a sticky error, and needs no memory for each element.
package plist

// Kind is the kind of a value.
type Kind uint8

// The kinds of values. Invalid is the kind of malformed input.
const (
	Invalid Kind = iota
	Dict
	Array
	String
	Number
	Data
	True
	False
)

// names are the names of the tags.
var names = [...]string{
	Dict: "dict", Array: "array", String: "string", Number: "integer", Data: "data", True: "true", False: "false",
}

// String returns the name of the kind's tag.
func (k Kind) String() string {
	if k == Invalid || int(k) >= len(names) {
		return "invalid"
	}
	return names[k]
}

// MaxDepth is the largest number of dictionaries and arrays around a value. The kernel
// needs 5 for a device: the device, its peers, a peer, its allowed IPs and one of them.
const MaxDepth = 5

// header precedes the value of a property list.
const header = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`

// Integer is a number. proplib keeps for each one whether it is signed.
type Integer struct {
	Bits   uint64 // of an int64 if Signed is true
	Signed bool
}

// Uint returns the number, and false if it is negative.
func (i Integer) Uint() (n uint64, ok bool) { return i.Bits, !i.Signed || int64(i.Bits) >= 0 }
