package wgtypes

import "sync"

// AmneziaParameter is one of the parameters of AmneziaWG. It connects the fields of
// Amnezia and [AmneziaConfig] with the names that programs use. [AmneziaParameters] returns
// all of them; the zero AmneziaParameter must not be used.
type AmneziaParameter struct {
	name   Field
	key    string
	since  AmneziaVersion
	fields parameterFields
}

// AmneziaParameters returns the parameters in the order of awg(8). All calls return the
// same list, so do not modify it.
func AmneziaParameters() []AmneziaParameter { return amneziaParameters() }

// Name returns the name in JSON and in the text protocol, such as "rekey_after_time".
func (p AmneziaParameter) Name() string { return string(p.name) }

// Key returns the name in configuration files, such as "RekeyAfterTime".
func (p AmneziaParameter) Key() string { return p.key }

// Since returns the first version that has the parameter.
func (p AmneziaParameter) Since() AmneziaVersion { return p.since }

// State returns a pointer to the field of a: a *uint16, *Range, *string, *bool or
// [*HeaderProtectionKey].
func (p AmneziaParameter) State(a *Amnezia) any { return p.fields.of(a) }

// Change returns a pointer to the field of c: a **uint16, **Range, **string, **bool
// or **HeaderProtectionKey.
func (p AmneziaParameter) Change(c *AmneziaConfig) any { return p.fields.in(c) }

// IsSet reports whether c sets the parameter.
func (p AmneziaParameter) IsSet(c *AmneziaConfig) bool { return p.fields.isSet(c) }

// Equal reports whether a and b have the same value.
func (p AmneziaParameter) Equal(a, b *Amnezia) bool { return p.fields.equal(a, b) }

// Apply sets the value of a to that of c, if c sets one.
func (p AmneziaParameter) Apply(a *Amnezia, c *AmneziaConfig) { p.fields.apply(a, c) }

// Set makes c set the parameter to the value of a.
func (p AmneziaParameter) Set(c *AmneziaConfig, a *Amnezia) { p.fields.set(c, a) }

// parameterFields are the fields of a parameter. parameterOf implements it for each type.
type parameterFields interface {
	of(*Amnezia) any
	in(*AmneziaConfig) any
	isSet(*AmneziaConfig) bool
	equal(a, b *Amnezia) bool
	apply(*Amnezia, *AmneziaConfig)
	set(*AmneziaConfig, *Amnezia)
}

// parameterOf has the fields of a parameter with values of type T.
type parameterOf[T any] struct {
	state  func(*Amnezia) *T
	change func(*AmneziaConfig) **T
	same   func(T, T) bool
}

func (p parameterOf[T]) of(a *Amnezia) any           { return p.state(a) }
func (p parameterOf[T]) in(c *AmneziaConfig) any     { return p.change(c) }
func (p parameterOf[T]) isSet(c *AmneziaConfig) bool { return *p.change(c) != nil }
func (p parameterOf[T]) equal(a, b *Amnezia) bool    { return p.same(*p.state(a), *p.state(b)) }

func (p parameterOf[T]) apply(a *Amnezia, c *AmneziaConfig) {
	if value := *p.change(c); value != nil {
		*p.state(a) = *value
	}
}

func (p parameterOf[T]) set(c *AmneziaConfig, a *Amnezia) { *p.change(c) = new(*p.state(a)) }

// plain returns the fields of a parameter whose values == compares.
func plain[T comparable](state func(*Amnezia) *T, change func(*AmneziaConfig) **T) parameterFields {
	return parameterOf[T]{state, change, func(a, b T) bool { return a == b }}
}

// amneziaParameters returns the table. It is made when it is needed, because few programs
// do.
var amneziaParameters = sync.OnceValue(func() []AmneziaParameter {
	return []AmneziaParameter{
		{"jc", "Jc", AmneziaV10, plain(func(a *Amnezia) *uint16 { return &a.Jc }, func(c *AmneziaConfig) **uint16 { return &c.Jc })},
		{"jmin", "Jmin", AmneziaV10, plain(func(a *Amnezia) *uint16 { return &a.Jmin }, func(c *AmneziaConfig) **uint16 { return &c.Jmin })},
		{"jmax", "Jmax", AmneziaV10, plain(func(a *Amnezia) *uint16 { return &a.Jmax }, func(c *AmneziaConfig) **uint16 { return &c.Jmax })},
		{"s1", "S1", AmneziaV10, plain(func(a *Amnezia) *uint16 { return &a.S1 }, func(c *AmneziaConfig) **uint16 { return &c.S1 })},
		{"s2", "S2", AmneziaV10, plain(func(a *Amnezia) *uint16 { return &a.S2 }, func(c *AmneziaConfig) **uint16 { return &c.S2 })},
		{"s3", "S3", AmneziaV15, plain(func(a *Amnezia) *uint16 { return &a.S3 }, func(c *AmneziaConfig) **uint16 { return &c.S3 })},
		{"s4", "S4", AmneziaV15, plain(func(a *Amnezia) *uint16 { return &a.S4 }, func(c *AmneziaConfig) **uint16 { return &c.S4 })},
		{"h1", "H1", AmneziaV10, plain(func(a *Amnezia) *Range { return &a.H1 }, func(c *AmneziaConfig) **Range { return &c.H1 })},
		{"h2", "H2", AmneziaV10, plain(func(a *Amnezia) *Range { return &a.H2 }, func(c *AmneziaConfig) **Range { return &c.H2 })},
		{"h3", "H3", AmneziaV10, plain(func(a *Amnezia) *Range { return &a.H3 }, func(c *AmneziaConfig) **Range { return &c.H3 })},
		{"h4", "H4", AmneziaV10, plain(func(a *Amnezia) *Range { return &a.H4 }, func(c *AmneziaConfig) **Range { return &c.H4 })},
		{"i1", "I1", AmneziaV15, plain(func(a *Amnezia) *string { return &a.I1 }, func(c *AmneziaConfig) **string { return &c.I1 })},
		{"i2", "I2", AmneziaV15, plain(func(a *Amnezia) *string { return &a.I2 }, func(c *AmneziaConfig) **string { return &c.I2 })},
		{"i3", "I3", AmneziaV15, plain(func(a *Amnezia) *string { return &a.I3 }, func(c *AmneziaConfig) **string { return &c.I3 })},
		{"i4", "I4", AmneziaV15, plain(func(a *Amnezia) *string { return &a.I4 }, func(c *AmneziaConfig) **string { return &c.I4 })},
		{"i5", "I5", AmneziaV15, plain(func(a *Amnezia) *string { return &a.I5 }, func(c *AmneziaConfig) **string { return &c.I5 })},
		{"header_protection_key", "HeaderProtectionKey", AmneziaV30, parameterOf[HeaderProtectionKey]{
			func(a *Amnezia) *HeaderProtectionKey { return &a.HeaderProtectionKey },
			func(c *AmneziaConfig) **HeaderProtectionKey { return &c.HeaderProtectionKey },
			HeaderProtectionKey.Equal,
		}},
		{"content_padding_addition", "ContentPaddingAddition", AmneziaV30,
			plain(func(a *Amnezia) *Range { return &a.ContentPaddingAddition }, func(c *AmneziaConfig) **Range { return &c.ContentPaddingAddition })},
		{"rekey_after_time", "RekeyAfterTime", AmneziaV30,
			plain(func(a *Amnezia) *Range { return &a.RekeyAfterTime }, func(c *AmneziaConfig) **Range { return &c.RekeyAfterTime })},
		{"rekey_timeout", "RekeyTimeout", AmneziaV30,
			plain(func(a *Amnezia) *Range { return &a.RekeyTimeout }, func(c *AmneziaConfig) **Range { return &c.RekeyTimeout })},
		{"reject_after_time", "RejectAfterTime", AmneziaV30,
			plain(func(a *Amnezia) *Range { return &a.RejectAfterTime }, func(c *AmneziaConfig) **Range { return &c.RejectAfterTime })},
		{"keepalive_timeout", "KeepaliveTimeout", AmneziaV30,
			plain(func(a *Amnezia) *Range { return &a.KeepaliveTimeout }, func(c *AmneziaConfig) **Range { return &c.KeepaliveTimeout })},
		{"max_handshake_attempts", "MaxHandshakeAttempts", AmneziaV30,
			plain(func(a *Amnezia) *Range { return &a.MaxHandshakeAttempts }, func(c *AmneziaConfig) **Range { return &c.MaxHandshakeAttempts })},
		{"random_trailers", "RandomTrailers", AmneziaV31,
			plain(func(a *Amnezia) *bool { return &a.RandomTrailers }, func(c *AmneziaConfig) **bool { return &c.RandomTrailers })},
		{"disable_cookies", "DisableCookies", AmneziaV31,
			plain(func(a *Amnezia) *bool { return &a.DisableCookies }, func(c *AmneziaConfig) **bool { return &c.DisableCookies })},
	}
})

// amneziaFields are the tables of Amnezia and AmneziaConfig. They are made when they are
// needed, because few programs do.
var amneziaFields = sync.OnceValues(func() (state []field[Amnezia], change []field[AmneziaConfig]) {
	state = append(state, field[Amnezia]{"version", func(a *Amnezia) any { return &a.Version }, always})
	for _, p := range amneziaParameters() {
		traits := traits(0)
		if p.name == "header_protection_key" {
			traits = secretState
		}
		state = append(state, field[Amnezia]{p.name, p.State, traits})
		change = append(change, field[AmneziaConfig]{p.name, p.Change, optional})
	}
	state = append(state, field[Amnezia]{"unknown_keys", func(a *Amnezia) any { return &a.UnknownKeys }, 0})
	return state, change
})

func amneziaStateFields() []field[Amnezia] {
	state, _ := amneziaFields()
	return state
}

func amneziaConfigFields() []field[AmneziaConfig] {
	_, change := amneziaFields()
	return change
}
