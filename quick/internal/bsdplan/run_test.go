//go:build unix

package bsdplan_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
)

// TestRun runs programs that all Unix systems have.
func TestRun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		command bsdplan.Command
		out     string
		fails   bool
	}{
		{"words", bsdplan.Command{Words: []string{"printf", "[%s]", "$(touch x)", "a b", "*"}}, "[$(touch x)][a b][*]", false},
		{"input", bsdplan.Command{Words: []string{"cat"}, Input: "text\n"}, "text\n", false},
		{"environment", bsdplan.Command{Words: []string{"sh", "-c", "echo $A $LC_ALL"}, Env: []string{"A=b"}}, "b C\n", false},
		{"failure", bsdplan.Command{Words: []string{"false"}}, "", true},
		{"failure without effect", bsdplan.Command{Words: []string{"false"}, MayFail: true}, "", false},
		{"second program", bsdplan.Command{Words: []string{"false"}, Else: []string{"echo", "x"}}, "x\n", false},
		{"second program fails", bsdplan.Command{Words: []string{"false"}, Else: []string{"false"}}, "", true},
		{"missing program", bsdplan.Command{Words: []string{"missing-program-of-this-test"}, Else: []string{"echo", "x"}}, "x\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := bsdplan.Runner{Stdout: &out}.Run(t.Context(), tt.command)
			if out.String() != tt.out || (err != nil) != tt.fails {
				t.Errorf("Run(%v) = %v with output %q, want output %q, failure %v", tt.command, err, out.String(), tt.out, tt.fails)
			}
		})
	}
}

// TestRunOutput shows that a failing program does not empty the file.
func TestRunOutput(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out")
	c := bsdplan.Command{Words: []string{"printf", `search %s\n`, "a b"}, Output: path}
	if err := (bsdplan.Runner{}).Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	c.Words = []string{"false"}
	if err := (bsdplan.Runner{}).Run(t.Context(), c); err == nil {
		t.Error("Run of false = nil, want an error")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "search a b\n" {
		t.Errorf("file = %q, %v, want %q", got, err, "search a b\n")
	}
}

// TestRunExists shows that an interface that exists is not created in another way.
func TestRunExists(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	ifconfig := filepath.Join(t.TempDir(), "ifconfig")
	if err := os.Symlink(bash, ifconfig); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := bsdplan.Command{
		Words: []string{ifconfig, "-c", "echo 'ifconfig: ioctl SIOCSIFNAME (set name): File exists' >&2; false"},
		Else:  []string{"echo", "x"},
	}
	if err := (bsdplan.Runner{Stdout: &out}).Run(t.Context(), c); !errors.Is(err, fs.ErrExist) || out.Len() > 0 {
		t.Errorf("Run = %v with output %q, want %v and no output", err, out.String(), fs.ErrExist)
	}
}

// TestQueries shows that a Runner also asks.
func TestQueries(t *testing.T) {
	t.Parallel()
	var q bsdplan.Querier = bsdplan.Runner{}
	if got, err := q.Output(t.Context(), "printf", "%s", "a b"); got != "a b" || err != nil {
		t.Errorf("Output = %q, %v, want %q", got, err, "a b")
	}
	if got, err := q.Output(t.Context(), "false"); err == nil {
		t.Errorf("Output of false = %q, nil, want an error", got)
	}
	dir := t.TempDir()
	if !q.Exists(dir) || q.Exists(filepath.Join(dir, "x")) {
		t.Errorf("Exists = %v, %v, want true, false", q.Exists(dir), q.Exists(filepath.Join(dir, "x")))
	}
}

// TestRunErrors shows what an error wraps and says.
func TestRunErrors(t *testing.T) {
	t.Parallel()
	c := bsdplan.Command{Words: []string{"sh", "-c", "echo reason >&2; exit 3"}}
	err := bsdplan.Runner{}.Run(t.Context(), c)
	exit, ok := errors.AsType[*exec.ExitError](err)
	if want := "sh -c echo reason >&2; exit 3: exit status 3: reason"; !ok || exit.ExitCode() != 3 || err.Error() != want {
		t.Errorf("Run = %v, want %s", err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.MayFail = true
	if err := (bsdplan.Runner{}).Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("Run with a cancelled context = %v, want %v", err, context.Canceled)
	}
}
