package top_test

import (
	"strings"
	"testing"
)

// TestWheelPeers checks that the wheel scrolls peers by three lines within the list,
// and that it moves the cursor only at the edge of the screen.
func TestWheelPeers(t *testing.T) {
	t.Parallel()
	s := crowd(t, 100)
	for _, test := range []struct {
		steps        int
		want, cursor string
	}{
		{1, "peers 4 to 20 of 100", ""}, {2, "peers 10 to 26 of 100", ""}, {-1, "peers 7 to 23 of 100", ""}, {-9, "peers 1 to 17 of 100", ""},
		{99, "peers 84 to 100 of 100", ""},
	} {
		s.view.Wheel(12, test.steps)
		s.has(test.want)
		s.atCursor("the wheel", test.cursor)
	}
	s.press("home down down down")
	s.atCursor("the third down", "peer 00097")
	s.view.Wheel(12, 1)
	s.has("peers 4 to 20 of 100")
	s.atCursor("the wheel", "peer 00096")
	s.view.Wheel(12, -1)
	s.has("peers 1 to 17 of 100")
	s.atCursor("the wheel back", "peer 00096")
	s.view.Wheel(12, 2)
	s.press("pgdown")
	s.view.Wheel(12, -9)
	s.has("peers 1 to 17 of 100")
	s.atCursor("the wheel to the top", "peer 00083")
}

// TestWheelDevices checks that the wheel scrolls devices if it is above the peers, and
// that it leaves the selection as it is.
func TestWheelDevices(t *testing.T) {
	t.Parallel()
	s := street(t, 20)
	s.view.Wheel(8, 2)
	s.has("  wg02 ", "  wg07 ")
	s.lacks("  wg01 ")
	s.view.Wheel(9, 1) // the first line below the devices
	s.has("peers 4 to 15 of 20", "  wg02 ")
	s.press("d")
	s.has("> wg00 ")
	s.view.Wheel(0, 99)
	s.has("  wg19 ", "d wg00", "peers 1 to 1 of 1")
	s.view.Wheel(3, -99)
	s.has("> wg00 ")
	s.screen(40, 10)
	s.view.Wheel(1, 1)
	if screen := s.screen(40, 10); !strings.Contains(screen, "\n  wg01 ") {
		t.Errorf("screen is\n%s\nwant the second device", screen)
	}
}

// TestWheelHelp checks that the wheel scrolls the help and does not leave it.
func TestWheelHelp(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.press("?")
	for _, test := range []struct {
		steps int
		want  string
	}{{1, "lines 4 to 11 of"}, {-5, "lines 1 to 8 of"}} {
		s.screen(60, 10)
		s.view.Wheel(3, test.steps)
		if screen := s.screen(60, 10); !strings.Contains(screen, test.want) {
			t.Errorf("screen is\n%s\nwant it to contain %q", screen, test.want)
		}
	}
	s.screen(80, 24)
	s.view.Wheel(3, 1)
	s.has("any key goes back", "q, ctrl+c")
}
