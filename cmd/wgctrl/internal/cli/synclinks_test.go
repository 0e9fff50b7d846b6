package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestUnnamed checks that a file keeps every device with its name from being removed, and
// that whose interface has it as a second name.
func TestUnnamed(t *testing.T) {
	t.Parallel()
	s := syncAll{syncFlags: new(syncFlags), jobs: []*syncJob{
		{device: "wg0", result: syncResult{have: &wgtypes.Device{Name: "wg0"}}},
		{device: "alias", result: syncResult{have: &wgtypes.Device{Name: "wg4"}}},
	}}
	refs := []wgtypes.DeviceRef{
		{Name: "wg0", Kind: wgtypes.KindKernel, Index: 1}, {Name: "wg1", Kind: wgtypes.KindKernel, Index: 2},
		{Name: "wg0", Kind: wgtypes.KindUserspace}, {Name: "wg3", Kind: wgtypes.KindUserspace}, {Name: "wg4", Kind: wgtypes.KindKernel, Index: 3},
	}
	if got, want := s.unnamed(refs), []wgtypes.DeviceRef{refs[1], refs[3]}; !slices.Equal(got, want) {
		t.Errorf("unnamed() = %v, want %v", got, want)
	}
}

// TestPruneDryRun checks that a dry run lists the kernel devices that would be removed, and
// that the devices of daemons are only reported.
func TestPruneDryRun(t *testing.T) {
	t.Parallel()
	can, err := kernelCapabilities()
	if err != nil || !can.Links {
		t.Skip("this system has no devices that can be removed")
	}
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindKernel, wgtypes.KindUserspace))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	refs := []wgtypes.DeviceRef{{Name: "wg1", Kind: wgtypes.KindKernel, Index: 2}, {Name: "wg\x1b", Kind: wgtypes.KindUserspace}}
	var warnings strings.Builder
	jobs := prune(t.Context(), &warnings, c, refs, true)
	if want := "wgctrl: wg?: no file names this userspace device, but it cannot be removed\n"; warnings.String() != want {
		t.Errorf("prune() prints %q, want %q", warnings.String(), want)
	}
	if len(jobs) != 1 || jobs[0].err != nil || jobs[0].result.line() != "wg1: removed (dry run)\n" {
		t.Fatalf("prune() = %+v, want only a job that removes wg1", jobs)
	}
	if form, err := jobs[0].result.json(); err != nil || form.Action != actionRemove || form.Device != refs[0] || form.Summary != (syncSummary{}) || form.Changes == nil {
		t.Errorf("json() = %+v, %v, want the action %q of %v", form, err, actionRemove, refs[0])
	}
}
