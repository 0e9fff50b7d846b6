package wgconf

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// The kinds of errors. Problem.Err is one of them.
var (
	// ErrInvalidValue: a key has a value that it cannot have.
	ErrInvalidValue = errors.New("invalid value")
	// ErrUnrecognized: the line is not a key of its section, or its value is
	// empty.
	ErrUnrecognized = errors.New("unrecognized line")
	// ErrNoPublicKey: a [Peer] has no PublicKey. wg(8) reports this at the end of
	// the file.
	ErrNoPublicKey = errors.New("[Peer] has no PublicKey")
)

// Problem describes an error or a warning about a line of a file, or about a
// value that was parsed on its own. It holds no secret.
// errors.Is(err, fs.ErrInvalid) reports true for every Problem.
type Problem struct {
	// File is the name that Parse was given. It is "" for a value on its own.
	File string
	// Line is the number of the line, from 1. A [Peer] as a whole has the line of
	// its header. Line is 0 for a value on its own.
	Line int
	// Section is "Interface" or "Peer", as in Line. It is "" for a value on its
	// own.
	Section string
	// Key is the usual spelling of the line's key, such as "FwMark", or "" if it
	// has none.
	Key string
	// Value is the value that the Problem is about, or one element of a list. For
	// AllowedIPs it is the address alone if that is wrong, and otherwise the
	// whole element with its slash. Value is "" for keys and for anything that
	// may contain one.
	Value string
	// Reason says what was expected, or what is wrong.
	Reason string
	// Warning reports that the line is valid but probably a mistake.
	Warning bool
	// Err is the kind of error. It is nil for a warning.
	Err error
}

// Error returns the file and line, if any, and what is wrong.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "%s:%d: ", p.File, p.Line)
	}
	switch {
	case p.Warning:
		b.WriteString("warning: ")
	case p.Err == ErrInvalidValue:
		b.WriteString("invalid ")
	case p.Err != nil:
		b.WriteString(p.Err.Error())
	}
	subject := ""
	if p.Warning || p.Err == ErrInvalidValue {
		subject = p.Key
		if p.Value != "" {
			subject += " " + quote(p.Value)
		}
	}
	b.WriteString(subject)
	if p.Reason != "" {
		if subject != "" || !p.Warning {
			b.WriteString(": ")
		}
		b.WriteString(p.Reason)
	}
	return b.String()
}

// Unwrap returns Err.
func (p *Problem) Unwrap() error { return p.Err }

// Is reports whether target is fs.ErrInvalid.
func (p *Problem) Is(target error) bool { return target == fs.ErrInvalid }

// invalidValue returns a *Problem for a value on its own.
func invalidValue(key, value, reason string, args ...any) error {
	return &Problem{Key: key, Value: shown(value), Reason: fmt.Sprintf(reason, args...), Err: ErrInvalidValue}
}

// shown returns value, or "" if it may contain a key.
func shown(value string) string {
	if mayHoldKey(squeeze(value)) {
		return ""
	}
	return value
}

// quote returns s for an error's text: on one line, and short.
func quote(s string) string {
	const most = 48
	if len(s) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(s[:most]) + "..."
}

// mayHoldKey reports whether s has so many base64 characters in a row, of either
// alphabet, that they may be most of a key.
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
