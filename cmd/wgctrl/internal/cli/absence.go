package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// absence tells which of the named devices are not there.
type absence map[string]presence

type presence int

const (
	absent presence = iota
	reported
	present
)

func newAbsence(names []string) absence {
	a := make(absence)
	for _, name := range names {
		a[name] = absent
	}
	return a
}

// saw takes note of an event.
func (a absence) saw(e wgtypes.Event) {
	if _, named := a[e.Device.Name]; !named {
		return
	}
	a[e.Device.Name] = present
	if e.Kind == wgtypes.EventDeviceRemoved {
		a[e.Device.Name] = absent
	}
}

// any reports whether a named device is not there.
func (a absence) any() bool {
	for _, p := range a {
		if p != present {
			return true
		}
	}
	return false
}

// report says once which devices are waited for, and which may have been meant.
func (a absence) report(ctx context.Context, p *places, w io.Writer) {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if a[name] != absent {
			continue
		}
		a[name] = reported
		fmt.Fprintf(w, "wgctrl: no such device: %q: waiting for it\n", name)
		p.hintNames(ctx, w, name)
	}
}
