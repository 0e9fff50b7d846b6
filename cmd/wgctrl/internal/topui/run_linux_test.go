package topui_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"os"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/topui"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// shown is a Run on a new terminal.
type shown struct {
	t      *testing.T
	screen *os.File
	text   []byte
	result chan error
}

// show starts Run with these events.
func show(t *testing.T, ctx context.Context, events topui.Events) *shown {
	t.Helper()
	screen, terminal, err := testutil.OpenTerminal()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		terminal.Close()
		screen.Close()
	})
	s := &shown{t: t, screen: screen, result: make(chan error, 1)}
	board := top.NewBoard(top.Options{Interval: time.Second})
	go func() {
		s.result <- topui.Run(ctx, topui.Options{Board: board, View: top.NewView(board), Events: events, In: terminal, Out: terminal})
	}()
	return s
}

// awaits reads the terminal until it has received the text.
func (s *shown) awaits(text string) {
	s.t.Helper()
	buf := make([]byte, 1<<16)
	for !bytes.Contains(s.text, []byte(text)) {
		n, err := s.screen.Read(buf)
		if err != nil {
			s.t.Fatalf("Read: %v; screen received %q, want %q", err, s.text, text)
		}
		s.text = append(s.text, buf[:n]...)
	}
	s.text = nil
}

func (s *shown) press(keys string) {
	s.t.Helper()
	if _, err := s.screen.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// ends waits for the end of Run and checks its error.
func (s *shown) ends(want error) {
	s.t.Helper()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		buf := make([]byte, 1<<16)
		for {
			if _, err := s.screen.Read(buf); err != nil {
				return
			}
		}
	}()
	if err := <-s.result; !errors.Is(err, want) {
		s.t.Errorf("Run = %v, want %v", err, want)
	}
	s.screen.Close()
	<-drained
}

// silence yields no event until its context ends, like the Watch of a system that
// hangs.
func silence(ctx context.Context) iter.Seq2[wgtypes.Event, error] {
	return func(yield func(wgtypes.Event, error) bool) {
		<-ctx.Done()
		yield(wgtypes.Event{}, ctx.Err())
	}
}

// TestRunWithoutEvents checks that the screen is drawn and keys work while there are
// no events.
func TestRunWithoutEvents(t *testing.T) {
	t.Parallel()
	s := show(t, t.Context(), silence)
	s.awaits("looking for devices")
	s.press("?")
	s.awaits("any key goes back")
	s.press("x")
	s.awaits("looking for devices")
	s.press("q")
	s.ends(nil)
}

// TestRunWithManyEvents checks that an endless series of events does not block keys.
func TestRunWithManyEvents(t *testing.T) {
	t.Parallel()
	s := show(t, t.Context(), func(context.Context) iter.Seq2[wgtypes.Event, error] {
		return func(yield func(wgtypes.Event, error) bool) {
			d := &wgtypes.Device{Name: "flooded", Kind: wgtypes.KindUserspace}
			for yield(wgtypes.Event{Kind: wgtypes.EventDeviceAdded, Time: time.Now(), Device: wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind}, NewDevice: d}, nil) {
			}
		}
	})
	s.awaits("flooded")
	s.press("/")
	s.awaits("enter")
	s.press("\r")
	s.press("q")
	s.ends(nil)
}

// TestRunEnds ends Run by Ctrl-C, by its context and by its events.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	s := show(t, t.Context(), silence)
	s.awaits("looking for devices")
	s.press("\x03")
	s.ends(topui.ErrInterrupted)

	ctx, cancel := context.WithCancel(t.Context())
	s = show(t, ctx, silence)
	s.awaits("looking for devices")
	cancel()
	s.ends(context.Canceled)

	broken := errors.New("no more")
	s = show(t, t.Context(), func(context.Context) iter.Seq2[wgtypes.Event, error] {
		return func(yield func(wgtypes.Event, error) bool) { yield(wgtypes.Event{}, broken) }
	})
	s.ends(broken)
}
