package wgquickcommand

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/quick"
	"github.com/wgctrl/wgctrl/wgconf"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

// result is what a run of the command printed and returned.
type result struct {
	code      int
	out, errs string
}

// testEnv returns an environment with the directory of files.
func testEnv(dir string) Env {
	return Env{
		Program: "/usr/bin/wg-quick", In: strings.NewReader(""), Dirs: []string{dir}, Dialect: wgconf.DialectWGQuick,
		LookupEnv: func(string) (string, bool) { return "", false },
		Replace:   func([]string) error { return errors.New("unexpected Replace") },
		Client:    func() (*wgctrl.Client, error) { return nil, errors.New("no client") },
		Clean:     func(text string) string { return text },
	}
}

func run(t *testing.T, env Env, args ...string) (r result) {
	t.Helper()
	var out, errs strings.Builder
	env.Out, env.Err = &out, &errs
	r.code = Run(t.Context(), args, env)
	r.out, r.errs = out.String(), errs.String()
	return r
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestUsage checks that the usage is printed on standard error: on request with 0, and
// for wrong arguments with 1, also for users other than root.
func TestUsage(t *testing.T) {
	t.Parallel()
	env := testEnv(t.TempDir())
	env.UID = 1000
	for args, want := range map[string]int{
		"help": 0, "--help": 0, "-h": 0, "": 1, "up": 1, "status wg0": 1, "up wg0 wg1": 1, "help up": 1, "reload wg0": 1, "--help up": 1,
	} {
		r := run(t, env, strings.Fields(args)...)
		if r.code != want || r.out != "" || !strings.HasPrefix(r.errs, "Usage: wg-quick up | down | save | strip  INTERFACE | FILE\n") {
			t.Errorf("Run(%q) = %d, stdout %q, stderr %q, want %d and the usage on stderr", args, r.code, r.out, r.errs, want)
		}
		if !strings.Contains(r.errs, "in which %i is the name") {
			t.Errorf("Run(%q) prints %q, want that %%i is the name", args, r.errs)
		}
	}
}

// TestBecomeRoot checks that every verb runs sudo or doas for users other than root, before it
// looks at the file.
func TestBecomeRoot(t *testing.T) {
	t.Parallel()
	self := writeFile(t, filepath.Join(t.TempDir(), "wg-quick"), "")
	if err := os.Chmod(self, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath(self); err != nil {
		t.Skipf("this system finds no program by this name: %v", err)
	}
	for _, verb := range []string{"up", "down", "save", "strip"} {
		env := testEnv(t.TempDir())
		env.Program, env.UID = self, 1000
		var argv []string
		env.Replace = func(args []string) error {
			argv = args
			return &exec.Error{Name: "sudo", Err: exec.ErrNotFound}
		}
		r := run(t, env, verb, "wg0")
		prompt := "wg-quick must be run as root. Please enter the password for %u to continue: "
		if want := []string{"sudo", "-p", prompt, "--", self, verb, "wg0"}; !slices.Equal(argv, want) {
			t.Errorf("Run(%s wg0) replaces itself by %q, want %q", verb, argv, want)
		}
		env.Doas = true
		run(t, env, verb, "wg0")
		if want := []string{"doas", "--", self, verb, "wg0"}; !slices.Equal(argv, want) {
			t.Errorf("Run(%s wg0) with doas replaces itself by %q, want %q", verb, argv, want)
		}
		if want := "wg-quick: must be run as root: "; r.code != 127 || !strings.HasPrefix(r.errs, want) {
			t.Errorf("Run(%s wg0) without sudo = %d, stderr %q, want 127 and prefix %q", verb, r.code, r.errs, want)
		}
	}
}

// TestWarnings checks that warnings have the form of the notices of wg-quick(8), and that the
// one about a missing kernel module has its text.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"[!] a warning\n": errors.New("a warning"),
		"[!] Missing WireGuard kernel module. Falling back to slow userspace implementation.\n": fmt.Errorf("%w: starting wireguard-go", quick.ErrNoModule),
	} {
		var errs strings.Builder
		env := testEnv(t.TempDir())
		env.Err = &errs
		c := &command{Env: &env, name: "wg-quick"}
		o, optionsErr := c.options()
		if optionsErr != nil {
			t.Fatal(optionsErr)
		}
		o.OnWarning(err)
		if got := errs.String(); got != want {
			t.Errorf("OnWarning(%v) prints %q, want %q", err, got, want)
		}
	}
}

// TestClientError checks that an error without an exit code gives 1.
func TestClientError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "wg0.conf"), "[Interface]\n")
	for _, verb := range []string{"up", "down", "save"} {
		if r := run(t, testEnv(dir), verb, "wg0"); r.code != 1 || r.errs != "wg-quick: no client\n" {
			t.Errorf("Run(%s wg0) = %d, stderr %q, want 1 and the error of Client", verb, r.code, r.errs)
		}
	}
}

// TestRetriesError checks that a wrong number of retries is an error.
func TestRetriesError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "wg0.conf"), "[Interface]\n")
	env := testEnv(dir)
	env.LookupEnv = func(name string) (string, bool) { return "many", name == "WG_ENDPOINT_RESOLUTION_RETRIES" }
	if r := run(t, env, "up", "wg0"); r.code != 1 || !strings.HasPrefix(r.errs, "wg-quick: WG_ENDPOINT_RESOLUTION_RETRIES: ") {
		t.Errorf("Run(up wg0) = %d, stderr %q, want 1 and an error about the variable", r.code, r.errs)
	}
}

// TestFileErrors checks that each problem of a file has a line, and that down does not
// depend on lines that it does not use.
func TestFileErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, "wg0.conf"), "[Interface]\nListenPort = x\nMTU = y\n[Peer]\n")
	if r := run(t, testEnv(dir), "up", "wg0"); r.code != 1 || strings.Count(r.errs, "wg-quick: "+path+":") != 3 {
		t.Errorf("Run(up wg0) = %d, stderr %q, want 1 and 3 lines about %s", r.code, r.errs, path)
	}
	if r := run(t, testEnv(dir), "down", "wg0"); r.errs != "wg-quick: no client\n" {
		t.Errorf("Run(down wg0) = %d, stderr %q, want only the error of Client", r.code, r.errs)
	}
}
