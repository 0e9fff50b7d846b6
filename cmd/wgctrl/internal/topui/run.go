// Package topui runs the live view of package top on a terminal, with Bubble Tea. It
// passes keys, ticks and events to the view and draws its screen.
package topui

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ErrInterrupted is returned by Run after Ctrl-C.
var ErrInterrupted = errors.New("interrupted")

// Events starts a Watch that ends with the context.
type Events func(context.Context) iter.Seq2[wgtypes.Event, error]

// Options configure Run.
type Options struct {
	Board *top.Board
	View  *top.View // of the Board
	// Events are read on a goroutine of their own, so that a Watch that waits
	// does not block keys.
	Events Events
	// In is the source of keys. If nil, it is the terminal of the process.
	In io.Reader
	// Out is the terminal.
	Out io.Writer
}

// Run shows the view until the user quits, which returns nil, or presses Ctrl-C,
// which returns ErrInterrupted. It also ends with the error of the events or of
// ctx. Run restores the terminal, and its goroutines have ended when it returns.
func Run(ctx context.Context, o Options) error {
	running, cancel := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()

	options := []tea.ProgramOption{tea.WithOutput(o.Out), tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond)}
	if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	// Cancelling ctx ends the events, whose error quits. With tea.WithContext,
	// Bubble Tea would return while it still reads keys.
	program := tea.NewProgram(&model{board: o.Board, view: o.View}, options...)
	events := make(chan wgtypes.Event)
	tasks.Go(func() { program.Send(ended{Feed(running, o.Events, events)}) })
	tasks.Go(func() { pump(running, events, program.Send) })

	last, err := program.Run()
	if err != nil {
		return err
	}
	return last.(*model).err
}
