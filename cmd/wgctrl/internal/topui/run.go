// Package topui shows package top's view on a terminal, with Bubble Tea.
//
// It knows keys, ticks and how events reach the view without holding up the
// screen, and refuses to know what is on the screen.
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

// ErrInterrupted is what Run returns after Ctrl-C.
var ErrInterrupted = errors.New("interrupted")

// Events begins a Watch.
type Events func(context.Context) iter.Seq2[wgtypes.Event, error]

// Options are what Run shows, and where.
type Options struct {
	Board *top.Board
	View  *top.View // of the Board
	// Events are those of a Watch that ends with a context. They are waited for
	// on a goroutine of their own: while none comes, keys act and time passes all
	// the same.
	Events Events
	// In is where keys come from; nil is the terminal of the process.
	In io.Reader
	// Out is the terminal.
	Out io.Writer
}

// Run shows the view until someone ends it. It returns nil for the key that does
// so, ErrInterrupted, the error that ended the events, or ctx's. By then no
// goroutine waits for events any more, and the terminal is as it was.
func Run(ctx context.Context, o Options) error {
	running, cancel := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()

	options := []tea.ProgramOption{tea.WithOutput(o.Out), tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond)}
	if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	// NB: every end is a tea.Quit, that of ctx too, which ends the events: from a
	// program that is killed, Bubble Tea returns while it reads keys.
	program := tea.NewProgram(&model{board: o.Board, view: o.View}, options...)
	events := make(chan wgtypes.Event)
	tasks.Go(func() { program.Send(ended{Feed(running, o.Events, events)}) })
	tasks.Go(func() { pump(running, events, program.Send) })

	last, err := program.Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	}
	return last.(*model).err
}
