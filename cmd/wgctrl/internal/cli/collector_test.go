package cli

import (
	"context"
	"io"
	"runtime/debug"
	"strings"
	"testing"
)

// TestCollection: words that run for days collect garbage as Go does, unless the
// environment says otherwise.
func TestCollection(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		env, word string
		want      int
	}{
		{"", "version", 400}, {"", "watch", 100}, {"", "top", 100},
		{"50", "version", 50}, {"50", "watch", 50}, {"50", "top", 50},
	} {
		t.Setenv("GOGC", test.env)
		debug.SetGCPercent(50)
		RareCollection()
		Run(ended, []string{"--backend", "userspace", "--socket-dir", t.TempDir(), test.word}, Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
		if got := debug.SetGCPercent(100); got != test.want {
			t.Errorf("GOGC=%s %s: %d percent, want %d", test.env, test.word, got, test.want)
		}
	}
}
