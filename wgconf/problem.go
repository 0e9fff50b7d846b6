package wgconf

import (
	"errors"
	"fmt"
	"io/fs"
)

// What is wrong with a line, beside its value.
var (
	// ErrUnrecognized: the line is no key of its section, or its value is empty.
	ErrUnrecognized = errors.New("unrecognized line")
	// ErrNoPublicKey: a [Peer] has no PublicKey. wg(8) finds that at the end of
	// the file.
	ErrNoPublicKey = errors.New("this [Peer] has no PublicKey")
)

// Problem is what is wrong with a line of a file. Its text holds no secret.
// errors.Is(err, fs.ErrInvalid) is true of it.
type Problem struct {
	// File is the name that Parse was told.
	File string
	// Line counts from 1. A [Peer] as a whole is at its header.
	Line int
	// Key is the usual spelling of the line's key, and "" where it has none.
	Key string
	// Warning: the file means something nevertheless.
	Warning bool
	// Err is a *ValueError for a value that is wrong, or wraps one of this
	// package's errors.
	Err error
}

// Error names the file and the line, and what is wrong.
func (p *Problem) Error() string {
	warning := ""
	if p.Warning {
		warning = "warning: "
	}
	return fmt.Sprintf("%s:%d: %s%s", p.File, p.Line, warning, p.Err)
}

// Unwrap returns Err.
func (p *Problem) Unwrap() error { return p.Err }

// Is reports whether target is fs.ErrInvalid.
func (p *Problem) Is(target error) bool { return target == fs.ErrInvalid }
