package top_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
)

// TestUnitsKey checks the key u: rates are in bytes or bits, counters in bytes.
func TestUnitsKey(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.pass(interval)
	s.change("wg0", receive(0, 2_000_000))
	for _, test := range []struct{ rate, received string }{
		{"977 KiB", "2.91 MiB"}, {"1.00 MB", "3.05 MB"}, {"8.00 Mb", "3.05 MB"}, {"7.63 Mib", "2.91 MiB"}, {"977 KiB", "2.91 MiB"},
	} {
		s.has("rx " + test.rate + "/s  ")
		s.shows("wg0", " "+test.rate+" ")
		s.shows("Alice", " "+test.rate+" ", " "+test.received+" ")
		s.press("home enter")
		s.has("  received    "+test.received+", "+test.rate+"/s ", "  history ", "\n  "+test.rate+"/s")
		s.press("esc u")
	}
	s.press("/ u enter")
	s.has("filter: u")
	s.press("esc ? u")
	s.shows("Alice", " 1.00 MB ")
}

// TestRateUnits checks the widths of rates at the borders of units.
func TestRateUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		units top.Units
		bytes uint64 // per interval of two seconds
		want  string
	}{
		{top.DecimalBytes, 1998, "999 B"}, {top.DecimalBytes, 2000, "1.00 kB"}, {top.DecimalBytes, 1_998_998, "999 kB"}, {top.DecimalBytes, 1_999_000, "1.00 MB"},
		{top.DecimalBytes, 19_988, "9.99 kB"}, {top.DecimalBytes, 19_991, "10.0 kB"}, {top.DecimalBytes, 2e15, "1.00 PB"},
		{top.DecimalBits, 2, "8 b"}, {top.DecimalBits, 248, "992 b"}, {top.DecimalBits, 250, "1.00 kb"}, {top.DecimalBits, 25e9, "100 Gb"},
		{top.BinaryBits, 254, "1016 b"}, {top.BinaryBits, 256, "1.00 Kib"}, {top.BinaryBits, 1 << 62, "16.0 Eib"},
	} {
		s := pair(t)
		s.view.Units = test.units
		s.pass(interval)
		s.change("wg0", receive(0, test.bytes))
		s.shows("Alice", " "+test.want+" ")
	}
}

// TestUnitNames checks that each name sets the units that have it.
func TestUnitNames(t *testing.T) {
	t.Parallel()
	for i, name := range top.UnitNames {
		var u top.Units
		if err := u.Set(name); err != nil || u != top.Units(i) || u.String() != name {
			t.Errorf("Set(%q) = %v, units %d named %q, want %d", name, err, u, u, i)
		}
	}
	for _, name := range []string{"", "KiB", "Bits", "byte"} {
		u := top.DecimalBits
		if err := u.Set(name); err == nil || u != top.DecimalBits {
			t.Errorf("Set(%q) = %v, units %v, want an error, %v", name, err, u, top.DecimalBits)
		}
	}
}
