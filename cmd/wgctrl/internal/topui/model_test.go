package topui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func newModel() *model {
	board := top.NewBoard(top.Options{Interval: time.Second})
	return &model{board: board, view: top.NewView(board)}
}

// shows checks that the screen contains the text.
func (m *model) shows(t *testing.T, text string) {
	t.Helper()
	v := m.View()
	if !strings.Contains(v.Content, text) || !v.AltScreen {
		t.Errorf("View() = %q, alternate screen %t, want it to contain %q, on the alternate screen", v.Content, v.AltScreen, text)
	}
}

// TestModelMessages checks what sizes, events, ticks and pasted text change.
func TestModelMessages(t *testing.T) {
	t.Parallel()
	m := newModel()
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	m.shows(t, "looking for devices")
	device := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindUserspace}
	ref := wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindUserspace}
	m.Update(batch{{Kind: wgtypes.EventDeviceAdded, Device: ref, NewDevice: device}, {Kind: wgtypes.EventReady}})
	m.shows(t, "wg0 ")
	m.shows(t, "1 device")
	m.board.Apply(wgtypes.Event{Kind: wgtypes.EventDeviceAdded, Device: wgtypes.DeviceRef{Name: "wg1"}, NewDevice: device})
	m.shows(t, "1 device")
	m.Update(tick{})
	m.shows(t, "2 devices")
	m.Update(tea.KeyPressMsg{Code: '/', Text: "/"})
	m.Update(tea.PasteMsg{Content: "alice"})
	m.shows(t, "/alice_")
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 3})
	if lines := strings.Count(m.View().Content, "\n") + 1; lines != 3 {
		t.Errorf("View() has %d lines, want 3", lines)
	}
}

// TestModelWheel checks which directions of the wheel scroll.
func TestModelWheel(t *testing.T) {
	t.Parallel()
	m := newModel()
	m.Update(tea.WindowSizeMsg{Width: 60, Height: 10})
	m.Update(tea.KeyPressMsg{Code: '?', Text: "?"})
	for _, test := range []struct {
		button tea.MouseButton
		want   string
	}{{tea.MouseWheelDown, "lines 4 to 11"}, {tea.MouseWheelLeft, "lines 4 to 11"}, {tea.MouseWheelUp, "lines 1 to 8"}} {
		m.Update(tea.MouseWheelMsg{X: 2, Y: 4, Button: test.button})
		m.shows(t, test.want)
	}
	if mode := m.View().MouseMode; mode != tea.MouseModeCellMotion {
		t.Errorf("View().MouseMode = %v, want %v", mode, tea.MouseModeCellMotion)
	}
}

// TestModelEnds checks which messages end the program, and with which error.
func TestModelEnds(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, test := range []struct {
		msg  tea.Msg
		want error
	}{
		{tea.KeyPressMsg{Code: 'q', Text: "q"}, nil},
		{tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}, ErrInterrupted},
		{ended{broken}, broken},
	} {
		m := newModel()
		_, cmd := m.Update(test.msg)
		if cmd == nil {
			t.Errorf("Update(%v) returns no command, want tea.Quit", test.msg)
			continue
		}
		if _, ok := cmd().(tea.QuitMsg); !ok || m.err != test.want {
			t.Errorf("Update(%v) sends %v, error %v, want a QuitMsg, %v", test.msg, cmd(), m.err, test.want)
		}
	}
	m := newModel()
	if _, cmd := m.Update(tea.KeyPressMsg{Code: 'z', Mod: tea.ModCtrl}); cmd == nil {
		t.Error("Update(ctrl+z) returns no command, want tea.Suspend")
	} else if _, ok := cmd().(tea.SuspendMsg); !ok {
		t.Errorf("Update(ctrl+z) sends %v, want a SuspendMsg", cmd())
	}
	if _, cmd := m.Update(tea.KeyPressMsg{Code: 's', Text: "s"}); cmd != nil {
		t.Errorf("Update(s) sends %v, want no command", cmd())
	}
}
