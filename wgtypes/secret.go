package wgtypes

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
)

// Secret keys print and log as one of these texts.
const (
	hidden = "(hidden)"
	none   = "(none)"
)

// secret implements the types of secret keys. It refers to the bytes by a
// pointer: package fmt prints unexported fields by reflection instead of by their
// methods, and prints a nested pointer as an address.
type secret struct {
	_ [0]func()     // == would compare the pointers
	k *[KeyLen]byte // the bytes XOR mask; nil for the zero key, and only for it
}

// mask hides the bytes of secrets from printers that follow pointers and call no
// methods, such as the diffs of test libraries. It does not protect against
// someone who reads the memory, or who knows a secret that was printed.
var mask = func() (m [KeyLen]byte) {
	_, _ = rand.Read(m[:]) // crashes the program if it fails
	return m
}()

func newSecret(b [KeyLen]byte) secret { return secretAt(&b) }

// secretAt returns the secret that is stored at b. It masks the bytes there.
func secretAt(b *[KeyLen]byte) secret {
	if b == nil || isZeroKey(b) {
		return secret{}
	}
	maskInto(b, b)
	return secret{k: b}
}

// maskInto stores from XOR mask at to. subtle.XORBytes would cost four times as much
// for the few bytes of a key.
func maskInto(to, from *[KeyLen]byte) {
	e := binary.NativeEndian
	for i := 0; i < KeyLen; i += 8 {
		e.PutUint64(to[i:], e.Uint64(from[i:])^e.Uint64(mask[i:]))
	}
}

// isZeroKey reports whether b is all zeros. Comparing the arrays would call a function
// that costs as much as decoding a key.
func isZeroKey(b *[KeyLen]byte) bool {
	e := binary.NativeEndian
	return e.Uint64(b[0:])|e.Uint64(b[8:])|e.Uint64(b[16:])|e.Uint64(b[24:]) == 0
}

// IsZero reports whether the key is all zeros, which means "no key".
func (s secret) IsZero() bool { return s.k == nil }

// Bytes returns the bytes of the key, which are a secret.
func (s secret) Bytes() (b [KeyLen]byte) {
	if s.k != nil {
		maskInto(&b, s.k)
	}
	return b
}

// equal compares the masked bytes, because all secrets have the same mask. Only
// whether a key is set can change the time that it takes.
func (s secret) equal(t secret) bool {
	if s.k == nil || t.k == nil {
		return s.k == t.k
	}
	return subtle.ConstantTimeCompare(s.k[:], t.k[:]) == 1
}

// String returns "(hidden)", or "(none)" for the zero key.
func (s secret) String() string {
	if s.IsZero() {
		return none
	}
	return hidden
}

// Format writes what String returns, whatever the verb and flags.
func (s secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns what String returns.
func (s secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// AppendText appends the key in base64, which is a secret, to b. It never
// fails.
func (s secret) AppendText(b []byte) ([]byte, error) {
	raw := s.Bytes()
	return base64.StdEncoding.AppendEncode(b, raw[:]), nil
}

// MarshalText returns the key in base64, which is a secret. encoding/json uses
// it for a key on its own and in a Config. It never fails.
func (s secret) MarshalText() ([]byte, error) { return s.AppendText(nil) }

// PrivateKey is a Curve25519 private key. The zero value means "no key".
//
// It prints and logs as "(hidden)", or "(none)" for the zero key. Bytes and
// MarshalText return the secret. Compare keys with Equal.
//
// A PrivateKey may have any value in the bits that Curve25519 ignores. Backends
// clamp it (see Clamped) before they send it to a device or compare it with the
// key of one.
type PrivateKey struct{ secret }

// NewPrivateKey returns the private key with the bytes b. All zeros mean "no
// key".
func NewPrivateKey(b [KeyLen]byte) PrivateKey { return PrivateKey{newSecret(b)} }

// GeneratePrivateKey returns a new, clamped private key from the system's
// random source. The error is always nil, because crypto/rand crashes the
// program if the source fails.
func GeneratePrivateKey() (PrivateKey, error) {
	var b [KeyLen]byte
	_, err := rand.Read(b[:])
	return NewPrivateKey(b).Clamped(), err
}

// ParsePrivateKey parses a key in base64 by the rules of [ParsePublicKey]. Errors
// do not contain s.
func ParsePrivateKey(s string) (PrivateKey, error) {
	k, err := parseKey(s, "private key")
	return NewPrivateKey(k), err
}

// Equal reports in constant time whether k and l have the same bytes.
func (k PrivateKey) Equal(l PrivateKey) bool { return k.equal(l.secret) }

// PublicKey returns the public key that belongs to k. It is zero if k is zero.
func (k PrivateKey) PublicKey() PublicKey {
	if k.IsZero() {
		return PublicKey{}
	}
	b := k.Bytes()
	// It fails only for slices of another length.
	priv, err := ecdh.X25519().NewPrivateKey(b[:])
	if err != nil {
		return PublicKey{}
	}
	return PublicKey(priv.PublicKey().Bytes())
}

// Clamped returns k with the bits that Curve25519 ignores set as RFC 7748,
// section 5, requires. Every implementation stores keys this way. The zero key
// stays zero.
func (k PrivateKey) Clamped() PrivateKey {
	if k.IsZero() {
		return k
	}
	b := k.Bytes()
	b[0] &= 0xf8
	b[31] = b[31]&0x7f | 0x40
	return NewPrivateKey(b)
}

// UnmarshalText sets k as [ParsePrivateKey] does. On error k is unchanged.
func (k *PrivateKey) UnmarshalText(text []byte) error {
	raw, err := parseKey(text, "private key")
	if err == nil {
		*k = NewPrivateKey(raw)
	}
	return err
}

// UnmarshalJSON sets k from a JSON string, as [ParsePrivateKey] does, or from an
// array of 32 numbers. null leaves k unchanged.
func (k *PrivateKey) UnmarshalJSON(b []byte) error {
	return unmarshalKeyJSON(b, "private key", func(raw [KeyLen]byte) { *k = NewPrivateKey(raw) })
}

// PresharedKey is the optional symmetric key of a peer. The zero value means
// "no key".
//
// It prints and logs as "(hidden)", or "(none)" for the zero key. Bytes and
// MarshalText return the secret. Compare keys with Equal.
type PresharedKey struct{ secret }

// NewPresharedKey returns the preshared key with the bytes b. All zeros mean
// "no key".
func NewPresharedKey(b [KeyLen]byte) PresharedKey { return PresharedKey{newSecret(b)} }

// PresharedKeyAt returns the preshared key with the bytes at b. It takes over the
// memory and stores the key there in another form, so the caller must not use *b
// afterwards. nil and all zeros mean "no key".
//
// A decoder of many peers can store their keys in one allocation with it. Other
// programs call [NewPresharedKey].
func PresharedKeyAt(b *[KeyLen]byte) PresharedKey { return PresharedKey{secretAt(b)} }

// GeneratePresharedKey returns a new preshared key from the system's random
// source. The error is always nil, because crypto/rand crashes the program if
// the source fails.
func GeneratePresharedKey() (PresharedKey, error) {
	var b [KeyLen]byte
	_, err := rand.Read(b[:])
	return NewPresharedKey(b), err
}

// ParsePresharedKey parses a key in base64 by the rules of [ParsePublicKey].
// Errors do not contain s.
func ParsePresharedKey(s string) (PresharedKey, error) {
	k, err := parseKey(s, "preshared key")
	return NewPresharedKey(k), err
}

// Equal reports in constant time whether k and l have the same bytes.
func (k PresharedKey) Equal(l PresharedKey) bool { return k.equal(l.secret) }

// UnmarshalText sets k as [ParsePresharedKey] does. On error k is unchanged.
func (k *PresharedKey) UnmarshalText(text []byte) error {
	raw, err := parseKey(text, "preshared key")
	if err == nil {
		*k = NewPresharedKey(raw)
	}
	return err
}

// UnmarshalJSON sets k from a JSON string, as [ParsePresharedKey] does, or from
// an array of 32 numbers. null leaves k unchanged.
func (k *PresharedKey) UnmarshalJSON(b []byte) error {
	return unmarshalKeyJSON(b, "preshared key", func(raw [KeyLen]byte) { *k = NewPresharedKey(raw) })
}

// HeaderProtectionKey is the symmetric key with which AmneziaWG 3 encrypts the headers
// of messages. The zero value means "no key".
//
// It prints and logs as "(hidden)", or "(none)" for the zero key. Bytes and
// MarshalText return the secret. Compare keys with Equal.
type HeaderProtectionKey struct{ secret }

// NewHeaderProtectionKey returns the header protection key with the bytes b. All zeros
// mean "no key".
func NewHeaderProtectionKey(b [KeyLen]byte) HeaderProtectionKey {
	return HeaderProtectionKey{newSecret(b)}
}

// GenerateHeaderProtectionKey returns a new header protection key from the system's
// random source. The error is always nil, because crypto/rand crashes the program if
// the source fails.
func GenerateHeaderProtectionKey() (HeaderProtectionKey, error) {
	var b [KeyLen]byte
	_, err := rand.Read(b[:])
	return NewHeaderProtectionKey(b), err
}

// ParseHeaderProtectionKey parses a key in base64 by the rules of [ParsePublicKey].
// Errors do not contain s.
func ParseHeaderProtectionKey(s string) (HeaderProtectionKey, error) {
	k, err := parseKey(s, "header protection key")
	return NewHeaderProtectionKey(k), err
}

// Equal reports in constant time whether k and l have the same bytes.
func (k HeaderProtectionKey) Equal(l HeaderProtectionKey) bool { return k.equal(l.secret) }

// UnmarshalText sets k as [ParseHeaderProtectionKey] does. On error k is unchanged.
func (k *HeaderProtectionKey) UnmarshalText(text []byte) error {
	raw, err := parseKey(text, "header protection key")
	if err == nil {
		*k = NewHeaderProtectionKey(raw)
	}
	return err
}

// UnmarshalJSON sets k from a JSON string, as [ParseHeaderProtectionKey] does, or from an
// array of 32 numbers. null leaves k unchanged.
func (k *HeaderProtectionKey) UnmarshalJSON(b []byte) error {
	return unmarshalKeyJSON(b, "header protection key", func(raw [KeyLen]byte) { *k = NewHeaderProtectionKey(raw) })
}
