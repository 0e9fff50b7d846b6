// Package workload returns the devices that are measured, which are like those of
// large gateways. They are the same for every contestant, in the format that it
// accepts.
package workload

import (
	"cmp"
	"fmt"
)

// Size is how many devices there are and how large each of them is.
type Size struct {
	Devices  int `json:"devices,omitempty"` // 0 for one
	Peers    int `json:"peers"`             // of each device
	Prefixes int `json:"prefixes"`          // of each peer
}

// Sizes are the sizes of a full run. Small are sizes that take only seconds.
var (
	Sizes = []Size{{0, 1_000, 10}, {0, 10, 10_000}, {0, 10_000, 1}, {0, 10_000, 2}, {0, 10_000, 10}, {0, 100_000, 10}}
	Small = Sizes[:2]
)

// Fleets are the sizes of a full run with many devices. SmallFleets take only seconds.
var (
	Fleets      = []Size{{1, 10, 1}, {100, 10, 1}, {1_000, 10, 1}}
	SmallFleets = Fleets[:2]
)

// String returns a text such as "1000x10" or, for a fleet, "100x10x1", which ParseSize
// accepts.
func (s Size) String() string {
	if s.Devices > 0 {
		return fmt.Sprintf("%dx%dx%d", s.Devices, s.Peers, s.Prefixes)
	}
	return fmt.Sprintf("%dx%d", s.Peers, s.Prefixes)
}

// ParseSize parses the text form of a size.
func ParseSize(text string) (Size, error) {
	var one, many Size
	_, errMany := fmt.Sscanf(text, "%dx%dx%d", &many.Devices, &many.Peers, &many.Prefixes)
	_, errOne := fmt.Sscanf(text, "%dx%d", &one.Peers, &one.Prefixes)
	for _, s := range []Size{many, one} {
		if s.String() == text {
			return s, nil
		}
	}
	return Size{}, fmt.Errorf("invalid size %q: must be PEERSxPREFIXES, such as %s, or DEVICESxPEERSxPREFIXES (%w)",
		text, Sizes[0], cmp.Or(errMany, errOne))
}
