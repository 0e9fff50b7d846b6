package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestProgress checks that progress appears after progressAfter, at most once in
// progressEvery, adds up the peers of several devices, and is erased at the end.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := newProgress(&out)
		wg0, wg1 := wgtypes.DeviceRef{Name: "wg0"}, wgtypes.DeviceRef{Name: "wg1"}
		p.update(wgctrl.Progress{Device: wg0, Done: 1, Total: 10})
		time.Sleep(progressAfter - 1)
		p.update(wgctrl.Progress{Device: wg0, Done: 2, Total: 10})
		p.clear()
		if out.Len() > 0 {
			t.Fatalf("within a second, the output is %q, want none", out.String())
		}
		time.Sleep(time.Nanosecond)
		p.update(wgctrl.Progress{Device: wg0, Done: 3, Total: 10})
		p.update(wgctrl.Progress{Device: wg0, Done: 4, Total: 10})
		p.update(wgctrl.Progress{Device: wgtypes.DeviceRef{Name: "wg2"}, Done: 9, Total: 9}) // written, not read
		p.update(wgctrl.Progress{Device: wg0, Done: 1})
		p.update(wgctrl.Progress{Device: wg0, Done: 2})
		time.Sleep(progressEvery)
		p.update(wgctrl.Progress{Device: wg1, Done: 3})
		p.clear()
		want := "\r\x1b[Kwgctrl: 3 of 10 peers written" + "\r\x1b[Kwgctrl: 5 peers read" + "\r\x1b[K"
		if out.String() != want {
			t.Errorf("the output is %q, want %q", out.String(), want)
		}
	})
}

// TestProgressWithoutTerminal checks that progress is shown only on a terminal.
func TestProgressWithoutTerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	shown, done := clientFlags{}.showProgress(&out)
	done()
	if shown.progress != nil || out.Len() > 0 {
		t.Errorf("showProgress of a strings.Builder shows %v and writes %q, want neither", shown.progress, out.String())
	}
}
