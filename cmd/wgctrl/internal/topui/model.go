package topui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
)

// model is a tea.Model. Only Bubble Tea's loop uses it.
type model struct {
	board *top.Board
	view  *top.View
	err   error // to be returned by Run
	drawn []byte
}

func (m *model) Init() tea.Cmd { return nil }

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.view.Resize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		return m, m.press(msg)
	case tea.MouseWheelMsg:
		m.wheel(msg)
	case tea.PasteMsg:
		m.view.Type(msg.Content)
	case batch:
		for _, e := range msg {
			m.board.Apply(e)
		}
		m.view.Update(time.Now())
	case tick:
		m.view.Update(time.Now())
	case ended:
		m.err = msg.err
		return m, tea.Quit
	}
	return m, nil
}

func (m *model) press(key tea.KeyPressMsg) tea.Cmd {
	switch name := key.String(); name {
	case "ctrl+c":
		m.err = ErrInterrupted
		return tea.Quit
	case "ctrl+z":
		return tea.Suspend
	default:
		if m.view.Key(name) {
			return tea.Quit
		}
	}
	return nil
}

func (m *model) wheel(mouse tea.MouseWheelMsg) {
	switch mouse.Button {
	case tea.MouseWheelUp:
		m.view.Wheel(mouse.Y, -1)
	case tea.MouseWheelDown:
		m.view.Wheel(mouse.Y, 1)
	}
}

// View draws the screen. Bubble Tea sends only the differences to the terminal.
func (m *model) View() tea.View {
	m.drawn = m.view.AppendScreen(m.drawn[:0])
	v := tea.NewView(string(m.drawn))
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	return v
}
