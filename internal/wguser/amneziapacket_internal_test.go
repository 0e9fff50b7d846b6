package wguser

import "testing"

// TestRefusedTag checks which tags of a packet the levels accept.
func TestRefusedTag(t *testing.T) {
	t.Parallel()
	const newer = level20 | level30 | level31
	for _, test := range []struct {
		packet    string
		accepting levels // of those that have packets
		tag       string // that the others refuse
	}{
		{"<t>", level15 | level20Old | newer, ""},
		{"<t 1>", newer, "t 1"},
		{"<t><r 1><t>", newer, "t"},
		{"<c>", level15 | level20Old, "c"},
		{"<c><r 1><c>", 0, "c"},
		{"<b 0x01>", level15 | level20Old | newer, ""},
		{"<b 0X01>", level15 | level20Old, "b 0X01"},
		{"<b 01>", newer, "b 01"},
		{"<b 0x01 02>", newer, "b 0x01 02"},
		{"<b 0x1>", level15 | level20Old, "b 0x1"},
		{"<b 0x>", level15 | level20Old, "b 0x"},
		{"<b>", 0, "b"},
		{"<r 1000>", level15 | level20Old | newer, ""},
		{"<r 1001>", newer, "r 1001"},
		{"<r 1 2>", newer, "r 1 2"},
		{"<r>", 0, "r"},
		{"<rc 5>", level20Old | newer, "rc 5"},
		{"<rd 1001>", newer, "rd 1001"},
		{"<rc>", 0, "rc"},
		{"<rd>", 0, "rd"},
		{"<wt 5000>", level15, "wt 5000"},
		{"<wt 5001>", 0, "wt 5001"},
		{"<d>", newer, "d"},
		{"<ds 1>", newer, "ds 1"},
		{"<dz 2>", newer, "dz 2"},
		{"<dz>", 0, "dz"},
		{"<x>", 0, "x"},
		{"< >", 0, " "},
	} {
		for _, level := range []levels{level15, level20Old, level20, level30, level31} {
			want := test.tag
			if level&test.accepting != 0 {
				want = ""
			}
			got := refusedTag(level, test.packet)
			if got != want {
				t.Errorf("refusedTag(%v, %q) = %q, want %q", level.version(), test.packet, got, want)
			}
		}
	}
}
