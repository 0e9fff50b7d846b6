package wgtypes

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

var kinds = enum{typ: "Kind", noun: "kind", names: []string{
	KindUnknown:   "unknown",
	KindKernel:    "kernel",
	KindUserspace: "userspace",
	KindInProcess: "in-process",
}}

// String returns "unknown", "kernel", "userspace" or "in-process".
func (k Kind) String() string { return kinds.name(uint8(k)) }

// MarshalText returns what String returns. It fails for a number of no kind.
func (k Kind) MarshalText() ([]byte, error) { return kinds.marshal(uint8(k)) }

// UnmarshalText sets k from its name. On error k is unchanged.
func (k *Kind) UnmarshalText(text []byte) error {
	n, err := kinds.unmarshal(text)
	if err == nil {
		*k = Kind(n)
	}
	return err
}
