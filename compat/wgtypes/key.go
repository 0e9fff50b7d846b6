package wgtypes

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// KeyLen is the length of a Key in bytes.
const KeyLen = 32

// Key is a key of any role: private, public or preshared. The zero Key means
// that there is none.
//
// NB: a private key prints like every other one.
type Key [KeyLen]byte

// GenerateKey returns a random Key, for use as a preshared key; a private key
// comes from GeneratePrivateKey. The error is always nil.
func GenerateKey() (Key, error) {
	var k Key
	_, err := rand.Read(k[:])
	return k, err
}

// GeneratePrivateKey returns a random private key, clamped as Curve25519
// demands (RFC 7748, section 5). The error is always nil.
func GeneratePrivateKey() (Key, error) {
	k, err := GenerateKey()
	k[0] &= 0xf8
	k[KeyLen-1] = k[KeyLen-1]&0x7f | 0x40
	return k, err
}

// NewKey returns the Key with the bytes b, of which there must be KeyLen.
func NewKey(b []byte) (Key, error) {
	if len(b) != KeyLen {
		return Key{}, fmt.Errorf("wgtypes: incorrect key size: %d", len(b))
	}
	return Key(b), nil
}

// ParseKey reads the base64 that String writes. As ever it is lenient: line
// breaks are skipped, as of a file that was read whole, and so are the two bits
// that a key does not need. The error does not repeat s.
func ParseKey(s string) (Key, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return Key{}, fmt.Errorf("wgtypes: failed to parse base64-encoded key: %w", err)
	}
	return NewKey(b)
}

// PublicKey returns the public half of the private key k. Every k has one, the
// zero Key too.
func (k Key) PublicKey() Key {
	// The error is for slices of another length alone.
	private, err := ecdh.X25519().NewPrivateKey(k[:])
	if err != nil {
		return Key{}
	}
	return Key(private.PublicKey().Bytes())
}

// String returns k in base64.
func (k Key) String() string { return base64.StdEncoding.EncodeToString(k[:]) }
