package wgcommand

import (
	"math"
	"testing"
)

// TestStrtoul compares strtoul with the results of glibc's strtoul(3). For a number
// that is too large, glibc also sets errno, which wg ignores.
func TestStrtoul(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]uint64{
		"0": 0, "007": 7, "+5": 5, " \t\n\v\f\r5": 5, "-0": 0, "-1": math.MaxUint64, " -18446744073709551611": 5,
		"18446744073709551615": math.MaxUint64, "18446744073709551616": math.MaxUint64, "99999999999999999999": math.MaxUint64,
		"-99999999999999999999": math.MaxUint64,
	} {
		if got, ok := strtoul(in); got != want || !ok {
			t.Errorf("strtoul(%q) = %d, %t, want %d, true", in, got, ok, want)
		}
	}
	for _, in := range []string{"", " ", "+", "-", "+-5", "- 5", "5 ", "5x", "0x5", "x", "99999999999999999999x"} {
		if got, ok := strtoul(in); ok {
			t.Errorf("strtoul(%q) = %d, %t, want false", in, got, ok)
		}
	}
}
