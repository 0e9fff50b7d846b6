package wgtypes

import "fmt"

// enum is a numbered list of names: what kinds of things have in common.
type enum struct {
	typ   string // in Go
	noun  string // in an error
	names []string
}

// name returns the name of n, and the Go form of a number that has none.
func (e enum) name(n uint8) string {
	if int(n) < len(e.names) {
		return e.names[n]
	}
	return fmt.Sprintf("%s(%d)", e.typ, n)
}

func (e enum) marshal(n uint8) ([]byte, error) {
	if int(n) >= len(e.names) {
		return nil, fmt.Errorf("wgtypes: no %s has the number %d", e.noun, n)
	}
	return []byte(e.names[n]), nil
}

func (e enum) unmarshal(text []byte) (uint8, error) {
	for n, name := range e.names {
		if name == string(text) {
			return uint8(n), nil
		}
	}
	return 0, fmt.Errorf("wgtypes: %s %q is none of %q", e.noun, text, e.names)
}
