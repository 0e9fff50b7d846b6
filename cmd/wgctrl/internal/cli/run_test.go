package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl"
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

// leakChecked fails if goroutines or file descriptors outlive the tests.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int { return testutil.RunMain(l.m) }

// fullDisk is a writer that fails.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestOutputError checks that commands fail if their output cannot be written.
func TestOutputError(t *testing.T) {
	t.Parallel()
	wrong := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(wrong, []byte("[Interface]\nMTU = x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	unformatted := filepath.Join(t.TempDir(), "wg1.conf")
	if err := os.WriteFile(unformatted, []byte("[Interface]\nmtu=1420\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"version"}, {"--version"}, {"--help"}, {"check", wrong}, {"check", "--json", wrong},
		{"fmt", unformatted}, {"fmt", "-l", unformatted}, {"fmt", "-d", unformatted},
	} {
		var stderr bytes.Buffer
		code := Run(t.Context(), args, Streams{In: new(bytes.Buffer), Out: fullDisk{}, Err: &stderr})
		if want := "wgctrl: no space left\n"; code != 1 || stderr.String() != want {
			t.Errorf("Run(%q) = %d, stderr %q, want 1, %q", args, code, stderr.String(), want)
		}
	}
}

// failOnce is a writer whose first Write fails.
type failOnce struct{ failed bool }

func (f *failOnce) Write(b []byte) (int, error) {
	if !f.failed {
		f.failed = true
		return 0, errors.New("no space left")
	}
	return len(b), nil
}

// TestOutputErrorIsKept checks that later writes do not hide the error of the first.
func TestOutputErrorIsKept(t *testing.T) {
	t.Parallel()
	o := &output{Writer: new(failOnce)}
	for range 2 {
		_, _ = o.Write([]byte("x")) // o.err has the error
	}
	if o.err == nil {
		t.Error("error of the output = nil, want that of the first Write")
	}
}

// TestGCPercent checks that commands that run for days use Go's default garbage
// collection, and that GOGC takes precedence.
func TestGCPercent(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		env, command string
		want         int
	}{
		{"", "version", 400}, {"", "watch", 100}, {"", "top", 100},
		{"50", "version", 50}, {"50", "watch", 50}, {"50", "top", 50},
	} {
		t.Setenv("GOGC", test.env)
		debug.SetGCPercent(50)
		ReduceGC()
		Run(ended, []string{"--backend", "userspace", "--socket-dir", t.TempDir(), test.command}, Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
		if got := debug.SetGCPercent(100); got != test.want {
			t.Errorf("GOGC=%s wgctrl %s: GC percent %d, want %d", test.env, test.command, got, test.want)
		}
	}
}

// TestReport checks that each operation that failed has one line.
func TestReport(t *testing.T) {
	t.Parallel()
	read := &wgctrl.OpError{Op: "read", Device: "wg0", Err: errors.Join(errors.New("kernel: no"), errors.New("userspace: not\x1b either"))}
	for _, test := range []struct {
		err  error
		want string
	}{
		{read, "wgctrl: read \"wg0\": kernel: no; userspace: not? either\n"},
		{errors.Join(read, errors.New("other")), "wgctrl: read \"wg0\": kernel: no; userspace: not? either\nwgctrl: other\n"},
		{fmt.Errorf("up wg0: %w", &wgctrl.OpError{Op: "read", Device: "wg0", Err: errors.New("no")}), "wgctrl: up wg0: read \"wg0\": no\n"},
		{errReported, ""},
		{errors.Join(errors.New("one"), errReported, errors.New("two")), "wgctrl: one\nwgctrl: two\n"},
	} {
		var out strings.Builder
		if report(&out, test.err); out.String() != test.want {
			t.Errorf("report(%q) prints %q, want %q", test.err, out.String(), test.want)
		}
	}
}
