package main

import (
	"errors"
	"fmt"

	"github.com/wgctrl/wgctrl/bench/record"
	"github.com/wgctrl/wgctrl/bench/workload"
)

// limits are the largest costs of a work by our library: allocations, and messages
// in addition to those of the limit. Time and other contestants are not checked.
var limits = map[string]struct {
	allocations func(workload.Size) int64
	more        int64
}{
	record.Read:        {reading, asking},
	record.Watch:       {watching, noMessages},
	record.Stream:      {reading, asking},
	record.Write:       {writing, asking},
	record.Change:      {writing, asking},
	record.Devices:     {listing, asking},
	record.List:        {func(workload.Size) int64 { return 100 }, 0},
	record.SocketRead:  {reading, noMessages},
	record.SocketStrm:  {reading, noMessages},
	record.SocketWrite: {func(workload.Size) int64 { return 1000 }, noMessages},
}

// reading is the largest number of allocations for reading. Peers, preshared keys
// and allowed IPs are allocated in blocks.
func reading(s workload.Size) int64 { return int64(s.Peers)/10 + 1000 }

// watching is the largest number of allocations for five intervals of a watch: those of
// reading, and 50 to list the devices, start the reading and report a change.
func watching(s workload.Size) int64 { return 5 * (reading(s) + 50) }

// listing is the largest number of allocations for reading a fleet.
func listing(s workload.Size) int64 { return 1000 + int64(s.Devices)*40 }

// writing is the largest number of allocations for writing to a kernel. Each
// message takes a few, and only devices with very many peers need many messages.
func writing(s workload.Size) int64 { return max(int64(s.Peers)/10, 1000) }

const (
	// asking is the number of messages to look up a link and a family.
	asking     = 6
	noMessages = -1
)

// check returns an error for each measurement that is missing or above its limit.
func check(run *record.Run) error {
	var errs []error
	for work, most := range limits {
		sizes := run.Sizes(work)
		if len(sizes) == 0 {
			errs = append(errs, fmt.Errorf("%s was not measured", work))
		}
		for _, size := range sizes {
			m, ok := run.Best(work, record.Wgctrl, size)
			if !ok || m.Allocations < 0 || m.Allocations > most.allocations(size) {
				errs = append(errs, fmt.Errorf("%s of %s: %d allocations, want at most %d", work, size, m.Allocations, most.allocations(size)))
			}
			if most.more == noMessages {
				continue
			}
			limit, ok := run.Best(work, record.Limit, size)
			if want := limit.Messages + most.more; !ok || m.Messages <= 0 || m.Messages > want {
				errs = append(errs, fmt.Errorf("%s of %s: %d messages, want 1 to %d", work, size, m.Messages, want))
			}
		}
	}
	return errors.Join(errs...)
}
