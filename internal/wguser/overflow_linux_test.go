package wguser

import (
	"testing"
)

func TestParseOverflowUID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"65534\n": 65534, "1000\n": 1000, "0": 0, "2147483647\n": 1<<31 - 1, "": 65534, "-2\n": 65534, "x": 65534} {
		if got := parseOverflowUID(text); got != want {
			t.Errorf("parseOverflowUID(%q) = %d, want %d", text, got, want)
		}
	}
}
