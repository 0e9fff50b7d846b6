package leaktest

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

// TestLeaks is not in parallel, nor are the others here: what other tests have
// would count.
func TestLeaks(t *testing.T) {
	var file *os.File
	stop := make(chan struct{})
	defer close(stop)
	for name, test := range map[string]struct {
		do   suite
		want string // "" for nothing left
	}{
		"nothing":        {func() {}, ""},
		"ends by itself": {func() { go time.Sleep(20 * time.Millisecond) }, ""},
		"a goroutine":    {func() { go waitFor(stop) }, "leaktest_test.go"},
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
		patience := 5 * time.Second
		if test.want != "" {
			patience = 0
		}
		var out strings.Builder
		code := run(test.do, patience, &out)
		if (code == 1) != (test.want != "") || !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: code %d, %s", name, code, out.String())
		}
	}
	file.Close()
}

func waitFor(c chan struct{}) { <-c }

// failing tests keep their own code.
type failing struct{}

func (failing) Run() int { return 2 }

func TestCodeStays(t *testing.T) {
	if code := run(failing{}, time.Second, io.Discard); code != 2 {
		t.Errorf("code %d", code)
	}
}
