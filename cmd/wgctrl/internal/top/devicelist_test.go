package top_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// street returns a scene with n devices wg00, wg01, ... that have a peer each.
func street(t *testing.T, n int) *scene {
	s := newScene(t, nil)
	for i := range n {
		name := fmt.Sprintf("wg%02d", i)
		s.set(name, userDevice(name, 1, somePeer(i+1, 0)))
	}
	s.ready()
	s.screen(80, 24)
	return s
}

// TestDeviceList checks the keys that select a device after tab, and that the list
// follows the selection. Six devices fit.
func TestDeviceList(t *testing.T) {
	t.Parallel()
	s := street(t, 20)
	s.press("tab")
	s.has("devices 1 to 6 of 20 (tab: peers)", "peers 1 to 12 of 20")
	for _, test := range []struct{ keys, want, shown string }{
		{"down", "wg00", "1 to 6"}, {"j j", "wg02", "1 to 6"}, {"pgdown", "wg07", "3 to 8"}, {"space", "wg12", "8 to 13"}, {"up k", "wg10", "8 to 13"},
		{"pgup", "wg05", "6 to 11"}, {"b", "wg00", "1 to 6"}, {"up", "", "1 to 6"}, {"up", "", "1 to 6"}, {"G", "wg19", "15 to 20"}, {"down", "wg19", "15 to 20"},
		{"pgdown", "wg19", "15 to 20"}, {"home", "", "1 to 6"}, {"end", "wg19", "15 to 20"}, {"g", "", "1 to 6"}, {"D", "wg19", "15 to 20"}, {"D", "wg18", "15 to 20"},
		{"d d", "", "1 to 6"}, {"d", "wg00", "1 to 6"},
	} {
		s.press(test.keys)
		s.has("devices " + test.shown + " of 20")
		got := ""
		if m := regexp.MustCompile(`(?m)^> (wg\d\d) `).FindStringSubmatch(s.screen(80, 24)); m != nil {
			got = m[1]
			s.has("peers 1 to 1 of 1, 19 not shown")
		}
		if got != test.want {
			t.Errorf("after %s, the selected device is %q, want %q", test.keys, got, test.want)
		}
	}
	s.press("tab")
	s.has("14 more devices")
	s.press("down") // moves the cursor among peers
	s.has("> wg00 ", "\n >")
}

// TestDeviceListResized checks that the selected device stays on the screen when the size
// changes, and that devices which disappear leave no gap.
func TestDeviceListResized(t *testing.T) {
	t.Parallel()
	s := street(t, 20)
	s.press("tab end")
	for _, size := range [][2]int{{40, 10}, {80, 24}, {30, 5}, {200, 60}, {80, 16}} {
		if screen := s.screen(size[0], size[1]); !strings.Contains(screen, "\n> wg19 ") {
			t.Errorf("at %dx%d the screen is\n%s\nwant it to contain %q", size[0], size[1], screen, "> wg19 ")
		}
	}
	for i := range 14 {
		s.set(fmt.Sprintf("wg%02d", i), nil)
	}
	s.has("devices 1 to 6 of 6", "  wg14 ", "> wg19 ")
	if text := string(s.view.AppendText(nil)); strings.Count(text, " userspace ") != 6 {
		t.Errorf("AppendText(nil) =\n%s\nwant 6 devices", text)
	}
}

// TestSelectUnreadable checks that an unreadable device can be selected, but not the
// line that stands for all devices of a kind, and the mark of the selection.
func TestSelectUnreadable(t *testing.T) {
	t.Parallel()
	s := street(t, 3)
	s.unreadable("", "list: no")
	s.unreadable("wg01", "it hangs")
	s.press("tab")
	s.screen(80, 24)
	for _, want := range []string{"!>wg01  unreadable", "> wg00 ", "> wg02 ", "> wg02 "} {
		s.press("down")
		s.has(want)
	}
	s.press("home")
	s.lacks("!>")
	s.press("end")
	s.has("> wg02 ")
	s.set("wg00", nil)
	s.set("wg01", nil)
	s.set("wg02", nil)
	s.press("down end d D pgup")
	s.has("! (userspace devices)  unreadable")
	s.readable("")
	s.press("down end d D pgup home tab d")
	s.has("0 devices")
}

// TestSelectedStyle checks that the selected device is reversed while keys select one.
func TestSelectedStyle(t *testing.T) {
	t.Parallel()
	s := street(t, 2)
	s.unreadable("wg01", "it hangs")
	s.screen(80, 24)
	s.press("tab down")
	s.view.Plain = false
	draw := func() string { return string(s.view.AppendScreen(nil)) }
	if text, want := draw(), "\n\x1b[7m!>wg01  unreadable"; !strings.Contains(text, want) {
		t.Errorf("AppendScreen(nil) = %q, want it to contain %q", text, want)
	}
	s.press("down")
	if text, want := draw(), "\n\x1b[7m> wg00 "; !strings.Contains(text, want) {
		t.Errorf("AppendScreen(nil) = %q, want it to contain %q", text, want)
	}
	s.press("tab")
	if text := draw(); strings.Contains(text, "\x1b[7m") {
		t.Errorf("AppendScreen(nil) = %q, want no reversed line after tab", text)
	}
}
