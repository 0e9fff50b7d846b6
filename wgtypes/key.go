package wgtypes

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// KeyLen is the length in bytes of every WireGuard key.
const KeyLen = 32

// keyTextLen is the length of a key as text: padded base64 of KeyLen bytes.
const keyTextLen = 44

// PublicKey is a Curve25519 public key. It identifies a peer, is comparable
// and prints as base64, wg(8)'s form.
//
// Every value is valid. Low-order points can be configured, but handshakes with
// them fail. The zero key means "no key".
type PublicKey [KeyLen]byte

// ParsePublicKey parses a key in base64: exactly 44 characters of the standard
// alphabet with padding, whose unused bits are zero. Errors do not contain s.
func ParsePublicKey(s string) (PublicKey, error) {
	k, err := parseKey(s, "public key")
	return PublicKey(k), err
}

// IsZero reports whether k is the zero key, which means "no key".
func (k PublicKey) IsZero() bool { return isZeroKey((*[KeyLen]byte)(&k)) }

// String returns k in base64.
func (k PublicKey) String() string { return base64.StdEncoding.EncodeToString(k[:]) }

// AppendText appends k in base64 to b. It never fails.
func (k PublicKey) AppendText(b []byte) ([]byte, error) {
	return base64.StdEncoding.AppendEncode(b, k[:]), nil
}

// MarshalText returns k in base64. It never fails.
func (k PublicKey) MarshalText() ([]byte, error) { return k.AppendText(nil) }

// UnmarshalText sets k as [ParsePublicKey] does. On error, k is unchanged.
func (k *PublicKey) UnmarshalText(text []byte) error {
	raw, err := parseKey(text, "public key")
	if err == nil {
		*k = raw
	}
	return err
}

// UnmarshalJSON sets k from a JSON string, as [ParsePublicKey] does, or from an
// array of 32 numbers, which other programs store. null leaves k unchanged.
func (k *PublicKey) UnmarshalJSON(b []byte) error {
	return unmarshalKeyJSON(b, "public key", func(raw [KeyLen]byte) { *k = raw })
}

// parseKey decodes the text form of a key. The error contains role but not s,
// which may be a secret with a typing error.
func parseKey[T string | []byte](s T, role string) (k [KeyLen]byte, err error) {
	if len(s) != keyTextLen {
		unit := "characters"
		if len(s) == 1 {
			unit = "character"
		}
		return k, fmt.Errorf("wgtypes: %s has %d %s, must have %d (base64)", role, len(s), unit, keyTextLen)
	}
	k, ok := decodeKey(s)
	if !ok {
		return [KeyLen]byte{}, fmt.Errorf("wgtypes: %s is not valid base64 of %d bytes", role, KeyLen)
	}
	return k, nil
}

// decodeKey decodes padded base64. It rejects unused bits that are not zero, so that each
// key has exactly one text. It decodes every character of any text, without a branch, and
// makes no copy of it. The text has keyTextLen bytes.
func decodeKey[T string | []byte](text T) (k [KeyLen]byte, ok bool) {
	var all uint8 // the bits that are set in any digit
	for i := 0; len(text) > 4; i += 3 {
		a, b, c, d := base64Digits[text[0]], base64Digits[text[1]], base64Digits[text[2]], base64Digits[text[3]]
		all |= a | b | c | d
		k[i], k[i+1], k[i+2] = a<<2|b>>4, b<<4|c>>2, c<<6|d
		text = text[4:]
	}
	a, b, c := base64Digits[text[0]], base64Digits[text[1]], base64Digits[text[2]]
	all |= a | b | c
	k[30], k[31] = a<<2|b>>4, b<<4|c>>2
	return k, all != 0xff && c&3 == 0 && text[3] == '='
}

// base64Digits has the value of each digit, and 0xff for other characters.
var base64Digits = func() (digits [256]uint8) {
	for i := range digits {
		digits[i] = 0xff
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(alphabet) {
		digits[alphabet[i]] = uint8(i)
	}
	return digits
}()

// unmarshalKeyJSON decodes both JSON forms of a key and passes it to set.
func unmarshalKeyJSON(b []byte, role string, set func([KeyLen]byte)) error {
	if isNull(b) {
		return nil
	}
	if len(b) > 0 && b[0] == '[' {
		return unmarshalKeyArray(b, role, set)
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return errors.New("wgtypes: " + role + " is neither a JSON string nor an array of numbers")
	}
	k, err := parseKey(s, role)
	if err == nil {
		set(k)
	}
	return err
}

func unmarshalKeyArray(b []byte, role string, set func([KeyLen]byte)) error {
	// encoding/json would decode []byte from base64, [32]byte from arrays of any
	// length, and null as 0 if the elements were not pointers.
	var numbers []*uint8
	if err := json.Unmarshal(b, &numbers); err != nil || len(numbers) != KeyLen || slices.Contains(numbers, nil) {
		return fmt.Errorf("wgtypes: %s is not a JSON array of %d numbers from 0 to 255", role, KeyLen)
	}
	var k [KeyLen]byte
	for i, n := range numbers {
		k[i] = *n
	}
	set(k)
	return nil
}
