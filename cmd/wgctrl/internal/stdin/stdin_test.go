//go:build unix

package stdin_test

import (
	"io"
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
	for _, in := range []io.Reader{empty, strings.NewReader("")} {
		if stdin.IsClosed(in) {
			t.Errorf("IsClosed(an empty %T) = true, want false", in)
		}
	}
	for flag, want := range map[int]bool{os.O_RDONLY: false, os.O_WRONLY: false, os.O_RDWR: true} {
		null, err := os.OpenFile(os.DevNull, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer null.Close()
		if got := stdin.IsClosed(null); got != want {
			t.Errorf("IsClosed(null device opened with flag %d) = %t, want %t", flag, got, want)
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
			t.Errorf("Names(%q) = %t, want %t", path, got, want)
		}
	}
}
