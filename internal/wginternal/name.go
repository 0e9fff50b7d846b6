package wginternal

import (
	"fmt"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// The lengths of device names, in bytes. IFNAMSIZ is 16 with its NUL byte.
const (
	MaxNameUnix    = 15
	MaxNameWindows = 32
	MaxNameAny     = 0 // no limit, for devices in this process
)

// CheckName returns a *wgtypes.FieldError when name cannot be a device's: it
// becomes part of a path and of a protocol. A limit of 0 is none.
func CheckName(name string, limit int) error {
	if reason := badName(name, limit); reason != "" {
		return &wgtypes.FieldError{Index: -1, Field: "name", Reason: reason}
	}
	return nil
}

func badName(name string, limit int) string {
	isControl := func(r rune) bool { return r < 0x20 || r == 0x7f }
	switch {
	case name == "":
		return "is empty"
	case name == "." || name == "..":
		return fmt.Sprintf("%q is a directory's", name)
	case strings.ContainsAny(name, `/\`):
		return fmt.Sprintf("%q has a slash", name)
	case strings.ContainsFunc(name, isControl):
		return fmt.Sprintf("%q has a control byte", name)
	case limit > 0 && len(name) > limit:
		return fmt.Sprintf("%q has %d bytes, at most %d are possible", name, len(name), limit)
	}
	return ""
}
