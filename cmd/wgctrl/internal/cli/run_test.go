package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestMain makes the test binary serve as the command in scripts.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){
		"wgctrl": func() {
			os.Exit(Main(context.Background(), os.Args, Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
		},
	})
}

// leakChecked fails when goroutines or descriptors outlive the tests.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int { return testutil.RunMain(l.m) }

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestOutputIsLost: what was not written was not said.
func TestOutputIsLost(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"--version"}, {"--help"}} {
		var stderr bytes.Buffer
		code := Run(t.Context(), args, Streams{In: new(bytes.Buffer), Out: full{}, Err: &stderr})
		if code != 1 || stderr.String() != "wgctrl: no space left\n" {
			t.Errorf("%q: exit code %d, %q", args, code, stderr.String())
		}
	}
}

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
