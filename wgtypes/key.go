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
// Every value is valid, the zero key and low-order points included: a
// handshake with them fails, a configuration does not.
type PublicKey [KeyLen]byte

// ParsePublicKey reads the base64 text form of a key: exactly 44 characters of
// the standard alphabet, padded, with the two unused bits of the last one
// zero. Anything else is an error that does not repeat s.
func ParsePublicKey(s string) (PublicKey, error) {
	k, err := parseKey(s, "public key")
	return PublicKey(k), err
}

// IsZero reports whether k is the zero key, which stands for "none" in a
// [Device].
func (k PublicKey) IsZero() bool { return k == PublicKey{} }

// String returns k in base64.
func (k PublicKey) String() string { return base64.StdEncoding.EncodeToString(k[:]) }

// AppendText appends k in base64 to b. It never fails.
func (k PublicKey) AppendText(b []byte) ([]byte, error) {
	return base64.StdEncoding.AppendEncode(b, k[:]), nil
}

// MarshalText returns k in base64. It never fails.
func (k PublicKey) MarshalText() ([]byte, error) { return k.AppendText(nil) }

// UnmarshalText sets k as ParsePublicKey does. On error k is unchanged.
func (k *PublicKey) UnmarshalText(text []byte) error {
	raw, err := parseKey(text, "public key")
	if err == nil {
		*k = raw
	}
	return err
}

// UnmarshalJSON sets k from a JSON string as ParsePublicKey does, or from an
// array of 32 numbers, a form that other programs store. null leaves k as it is.
func (k *PublicKey) UnmarshalJSON(b []byte) error {
	return unmarshalKeyJSON(b, "public key", func(raw [KeyLen]byte) { *k = raw })
}

// parseKey decodes the text form of a key. The error names role and never
// holds what could not be parsed, since it may be most of a secret.
func parseKey[T string | []byte](s T, role string) (k [KeyLen]byte, err error) {
	if len(s) != keyTextLen {
		return k, fmt.Errorf("wgtypes: %s has %d characters, want %d of base64", role, len(s), keyTextLen)
	}
	// One byte more than a key, since that is how much 44 characters can hold.
	var buf [KeyLen + 1]byte
	n, err := strictBase64.Decode(buf[:], []byte(s))
	defer clear(buf[:])
	// NB: the decoder skips line breaks, so the length must be checked too.
	if err != nil || n != KeyLen {
		return k, fmt.Errorf("wgtypes: %s is not canonical base64 of %d bytes", role, KeyLen)
	}
	return [KeyLen]byte(buf[:]), nil
}

// strictBase64 refuses non-zero unused bits, so that a key has one text only.
var strictBase64 = base64.StdEncoding.Strict()

// unmarshalKeyJSON decodes both JSON forms of a key and hands it to set.
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
	// Not []byte, which encoding/json takes for base64; not [32]byte, which it
	// fills from arrays of any length; pointers, since null would be 0.
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
