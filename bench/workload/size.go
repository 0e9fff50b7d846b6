// Package workload returns the devices that are measured, which are like those of
// large gateways. They are the same for every contestant, in the format that it
// accepts.
package workload

import "fmt"

// Size is how large a device is.
type Size struct {
	Peers    int `json:"peers"`
	Prefixes int `json:"prefixes"` // of each peer
}

// Sizes are the sizes of a full run. Small are sizes that take only seconds.
var (
	Sizes = []Size{{1_000, 10}, {10, 10_000}, {10_000, 1}, {10_000, 10}, {100_000, 10}}
	Small = Sizes[:2]
)

// String returns a text such as "1000x10", which ParseSize accepts.
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Peers, s.Prefixes) }

// ParseSize parses the text form of a size.
func ParseSize(text string) (s Size, err error) {
	if _, err := fmt.Sscanf(text, "%dx%d", &s.Peers, &s.Prefixes); err != nil || s.String() != text {
		return Size{}, fmt.Errorf("invalid size %q: must be PEERSxPREFIXES, such as %s", text, Sizes[0])
	}
	return s, nil
}
