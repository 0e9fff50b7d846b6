package uapi

// A table lists the keys of one object in the order in which they are sent. Each
// row encodes and decodes one key.
//
// E is the object to encode. D is the state of the decoder.
type table[E, D any] []field[E, D]

type field[E, D any] struct {
	key string
	// append appends the lines of the key to b: none, one, or many for a list. It
	// is nil for a key that is only decoded.
	append func(b []byte, key string, e E) []byte
	// parse decodes a value into d. It returns the expected form if the value is
	// invalid, and otherwise "". It does not retain value.
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

// find returns the row of a key, or nil. It begins at the row found last, since
// keys come in order and lists repeat a key.
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
