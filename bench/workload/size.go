// Package workload makes what is measured: devices as large gateways have
// them, the same for every contestant, in the form that each one takes.
package workload

import "fmt"

// Size is how large a device is.
type Size struct {
	Peers    int `json:"peers"`
	Prefixes int `json:"prefixes"` // of each peer
}

// Sizes are the sizes of a full run, Small those that are measured in seconds.
var (
	Sizes = []Size{{1_000, 10}, {10, 10_000}, {10_000, 1}, {10_000, 10}, {100_000, 10}}
	Small = Sizes[:2]
)

// String returns a size as ParseSize reads it, such as 1000x10.
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Peers, s.Prefixes) }

// ParseSize reads the text form of a size.
func ParseSize(text string) (s Size, err error) {
	if _, err := fmt.Sscanf(text, "%dx%d", &s.Peers, &s.Prefixes); err != nil || s.String() != text {
		return Size{}, fmt.Errorf("%q is no size such as %s", text, Sizes[0])
	}
	return s, nil
}
