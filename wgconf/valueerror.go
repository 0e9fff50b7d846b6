package wgconf

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// ValueError is a value that a key of a file, or an option of wg(8)'s set,
// cannot have. errors.Is(err, fs.ErrInvalid) is true of it.
type ValueError struct {
	// Key is the key's usual spelling, such as "FwMark".
	Key string
	// Value is what is wrong: the value, or of a list the element. (As wg(8)
	// does, of an element of AllowedIPs it names the address alone where that
	// is wrong, and else the whole element, with its slash.) It is empty for a
	// key, and for what may hold one.
	Value string
	// Reason says what is wrong with it, or what was expected.
	Reason string
}

// Error names the key, the beginning of the value and the reason.
func (e *ValueError) Error() string {
	if e.Value == "" {
		return e.Key + ": " + e.Reason
	}
	return e.Key + ": " + quote(e.Value) + ": " + e.Reason
}

// Is reports whether target is fs.ErrInvalid.
func (e *ValueError) Is(target error) bool { return target == fs.ErrInvalid }

func valueError(key, value, reason string, args ...any) error {
	if mayHoldKey(squeeze(value)) {
		value = ""
	}
	return &ValueError{Key: key, Value: value, Reason: fmt.Sprintf(reason, args...)}
}

// quote returns s for an error's text: in one line, and short.
func quote(s string) string {
	const most = 48
	if len(s) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(s[:most]) + "..."
}

// mayHoldKey reports so many characters of base64 in a row, of either alphabet,
// that they may be most of a key.
func mayHoldKey(s string) bool {
	const enough = 40 // of the 44 that a key has
	run := 0
	for i := range len(s) {
		if !isBase64(s[i]) {
			run = 0
			continue
		}
		if run++; run == enough {
			return true
		}
	}
	return false
}

func isBase64(c byte) bool {
	return 'a' <= lower(c) && lower(c) <= 'z' || isDigit(c) || strings.IndexByte("+/-_", c) >= 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
