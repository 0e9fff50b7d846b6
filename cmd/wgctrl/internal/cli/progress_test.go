package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What lasts is shown, seldom enough to be read, and taken away at the end.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := &progress{w: &out, began: time.Now()}
		p.tell(1, 10)
		time.Sleep(progressAfter - 1)
		p.tell(2, 10)
		p.clear()
		if out.Len() > 0 {
			t.Fatalf("too early: %q", out.String())
		}
		time.Sleep(time.Nanosecond)
		p.tell(3, 10)
		p.tell(4, 10)
		time.Sleep(progressEvery)
		p.tell(5, 0)
		p.clear()
		want := "\r\x1b[Kwgctrl: 3 of 10 peers written" + "\r\x1b[Kwgctrl: 5 peers read" + "\r\x1b[K"
		if out.String() != want {
			t.Errorf("%q, want %q", out.String(), want)
		}
	})
}

// Nothing is shown to what is no terminal.
func TestProgressElsewhere(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if ctx, done := withProgress(t.Context(), &out); ctx != t.Context() {
		t.Error("the context was changed")
	} else {
		done()
	}
}
