//go:build unix

package stdin_test

import (
	"os"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/stdin"
)

func TestIsClosed(t *testing.T) {
	t.Parallel()
	empty, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if stdin.IsClosed(empty) || stdin.IsClosed(strings.NewReader("")) {
		t.Error("an empty input is said to be closed")
	}
	for flag, want := range map[int]bool{os.O_RDONLY: false, os.O_WRONLY: false, os.O_RDWR: true} {
		null, err := os.OpenFile(os.DevNull, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer null.Close()
		if got := stdin.IsClosed(null); got != want {
			t.Errorf("the null device, opened with %d, is closed: %t", flag, got)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/dev/stdin": true, "/dev//fd/0": true, "/proc/self/fd/0": true, "/dev/./stdin": true,
		"/dev/null": false, "/dev/fd/3": false, "stdin": false, "": false, "-": false,
	} {
		if got := stdin.Names(path); got != want {
			t.Errorf("%q is a name of standard input: %t", path, got)
		}
	}
}
