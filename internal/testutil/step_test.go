package testutil_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

func TestStepCounter(t *testing.T) {
	t.Parallel()
	c := testutil.NewStepCounter()
	for range 2 {
		if c.Step() {
			t.Error("Step() of a new counter = true, want false")
		}
	}
	for _, at := range []int{0, 2, 5, -1} {
		calls := 0
		c.Arm(at, func() { calls++ })
		for step := range 4 {
			if got, want := c.Reached(), at >= 0 && step > at; at >= 0 && got != want {
				t.Errorf("Reached() before step %d = %t, want %t when armed for %d", step, got, want, at)
			}
			if got, want := c.Step(), step == at; got != want {
				t.Errorf("Step() number %d = %t, want %t when armed for %d", step, got, want, at)
			}
		}
		if want := map[bool]int{true: 1}[at >= 0 && at < 4]; calls != want {
			t.Errorf("calls when armed for %d = %d, want %d", at, calls, want)
		}
	}
	c.Arm(0, nil)
	if !c.Step() {
		t.Error("Step() when armed without a function = false, want true")
	}
}
