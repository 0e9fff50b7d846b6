package testutil

import (
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// suite stands for the tests of a package.
type suite func()

func (s suite) Run() int { s(); return 0 }

// TestLeaks does not run in parallel with other tests, whose goroutines it would
// report.
func TestLeaks(t *testing.T) {
	var file *os.File
	stop := make(chan struct{})
	defer close(stop)
	for name, test := range map[string]struct {
		do   suite
		want string // in the output; "" for no leak
	}{
		"nothing":        {func() {}, ""},
		"ends by itself": {func() { go time.Sleep(20 * time.Millisecond) }, ""},
		"a goroutine":    {func() { go waitFor(stop) }, "leak_test.go"},
		"a file": {func() {
			var err error
			if file, err = os.Open(os.DevNull); err != nil {
				t.Fatal(err)
			}
		}, os.DevNull},
	} {
		if name == "a file" && runtime.GOOS != "linux" {
			continue
		}
		timeout, wantCode := 5*time.Second, 0
		if test.want != "" {
			timeout, wantCode = 0, 1
		}
		var out strings.Builder
		code := runMain(test.do, timeout, &out)
		if code != wantCode || !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: runMain = %d with output %q, want %d with %q", name, code, out.String(), wantCode, test.want)
		}
	}
	file.Close()
}

func waitFor(c chan struct{}) { <-c }

// failingSuite stands for tests that fail with a code of their own.
type failingSuite struct{}

func (failingSuite) Run() int { return 2 }

func TestRunMainKeepsCode(t *testing.T) {
	if code := runMain(failingSuite{}, time.Second, io.Discard); code != 2 {
		t.Errorf("runMain = %d, want 2", code)
	}
}
