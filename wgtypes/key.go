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

// UnmarshalText sets k as ParsePublicKey does. On error, k is unchanged.
func (k *PublicKey) UnmarshalText(text []byte) error {
	raw, err := parseKey(text, "public key")
	if err == nil {
		*k = raw
	}
	return err
}

// UnmarshalJSON sets k from a JSON string, as ParsePublicKey does, or from an
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
	// 44 characters can hold one byte more than a key has.
	var buf [KeyLen + 1]byte
	n, err := strictBase64.Decode(buf[:], []byte(s))
	// The decoder skips line breaks, so the length must be checked too.
	if err != nil || n != KeyLen {
		return k, fmt.Errorf("wgtypes: %s is not valid base64 of %d bytes", role, KeyLen)
	}
	return [KeyLen]byte(buf[:]), nil
}

// strictBase64 rejects unused bits that are not zero, so that each key has exactly
// one text.
var strictBase64 = base64.StdEncoding.Strict()

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
