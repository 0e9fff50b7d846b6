package uapi

// A table has the keys of one object in the order in which they usually come. D is the
// state of the decoder.
type table[D any] []field[D]

type field[D any] struct {
	key string
	// parse decodes a value into d. It returns the expected form if the value is
	// invalid, and otherwise "". It does not retain value.
	parse func(d *D, value []byte) (want string)
}

// find returns the row of a key, or nil. It begins at the row found last, since
// keys come in order and lists repeat a key.
func (t table[D]) find(key []byte, last *int) *field[D] {
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
