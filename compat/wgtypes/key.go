package wgtypes

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// KeyLen is the length of a Key in bytes.
const KeyLen = 32

// Key is a private, public or preshared key. The zero Key means "no key".
//
// A Key prints as base64, even if it is a private key.
type Key [KeyLen]byte

// GenerateKey returns a random Key for use as a preshared key. Use
// GeneratePrivateKey for private keys. The error is always nil.
func GenerateKey() (Key, error) {
	var k Key
	_, err := rand.Read(k[:])
	return k, err
}

// GeneratePrivateKey returns a random private key, clamped as RFC 7748, section 5,
// requires. The error is always nil.
func GeneratePrivateKey() (Key, error) {
	k, err := GenerateKey()
	k[0] &= 0xf8
	k[KeyLen-1] = k[KeyLen-1]&0x7f | 0x40
	return k, err
}

// NewKey returns the Key with the bytes b. It returns an error if b does not have
// KeyLen bytes.
func NewKey(b []byte) (Key, error) {
	if len(b) != KeyLen {
		return Key{}, fmt.Errorf("wgtypes: incorrect key size: %d", len(b))
	}
	return Key(b), nil
}

// ParseKey parses a key in base64. Like the original, it ignores line breaks, which
// the content of a file has, and the two unused bits of the last character. The
// error does not contain s.
func ParseKey(s string) (Key, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return Key{}, fmt.Errorf("wgtypes: failed to parse base64-encoded key: %w", err)
	}
	return NewKey(b)
}

// PublicKey returns the public key that belongs to the private key k. Every k has
// one, even the zero Key.
func (k Key) PublicKey() Key {
	// It fails only for slices of another length.
	private, err := ecdh.X25519().NewPrivateKey(k[:])
	if err != nil {
		return Key{}
	}
	return Key(private.PublicKey().Bytes())
}

// String returns k in base64.
func (k Key) String() string { return base64.StdEncoding.EncodeToString(k[:]) }
