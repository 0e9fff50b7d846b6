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

// CheckName returns a *wgtypes.FieldError if name is not valid for a device. Names
// are used in paths and protocols. A limit of 0 means that any length is valid.
func CheckName(name string, limit int) error {
	isControl := func(r rune) bool { return r < 0x20 || r == 0x7f }
	reason := badName(name, limit)
	switch {
	case reason != "":
	case strings.Contains(name, `\`):
		reason = fmt.Sprintf("%q contains a backslash", name)
	case strings.ContainsFunc(name, isControl):
		reason = fmt.Sprintf("%q contains a control byte", name)
	}
	return nameError(reason)
}

// CheckLinkName is CheckName for network interfaces of Linux, which may also have
// backslashes and control bytes in their names. It accepts every name that Linux
// accepts, and also white space and colons, which Linux refuses.
func CheckLinkName(name string) error { return nameError(badName(name, MaxNameUnix)) }

func nameError(reason string) error {
	if reason == "" {
		return nil
	}
	return &wgtypes.FieldError{Index: -1, Field: "name", Reason: reason}
}

// badName returns why the library refuses this name for every device, or that it is
// longer than limit. It returns "" for other names. (Adapters of Windows can have some of
// the names that it refuses.)
func badName(name string, limit int) string {
	switch {
	case name == "":
		return "must not be empty"
	case name == "." || name == "..":
		return fmt.Sprintf("%q is a directory name", name)
	case strings.Contains(name, "/"):
		return fmt.Sprintf("%q contains a slash", name)
	case strings.Contains(name, "\x00"):
		return fmt.Sprintf("%q contains a NUL byte", name)
	case limit > 0 && len(name) > limit:
		return fmt.Sprintf("%q has %d bytes, want at most %d", name, len(name), limit)
	}
	return ""
}
