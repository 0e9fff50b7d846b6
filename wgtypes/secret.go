package wgtypes

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"log/slog"

	"github.com/wgctrl/wgctrl/internal/keyblock"
)

// hidden stands for every secret that is printed or logged.
const hidden = "(hidden)"

// secret is what the two roles of secret keys share.
//
// It holds the bytes behind a pointer to a pointer, because package fmt does
// not always ask Format: it prints by reflection when it complains of a wrong
// verb (%p, or %w outside Errorf) and when the key is in an unexported field of
// the caller's. NB: one pointer is not enough: with both at once, it follows a
// pointer to an array, and never one to a pointer. The price is that == would
// compare addresses, so the type is made incomparable.
type secret struct {
	_ [0]func()
	k **[KeyLen]byte // nil for the zero key, and only for it
}

func newSecret(b [KeyLen]byte) secret {
	if b == [KeyLen]byte{} {
		return secret{}
	}
	return secret{k: new(keyblock.Cell).Put(b)}
}

func init() {
	keyblock.NewPresharedKey = func(block *keyblock.Block, b [KeyLen]byte) PresharedKey {
		if b == [KeyLen]byte{} {
			return PresharedKey{}
		}
		return PresharedKey{secret{k: block.Put(b)}}
	}
}

// IsZero reports whether the key is all zeros, which stands for "none".
func (s secret) IsZero() bool { return s.k == nil }

// Bytes returns the key itself. It is one of the deliberate ways out of the
// type: the caller now owns a secret.
func (s secret) Bytes() [KeyLen]byte {
	if s.k == nil {
		return [KeyLen]byte{}
	}
	return **s.k
}

func (s secret) equal(t secret) bool {
	a, b := s.Bytes(), t.Bytes()
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Format writes "(hidden)" whatever the verb and flags.
func (s secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue returns "(hidden)".
func (s secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// String returns "(hidden)".
func (s secret) String() string { return hidden }

// AppendText appends the key itself, in base64, to b. It never fails.
func (s secret) AppendText(b []byte) ([]byte, error) {
	raw := s.Bytes()
	return base64.StdEncoding.AppendEncode(b, raw[:]), nil
}

// MarshalText returns the key itself, in base64: it is a deliberate way out of
// the type, as is JSON, which uses it. It never fails.
func (s secret) MarshalText() ([]byte, error) { return s.AppendText(nil) }

// PrivateKey is a Curve25519 private key. Its zero value is "no key".
//
// It prints as "(hidden)"; compare with Equal. Bits that Curve25519 ignores
// may have any value, and are cleared ("clamped") before a key is sent to a
// device or compared with one that a device has.
type PrivateKey struct{ secret }

// NewPrivateKey returns the private key with the bytes b; all zeros are "no key".
func NewPrivateKey(b [KeyLen]byte) PrivateKey { return PrivateKey{newSecret(b)} }

// GeneratePrivateKey returns a new, clamped private key from the system's
// random source. The error is always nil: crypto/rand ends the program rather
// than fail.
func GeneratePrivateKey() (PrivateKey, error) {
	var b [KeyLen]byte
	_, err := rand.Read(b[:])
	return NewPrivateKey(b).Clamped(), err
}

// ParsePrivateKey reads the base64 text form of a key, as ParsePublicKey does.
// The error does not repeat s.
func ParsePrivateKey(s string) (PrivateKey, error) {
	k, err := parseKey(s, "private key")
	return NewPrivateKey(k), err
}

// Equal reports in constant time whether k and l have the same bytes.
func (k PrivateKey) Equal(l PrivateKey) bool { return k.equal(l.secret) }

// PublicKey returns the public half of k, and the zero key if k is zero.
func (k PrivateKey) PublicKey() PublicKey {
	if k.IsZero() {
		return PublicKey{}
	}
	// The error is for slices of another length alone.
	priv, err := ecdh.X25519().NewPrivateKey((*k.k)[:])
	if err != nil {
		return PublicKey{}
	}
	return PublicKey(priv.PublicKey().Bytes())
}

// Clamped returns k with the bits that Curve25519 ignores set as it demands
// (RFC 7748, section 5), which is how every implementation stores it. The zero
// key stays zero, since it clears.
func (k PrivateKey) Clamped() PrivateKey {
	if k.IsZero() {
		return k
	}
	b := k.Bytes()
	b[0] &= 0xf8
	b[31] = b[31]&0x7f | 0x40
	return NewPrivateKey(b)
}

// UnmarshalText sets k as ParsePrivateKey does. On error k is unchanged.
func (k *PrivateKey) UnmarshalText(text []byte) error {
	raw, err := parseKey(text, "private key")
	if err == nil {
		*k = NewPrivateKey(raw)
	}
	return err
}

// UnmarshalJSON sets k from a JSON string as ParsePrivateKey does, or from an
// array of 32 numbers. null leaves k as it is.
func (k *PrivateKey) UnmarshalJSON(b []byte) error {
	return unmarshalKeyJSON(b, "private key", func(raw [KeyLen]byte) { *k = NewPrivateKey(raw) })
}

// PresharedKey is the optional symmetric key of a peer. Its zero value is "no
// key". It prints as "(hidden)"; compare with Equal.
type PresharedKey struct{ secret }

// NewPresharedKey returns the preshared key with the bytes b; all zeros are
// "no key".
func NewPresharedKey(b [KeyLen]byte) PresharedKey { return PresharedKey{newSecret(b)} }

// GeneratePresharedKey returns a new preshared key from the system's random
// source. The error is always nil: crypto/rand ends the program rather than fail.
func GeneratePresharedKey() (PresharedKey, error) {
	var b [KeyLen]byte
	_, err := rand.Read(b[:])
	return NewPresharedKey(b), err
}

// ParsePresharedKey reads the base64 text form of a key, as ParsePublicKey
// does. The error does not repeat s.
func ParsePresharedKey(s string) (PresharedKey, error) {
	k, err := parseKey(s, "preshared key")
	return NewPresharedKey(k), err
}

// Equal reports in constant time whether k and l have the same bytes.
func (k PresharedKey) Equal(l PresharedKey) bool { return k.equal(l.secret) }

// UnmarshalText sets k as ParsePresharedKey does. On error k is unchanged.
func (k *PresharedKey) UnmarshalText(text []byte) error {
	raw, err := parseKey(text, "preshared key")
	if err == nil {
		*k = NewPresharedKey(raw)
	}
	return err
}

// UnmarshalJSON sets k from a JSON string as ParsePresharedKey does, or from
// an array of 32 numbers. null leaves k as it is.
func (k *PresharedKey) UnmarshalJSON(b []byte) error {
	return unmarshalKeyJSON(b, "preshared key", func(raw [KeyLen]byte) { *k = NewPresharedKey(raw) })
}
