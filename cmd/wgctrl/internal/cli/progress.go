package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

const (
	progressAfter = time.Second            // when progress appears first
	progressEvery = 100 * time.Millisecond // shortest time between two updates
)

// progress shows the number of peers read or written on a terminal.
type progress struct {
	w     io.Writer
	began time.Time
	shown time.Time // zero before the first time
}

// withProgress returns a context whose operations show their progress on w if w is
// a terminal, and a function that erases the progress.
func withProgress(ctx context.Context, w io.Writer) (context.Context, func()) {
	if !isTerminal(w) {
		return ctx, func() {}
	}
	p := &progress{w: w, began: time.Now()}
	return wginternal.WithProgress(ctx, p.tell), p.clear
}

// tell is a wginternal.Progress.
func (p *progress) tell(done, all int) {
	now := time.Now()
	if now.Sub(p.began) < progressAfter || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	if all == 0 {
		fmt.Fprintf(p.w, "\r\x1b[Kwgctrl: %d peers read", done)
	} else {
		fmt.Fprintf(p.w, "\r\x1b[Kwgctrl: %d of %d peers written", done, all)
	}
}

func (p *progress) clear() {
	if !p.shown.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
