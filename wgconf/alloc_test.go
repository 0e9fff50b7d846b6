package wgconf_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
)

// TestAllocations: reading a large file costs an allocation for each value that
// is behind a pointer, and few others.
func TestAllocations(t *testing.T) {
	const peers = 1000
	text := large(peers, 10)
	file := wgconf.Parse("wg0.conf", text)
	settings := must(file.Settings(wgconf.DialectWG))
	for _, test := range []struct {
		name string
		most float64
		f    func()
	}{
		{"Parse", 4, func() { wgconf.Parse("wg0.conf", text) }},
		{"Settings of wg", peers + 50, func() { must(file.Settings(wgconf.DialectWG)) }},
		{"Settings of wg-quick", peers + 50, func() { must(file.Settings(wgconf.DialectWGQuick)) }},
		{"Config", 2*peers + 50, func() { must(settings.Config()) }},
		{"Strip", 10, func() { file.Strip() }},
		{"AppendTo", 2*peers + 100, func() { settings.AppendTo(nil) }},
	} {
		if n := testing.AllocsPerRun(5, test.f); n > test.most {
			t.Errorf("%s costs %v allocations, want at most %v", test.name, n, test.most)
		}
	}
}
