package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/cli"
)

// readUnit returns the unit of reresolve.
func readUnit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash("../../packaging/systemd/wgctrl-reresolve.service"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestUnit checks the unit with systemd-analyze verify and security.
func TestUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skipf("needs systemd: %v", err)
	}
	// The program must exist.
	unit := strings.ReplaceAll(readUnit(t), "/usr/local/bin/wgctrl", "/bin/true")
	path := filepath.Join(t.TempDir(), "wgctrl-reresolve.service")
	if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", path).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify = %v, want success and no output\n%s", err, out)
	}
	out, err = exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=25", "--no-pager", path).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && strings.Contains(string(out), "unrecognized option") {
		t.Skipf("needs a systemd-analyze that can check files offline: %s", out)
	}
	if err != nil {
		t.Errorf("systemd-analyze security = %v, want success\n%s", err, out)
	}
}

// TestUnitArguments checks that the command accepts the arguments in the unit: the only
// error is that of the interval, which the test adds.
func TestUnitArguments(t *testing.T) {
	t.Parallel()
	m := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/wgctrl (.*) \$ARGS$`).FindStringSubmatch(readUnit(t))
	if m == nil {
		t.Fatal("the unit has no ExecStart of wgctrl with $ARGS, want one")
	}
	args := append(strings.Fields(m[1]), "--interval", "1ns")
	var out, errs strings.Builder
	code := cli.Run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	if want := "wgctrl: invalid --interval 1ns: must be at least 1s\n"; code != 1 || errs.String() != want || out.Len() > 0 {
		t.Errorf("Run(%q) = %d, output %q, errors %q, want 1 and %q", args, code, out.String(), errs.String(), want)
	}
}
