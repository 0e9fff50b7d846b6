package wgconf

import (
	"errors"
	"fmt"
	"io/fs"
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
	// ErrOtherFormat: the file has the format of another program, such as
	// systemd-networkd, or is UTF-16 or binary, or its lines end with CR, or it has keys
	// of AmneziaWG and the dialect is one of WireGuard. It is the only error then.
	ErrOtherFormat = errors.New("not a file of wg(8) or wg-quick(8)")
	// ErrTooLarge: the file has more bytes or peers than Settings reads. It is the
	// only error then.
	ErrTooLarge = errors.New("file too large")
	// ErrTooMany: there are more errors, which are not listed. It is the last one.
	ErrTooMany = errors.New("too many errors")
)

// Problem describes an error or a warning about a file or one of its lines, or about
// a value that was parsed on its own. It holds no secret.
// errors.Is(err, fs.ErrInvalid) reports true for every Problem.
type Problem struct {
	// File is the name that Parse was given. It is "" for a value on its own.
	File string
	// Line is the number of the line, from 1. A [Peer] as a whole has the line of
	// its header. Line is 0 for a file as a whole and for a value on its own.
	Line int
	// Section is "Interface" or "Peer", or "" outside of both and for a value on
	// its own.
	Section string
	// Key is the usual spelling of the line's key, such as "FwMark", or "" if it
	// has none.
	Key string
	// Value is the value that the Problem is about, or one element of a list, as
	// the file has it. For AllowedIPs it is the address alone if that is wrong,
	// and otherwise the whole element with its slash. Value is "" for secret
	// keys and for anything that may contain a key or part of one.
	Value string
	// Reason says what was expected, or what is wrong.
	Reason string
	// Warning reports that the line is valid but probably a mistake.
	Warning bool
	// Err is the kind of error. It is nil for a warning.
	Err error
}

// QuickOnly reports whether p is about a key of wg-quick(8), such as Address or
// PostUp. wg(8)'s settings do not depend on these keys: a program that only
// configures devices can ignore such an error.
func (p *Problem) QuickOnly() bool { return find(quickKeys, p.Key) != nil }

// Error returns the file and line, if any, and what is wrong.
func (p *Problem) Error() string {
	var b strings.Builder
	switch {
	case p.Line > 0:
		fmt.Fprintf(&b, "%s:%d: ", p.File, p.Line)
	case p.File != "":
		b.WriteString(p.File + ": ")
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
			subject = strings.TrimPrefix(subject+" "+quote(p.Value), " ")
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

// invalidValue returns a *Problem for a value on its own. A number is not hidden,
// even if it has as many digits as a part of a key in hexadecimal.
func invalidValue(key, value, reason string, args ...any) error {
	p := &Problem{Key: key, Value: shown(value), Reason: fmt.Sprintf(reason, args...), Err: ErrInvalidValue}
	if strings.Trim(value, "0123456789./") == "" {
		p.Value = value
	}
	return p
}

// locate makes p a Problem of the current line. Its Value becomes the text of the
// line, which the parsers get without white space.
func (s *scanner) locate(p *Problem) {
	p.Line, p.Section = s.number, s.section.String()
	part := p.Value
	if part == "" {
		part = s.value
	}
	part = asWritten(s.value, part)
	if p.Value != "" || p.Key == "PublicKey" && isPlaceholder(part) {
		p.Value = shown(part)
	}
	if isPlaceholder(part) && s.key.form != packet {
		p.Reason = "replace the placeholder; " + p.Reason
	}
}

// asWritten returns the text in value, or in an element of the list value, that is
// part without white space. If it finds none, it returns part.
func asWritten(value, part string) string {
	if squeeze(value) == part {
		return value
	}
	for element := range strings.SplitSeq(value, ",") {
		element = trim(element)
		address := trim(strings.TrimLeft(before(element, '/'), "+- \t"))
		for _, text := range []string{element, address} {
			if squeeze(text) == part {
				return text
			}
		}
	}
	return part
}
