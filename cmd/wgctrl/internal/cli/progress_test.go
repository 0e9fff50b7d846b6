package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgress checks that progress appears after progressAfter, at most once in
// progressEvery, and is erased at the end.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := &progress{w: &out, began: time.Now()}
		p.tell(1, 10)
		time.Sleep(progressAfter - 1)
		p.tell(2, 10)
		p.clear()
		if out.Len() > 0 {
			t.Fatalf("output before progressAfter = %q, want none", out.String())
		}
		time.Sleep(time.Nanosecond)
		p.tell(3, 10)
		p.tell(4, 10)
		time.Sleep(progressEvery)
		p.tell(5, 0)
		p.clear()
		want := "\r\x1b[Kwgctrl: 3 of 10 peers written" + "\r\x1b[Kwgctrl: 5 peers read" + "\r\x1b[K"
		if out.String() != want {
			t.Errorf("output = %q, want %q", out.String(), want)
		}
	})
}

// TestProgressWithoutTerminal checks that progress is shown only on a terminal.
func TestProgressWithoutTerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if ctx, done := withProgress(t.Context(), &out); ctx != t.Context() {
		t.Error("withProgress on a buffer returns a new context, want the same")
	} else {
		done()
	}
}
