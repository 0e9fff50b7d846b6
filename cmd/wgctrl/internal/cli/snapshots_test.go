package cli

import (
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestSnapshotsEnd: when snapshots end, whatever ended them, nothing of them goes
// on, and what went wrong last is said.
func TestSnapshotsEnd(t *testing.T) {
	t.Parallel()
	lost, late := errors.New("nobody reads"), errors.New("late")
	for _, test := range []struct {
		out        io.Writer
		last, want error
		name       string
	}{
		{io.Discard, context.Canceled, nil, "all printed"},
		{io.Discard, late, late, "a late error"},
		{writerFunc(func([]byte) (int, error) { return 0, lost }), context.Canceled, lost, "a lost output"},
	} {
		var ended atomic.Bool
		events := func(ctx context.Context) iter.Seq2[wgtypes.Event, error] {
			return func(yield func(wgtypes.Event, error) bool) {
				defer ended.Store(true)
				if !yield(wgtypes.Event{Kind: wgtypes.EventReady}, nil) {
					return
				}
				<-ctx.Done()
				for range 1000 {
					runtime.Gosched()
				}
				yield(wgtypes.Event{}, test.last)
			}
		}
		cmd := new(cobra.Command)
		cmd.SetContext(t.Context())
		cmd.SetOut(test.out)
		cmd.SetErr(io.Discard)
		board := top.NewBoard(top.Options{Interval: time.Millisecond, PeerName: func(wgtypes.PublicKey) string { return "" }, Reason: reason})
		s := snapshots{board: board, view: top.NewView(board), interval: time.Millisecond, left: 1}
		if err := s.run(cmd, events); err != test.want {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if !ended.Load() {
			t.Errorf("%s: reading goes on", test.name)
		}
	}
}

// writerFunc is a function that is written to.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
