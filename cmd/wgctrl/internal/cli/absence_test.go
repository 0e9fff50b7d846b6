package cli

import (
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestAbsence: a named device is absent until it is seen, and when it is gone
// again; each absence is said once.
func TestAbsence(t *testing.T) {
	t.Parallel()
	p := &places{backends: []string{"none"}} // no hint
	a := newAbsence([]string{"wg1", "wg0"})
	event := func(kind wgtypes.EventKind, name string) {
		a.saw(wgtypes.Event{Kind: kind, Device: wgtypes.DeviceRef{Name: name}})
	}
	expect := func(absent bool, want string) {
		t.Helper()
		var text strings.Builder
		a.report(t.Context(), p, &text)
		if a.any() != absent || text.String() != want {
			t.Errorf("absent %v, %q; want %v, %q", a.any(), text.String(), absent, want)
		}
	}
	const wg0, wg1 = "wgctrl: no such device: \"wg0\": waiting for it\n", "wgctrl: no such device: \"wg1\": waiting for it\n"
	expect(true, wg0+wg1)
	event(wgtypes.EventDeviceAdded, "wg0")
	event(wgtypes.EventDeviceAdded, "other")
	expect(true, "")
	event(wgtypes.EventDeviceAdded, "wg1")
	expect(false, "")
	event(wgtypes.EventDeviceRemoved, "wg1")
	expect(true, wg1)
}
