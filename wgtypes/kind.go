package wgtypes

import "fmt"

// Kind says where a device lives, and so how it is reached.
type Kind uint8

const (
	// KindUnknown is the zero value: no device, or one of no known kind.
	KindUnknown Kind = iota
	// KindKernel is a device of the operating system's kernel.
	KindKernel
	// KindUserspace is a device of a daemon, reached over its UAPI socket.
	KindUserspace
	// KindInProcess is a device in the caller's own process.
	KindInProcess
)

var kindNames = [...]string{
	KindUnknown:   "unknown",
	KindKernel:    "kernel",
	KindUserspace: "userspace",
	KindInProcess: "in-process",
}

// String returns "unknown", "kernel", "userspace" or "in-process".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// MarshalText returns what String returns. It fails for a number of no kind.
func (k Kind) MarshalText() ([]byte, error) {
	if int(k) >= len(kindNames) {
		return nil, fmt.Errorf("wgtypes: no kind has the number %d", uint8(k))
	}
	return []byte(kindNames[k]), nil
}

// UnmarshalText sets k from its name. On error k is unchanged.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames {
		if name == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("wgtypes: kind %q is none of %q", text, kindNames[:])
}
