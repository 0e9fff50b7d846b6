package top_test

import (
	"strings"
	"testing"
)

// TestHelpScrolls checks that every line of the help can be reached on a small screen,
// with each kind of key, and that other keys go back.
func TestHelpScrolls(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.screen(40, 10)
	s.press("?")
	at := func(keys, want string) {
		t.Helper()
		s.press(keys)
		if screen := s.screen(60, 10); !strings.Contains(screen, "other keys go back  "+want) {
			t.Errorf("after %s, the screen is\n%s\nwant it to contain %q", keys, screen, want)
		}
	}
	at("home", "lines 1 to 8 of ")
	at("down j", "lines 3 to 10 of ")
	at("up", "lines 2 to 9 of ")
	at("k k k", "lines 1 to 8 of ")
	at("pgdown", "lines 8 to 15 of ")
	at("space", "lines 15 to 22 of ")
	at("b", "lines 8 to 15 of ")
	at("pgup pgup", "lines 1 to 8 of ")
	for _, keys := range []string{"end", "G down"} {
		at("g "+keys, "lines ")
		if screen := s.screen(60, 10); !strings.Contains(screen, "  one shown.") {
			t.Errorf("after %s, the screen is\n%s\nwant the end of the help", keys, screen)
		}
	}
	for _, key := range []string{"x", "q", "?", "esc", "enter"} {
		s.press("? down " + key)
		if screen := s.screen(40, 10); !strings.Contains(screen, "Alice") {
			t.Errorf("after %s, the screen is\n%s\nwant the peers", key, screen)
		}
		s.press("?")
		at("j k", "lines 1 to 8 of ")
		s.press("q")
	}
}

// TestHelpIsComplete checks that the words of the help are the same at each width, and
// that no line is cut.
func TestHelpIsComplete(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.press("?")
	words := func(width int) string {
		lines := strings.Split(s.screen(width, 100), "\n")
		return strings.Join(strings.Fields(strings.Join(lines[1:99], " ")), " ")
	}
	want := words(200)
	for width := 38; width < 200; width++ {
		if got := words(width); got != want {
			t.Errorf("at width %d, the help is\n%s\nwant\n%s", width, got, want)
		}
	}
}

// TestHelpResized checks that the help is shown from its top once it fits.
func TestHelpResized(t *testing.T) {
	t.Parallel()
	s := pair(t)
	s.screen(40, 10)
	s.press("? end")
	if screen := s.screen(80, 60); !strings.Contains(screen, "quit") || !strings.Contains(screen, "any key goes back") {
		t.Errorf("screen is\n%s\nwant all of the help", screen)
	}
}
