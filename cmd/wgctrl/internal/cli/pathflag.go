package cli

import "errors"

// errEmptyValue is the error for a flag with an empty value. Scripts pass it by mistake,
// as in --netns "$NETNS" without the variable, and the default could be another device
// or print a private key.
var errEmptyValue = errors.New("must not be empty")

// pathFlag is the value of a flag with a path or a name, which must not be empty.
type pathFlag string

func (f *pathFlag) Set(s string) error {
	if s == "" {
		return errEmptyValue
	}
	*f = pathFlag(s)
	return nil
}

func (f *pathFlag) String() string { return string(*f) }
func (f *pathFlag) Type() string   { return "string" }

// pathsFlag is the value of a flag with a path that can be repeated.
type pathsFlag []string

func (f *pathsFlag) Set(s string) error {
	if s == "" {
		return errEmptyValue
	}
	*f = append(*f, s)
	return nil
}

func (f *pathsFlag) String() string { return "" } // the default
func (f *pathsFlag) Type() string   { return "stringArray" }
