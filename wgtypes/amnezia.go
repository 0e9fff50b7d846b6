package wgtypes

import "slices"

// Amnezia is the state of the AmneziaWG parameters of a device. AmneziaWG is
// WireGuard with messages that look different on the wire
// (https://docs.amnezia.org/documentation/amnezia-wg/). With the defaults, which the
// comments of the fields name and [DefaultAmnezia] returns, a device sends what a
// WireGuard device sends.
//
// S1 to S4, H1 to H4, HeaderProtectionKey and RandomTrailers must be the same on both
// ends of a tunnel. A parameter that the version of the device does not have is zero, or
// the default. Validate has the limits. They are those of device/uapi.go of
// amneziawg-go, src/netlink.c of the kernel module, and config.c of awg(8).
//
// In JSON, a range is a string such as "5" or "5-9", and parameters that are zero are
// absent.
type Amnezia struct {
	// Version is the version of AmneziaWG that the device has, as far as it shows. It
	// is zero if the device shows nothing, as a new device of amneziawg-go before
	// 0.2.16 does.
	Version AmneziaVersion `json:"version"`
	// Jc is the number of junk packets before a handshake, 0 by default. Jmin and Jmax
	// are their smallest and largest size in bytes, 0 by default.
	Jc   uint16 `json:"jc"`
	Jmin uint16 `json:"jmin"`
	Jmax uint16 `json:"jmax"`
	// S1 to S4 are the numbers of random bytes before a handshake initiation, a
	// handshake response, a cookie reply and a data packet, 0 by default. With a
	// HeaderProtectionKey they are at least 12.
	S1 uint16 `json:"s1"`
	S2 uint16 `json:"s2"`
	S3 uint16 `json:"s3"`
	S4 uint16 `json:"s4"`
	// H1 to H4 are the message types of a handshake initiation, a handshake response,
	// a cookie reply and a data packet, 1 to 4 by default. A sender uses any number of
	// the range. The ranges do not overlap and do not contain 0. The zero Range is not
	// the default.
	H1 Range `json:"h1"`
	H2 Range `json:"h2"`
	H3 Range `json:"h3"`
	H4 Range `json:"h4"`
	// I1 to I5 describe packets that are sent before the junk packets, as in
	// "<b 0xc0ff><r 16>". An empty text, the default, means no packet. Validate lists
	// the tags.
	I1 string `json:"i1"`
	I2 string `json:"i2"`
	I3 string `json:"i3"`
	I4 string `json:"i4"`
	I5 string `json:"i5"`
	// HeaderProtectionKey encrypts the headers of messages. It is zero if the device
	// has none, which is the default.
	HeaderProtectionKey HeaderProtectionKey `json:"header_protection_key" xml:"-" yaml:"-"`
	// ContentPaddingAddition is the number of bytes, 0 to 65535, that are added to the
	// padding of data packets, 0 by default.
	ContentPaddingAddition Range `json:"content_padding_addition"`
	// RekeyAfterTime, RekeyTimeout, RejectAfterTime and KeepaliveTimeout replace
	// WireGuard's constants of the same names. They are in seconds, 0 to 65535; zero,
	// the default, means 120, 5, 180 and 10 s.
	RekeyAfterTime   Range `json:"rekey_after_time"`
	RekeyTimeout     Range `json:"rekey_timeout"`
	RejectAfterTime  Range `json:"reject_after_time"`
	KeepaliveTimeout Range `json:"keepalive_timeout"`
	// MaxHandshakeAttempts is the number of handshakes, 0 to 65535, that are tried
	// before the device gives up. Zero, the default, means 18.
	MaxHandshakeAttempts Range `json:"max_handshake_attempts"`
	// RandomTrailers adds random bytes to messages. It is off by default.
	RandomTrailers bool `json:"random_trailers"`
	// DisableCookies makes the device send no cookie replies, with which a device under
	// load makes senders prove their addresses. It is off by default.
	DisableCookies bool `json:"disable_cookies"`
	// UnknownKeys names what the device has reported and this package does not know,
	// such as a parameter of a later version. It lacks the values, which may be secret.
	UnknownKeys []string `json:"unknown_keys"`
}

// AmneziaConfig is a change to the AmneziaWG parameters of a device. Parameters whose
// fields are nil stay as they are. The fields of Amnezia say what they mean, their units
// and their limits.
//
// A Client sends a change only if the parameters of the device are valid afterwards
// and the device has a version with these parameters. Otherwise some implementations
// would crash, or reject all later changes. The error is then the [*FieldError] of
// [Amnezia.Validate], or wraps errors.ErrUnsupported.
type AmneziaConfig struct {
	Jc   *uint16 `json:"jc"`
	Jmin *uint16 `json:"jmin"`
	Jmax *uint16 `json:"jmax"`
	S1   *uint16 `json:"s1"`
	S2   *uint16 `json:"s2"`
	S3   *uint16 `json:"s3"`
	S4   *uint16 `json:"s4"`
	H1   *Range  `json:"h1"`
	H2   *Range  `json:"h2"`
	H3   *Range  `json:"h3"`
	H4   *Range  `json:"h4"`
	// I1 to I5 may be empty, which removes the packet.
	I1 *string `json:"i1"`
	I2 *string `json:"i2"`
	I3 *string `json:"i3"`
	I4 *string `json:"i4"`
	I5 *string `json:"i5"`
	// HeaderProtectionKey replaces the key; a zero key removes it. The module of Linux
	// cannot remove it.
	HeaderProtectionKey    *HeaderProtectionKey `json:"header_protection_key"`
	ContentPaddingAddition *Range               `json:"content_padding_addition"`
	RekeyAfterTime         *Range               `json:"rekey_after_time"`
	RekeyTimeout           *Range               `json:"rekey_timeout"`
	RejectAfterTime        *Range               `json:"reject_after_time"`
	KeepaliveTimeout       *Range               `json:"keepalive_timeout"`
	MaxHandshakeAttempts   *Range               `json:"max_handshake_attempts"`
	RandomTrailers         *bool                `json:"random_trailers"`
	DisableCookies         *bool                `json:"disable_cookies"`
}

// IsZero reports whether c sets nothing.
func (c AmneziaConfig) IsZero() bool { return c == AmneziaConfig{} }

// String returns the parameters that c sets, in the form of [Config.String].
func (c AmneziaConfig) String() string { return objectText(amneziaConfigFields(), &c) }

// DefaultAmnezia returns the parameters of a new device: those of WireGuard.
func DefaultAmnezia() Amnezia {
	return Amnezia{H1: Range{1, 1}, H2: Range{2, 2}, H3: Range{3, 3}, H4: Range{4, 4}}
}

// Clone returns a copy of a that shares no memory with it, except for keys, which are
// immutable. It returns nil if a is nil.
func (a *Amnezia) Clone() *Amnezia {
	if a == nil {
		return nil
	}
	c := *a
	c.UnknownKeys = slices.Clip(slices.Clone(a.UnknownKeys))
	return &c
}

// AmneziaVersion is a version of the AmneziaWG protocol. Later versions are greater.
type AmneziaVersion uint8

const (
	// AmneziaUnknown is the zero value: the device does not show its version.
	AmneziaUnknown AmneziaVersion = iota
	// AmneziaV10 has Jc, Jmin, Jmax, S1, S2, and single numbers as H1 to H4.
	AmneziaV10
	// AmneziaV15 adds S3, S4 and I1 to I5. No kernel module has it.
	AmneziaV15
	// AmneziaV20 adds ranges as H1 to H4.
	AmneziaV20
	// AmneziaV30 adds the header protection key, the padding, the times, and ranges as
	// keepalive.
	AmneziaV30
	// AmneziaV31 adds RandomTrailers and DisableCookies.
	AmneziaV31
)

var amneziaVersions = enum{typ: "AmneziaVersion", noun: "AmneziaWG version", names: []string{
	AmneziaUnknown: "unknown",
	AmneziaV10:     "1.0",
	AmneziaV15:     "1.5",
	AmneziaV20:     "2.0",
	AmneziaV30:     "3.0",
	AmneziaV31:     "3.1",
}}

// String returns "1.0", "1.5", "2.0", "3.0", "3.1" or "unknown".
func (v AmneziaVersion) String() string { return amneziaVersions.name(uint8(v)) }

// MarshalText returns what String returns. It fails if v is not one of the constants.
func (v AmneziaVersion) MarshalText() ([]byte, error) { return amneziaVersions.marshal(uint8(v)) }

// UnmarshalText sets v from its name. On error v is unchanged.
func (v *AmneziaVersion) UnmarshalText(text []byte) error {
	n, err := amneziaVersions.unmarshal(text)
	if err == nil {
		*v = AmneziaVersion(n)
	}
	return err
}
