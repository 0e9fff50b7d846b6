package uapi

// A table lists the keys of one object, in the order in which they are sent.
// Each row has both directions of one key, so that they are read together.
//
// E is the object that is encoded. D is the state of the decoder, which holds
// the object as far as it is known.
type table[E, D any] []field[E, D]

type field[E, D any] struct {
	key string
	// append adds the key's lines to b: none, one or, of a list, many. It is
	// nil for a key that is only understood.
	append func(b []byte, key string, e E) []byte
	// parse reads a value into d. It returns what was wanted instead, "" if
	// there is nothing to say. It keeps no part of value.
	parse func(d *D, value []byte) (want string)
}

func (t table[E, D]) appendTo(b []byte, e E) []byte {
	for i := range t {
		if f := &t[i]; f.append != nil {
			b = f.append(b, f.key, e)
		}
	}
	return b
}

// find returns the row of a key, nil if there is none. Keys come in runs and
// in order, so that it looks at the row found last, and after it, first.
func (t table[E, D]) find(key []byte, last *int) *field[E, D] {
	for range t {
		if *last >= len(t) {
			*last = 0
		}
		if f := &t[*last]; f.key == string(key) {
			return f
		}
		*last++
	}
	return nil
}

func (t table[E, D]) has(key []byte) bool {
	var last int
	return t.find(key, &last) != nil
}
