package quick

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The steps of a run are those of its plan, with and without a record, and down leaves
// the machine as it was.
func TestUpAndDownTakeThePlannedSteps(t *testing.T) {
	t.Parallel()
	for _, name := range recordedFiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			m := newMachine()
			before := m.clone(t)
			tunnel := parseTunnel(t, testFile(t, name+".conf"))
			sys := m.system(dir)
			var steps []Step
			sys.onStep = func(s Step) { steps = append(steps, s) }
			if err := sys.up(t.Context(), tunnel, tunnel.Settings); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(testFile(t, name+".up"), commands(steps)); diff != "" {
				t.Errorf("commands of up (-want +got):\n%s", diff)
			}
			forgetful := m.clone(t)
			steps = nil
			if err := sys.down(t.Context(), tunnel); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(testFile(t, name+".down"), commands(steps)); diff != "" {
				t.Errorf("commands of down (-want +got):\n%s", diff)
			}
			before.Settings[srcValidMark] = m.Settings[srcValidMark]
			if diff := m.diff(before); diff != "" {
				t.Errorf("machine after down (-want +got):\n%s", diff)
			}

			sys = forgetful.system(t.TempDir())
			steps = nil
			sys.onStep = func(s Step) { steps = append(steps, s) }
			if err := sys.down(t.Context(), tunnel); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(testFile(t, name+".down"), commands(steps)); diff != "" {
				t.Errorf("commands of down without a record (-want +got):\n%s", diff)
			}
			if diff := forgetful.diff(before); diff != "" {
				t.Errorf("machine after down without a record (-want +got):\n%s", diff)
			}
		})
	}
}
