package conffile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/wgconf"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const text = "[Interface]\n"
	path := filepath.Join(t.TempDir(), "conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	in := strings.NewReader("in")
	for path, want := range map[string]string{path: text, "-": "in", os.DevNull: ""} {
		if got, err := conffile.Read(in, path); string(got) != want || err != nil {
			t.Errorf("Read(%q) = %q, %v, want %q, nil", path, got, err, want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const empty = `invalid file name "": must not be empty`
	if got, err := conffile.Read(nil, ""); got != nil || err == nil || err.Error() != empty {
		t.Errorf("Read(\"\") = %q, %v, want %s", got, err, empty)
	}
	missing := filepath.Join(dir, "missing")
	_, want := os.Open(missing)
	if got, err := conffile.Read(nil, missing); got != nil || !errors.Is(err, fs.ErrNotExist) || err.Error() != want.Error() {
		t.Errorf("Read(a missing file) = %q, %v, want %v", got, err, want)
	}
	_, want = os.ReadFile(dir)
	if got, err := conffile.Read(nil, dir); got != nil || err == nil || err.Error() != want.Error() {
		t.Errorf("Read(a directory) = %q, %v, want %v", got, err, want)
	}
	want = errors.New("broken")
	if got, err := conffile.Read(io.MultiReader(strings.NewReader("[Peer]"), failing{want}), "-"); got != nil || err != want {
		t.Errorf("Read(an input that fails) = %q, %v, want %v", got, err, want)
	}
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestReadSize checks the limit for files and for standard input.
func TestReadSize(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "conf")
	for _, size := range []int64{wgconf.MaxSize, wgconf.MaxSize + 1} {
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(file.Truncate(size), file.Close()); err != nil {
			t.Fatal(err)
		}
		text, err := conffile.Read(nil, path)
		tooLarge := size > wgconf.MaxSize
		if want := path + ": file is larger than 64 MiB"; tooLarge != (err != nil) || tooLarge && err.Error() != want || !tooLarge && int64(len(text)) != size {
			t.Errorf("Read(a file of %d bytes) = %d bytes, %v, want the error %q: %t", size, len(text), err, want, tooLarge)
		}
	}
	const want = "standard input: file is larger than 64 MiB"
	if text, err := conffile.Read(zeros{}, "-"); text != nil || err == nil || err.Error() != want {
		t.Errorf("Read(an endless input) = %d bytes, %v, want error %q", len(text), err, want)
	}
}

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
