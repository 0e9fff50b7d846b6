package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const (
	progressAfter = time.Second            // when progress appears first
	progressEvery = 100 * time.Millisecond // shortest time between two updates
)

// progress shows the number of peers read or written on a terminal.
type progress struct {
	w     io.Writer
	began time.Time
	shown time.Time                 // zero before the first time
	read  map[wgtypes.DeviceRef]int // peers of each device
}

// showProgress returns cf with Clients that show their progress on w, if it is a
// terminal, and a function that clears the display.
func (cf clientFlags) showProgress(w io.Writer) (clientFlags, func()) {
	if !isTerminal(w) {
		return cf, func() {}
	}
	cf.progress = newProgress(w)
	return cf, cf.progress.clear
}

func newProgress(w io.Writer) *progress {
	return &progress{w: w, began: time.Now(), read: make(map[wgtypes.DeviceRef]int)}
}

// update shows how many peers have been written or, of all devices, read.
func (p *progress) update(g wgctrl.Progress) {
	if g.Total == 0 {
		p.read[g.Device] = g.Done
	}
	now := time.Now()
	if now.Sub(p.began) < progressAfter || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	if g.Total > 0 {
		fmt.Fprintf(p.w, "\r\x1b[Kwgctrl: %d of %d peers written", g.Done, g.Total)
		return
	}
	sum := 0
	for _, n := range p.read {
		sum += n
	}
	fmt.Fprintf(p.w, "\r\x1b[Kwgctrl: %d peers read", sum)
}

func (p *progress) clear() {
	if !p.shown.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
