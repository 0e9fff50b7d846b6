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

// readUnit returns the unit with a name.
func readUnit(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "packaging", "systemd", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// analyzer returns systemd-analyze and a copy of a unit that it accepts: the unit's
// program must exist.
func analyzer(t *testing.T, name, copied string) (analyze, path string) {
	t.Helper()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skipf("needs systemd: %v", err)
	}
	unit := strings.ReplaceAll(readUnit(t, name), "/usr/local/bin/wgctrl", "/bin/true")
	path = filepath.Join(t.TempDir(), copied)
	if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	return analyze, path
}

// TestUnit checks the units with systemd-analyze verify.
func TestUnit(t *testing.T) {
	t.Parallel()
	for name, copied := range map[string]string{
		"wgctrl-reresolve.service": "wgctrl-reresolve.service", "wgctrl-quick@.service": "wgctrl-quick@wg0.service",
	} {
		analyze, path := analyzer(t, name, copied)
		out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", path).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("systemd-analyze verify %s = %v, want success and no output\n%s", name, err, out)
		}
	}
}

// TestUnitSecurity checks the unit of reresolve with systemd-analyze security. That of
// up runs hooks, which may do anything.
func TestUnitSecurity(t *testing.T) {
	t.Parallel()
	analyze, path := analyzer(t, "wgctrl-reresolve.service", "wgctrl-reresolve.service")
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=25", "--no-pager", path).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && strings.Contains(string(out), "unrecognized option") {
		t.Skipf("needs a systemd-analyze that can check files offline: %s", out)
	}
	if err != nil {
		t.Errorf("systemd-analyze security = %v, want success\n%s", err, out)
	}
}

// TestUnitArguments checks that the command accepts the arguments in the units: the only
// error is that of a flag, which the test adds.
func TestUnitArguments(t *testing.T) {
	t.Parallel()
	const dryRun = "wgctrl: invalid --dry-run \"x\": must be true or false\n"
	for _, test := range []struct{ unit, line, flag, want string }{
		{"wgctrl-reresolve.service", `ExecStart=/usr/local/bin/wgctrl (.*) \$ARGS`, "--interval=1ns", "wgctrl: invalid --interval 1ns: must be at least 1s\n"},
		{"wgctrl-quick@.service", `ExecStart=/usr/local/bin/wgctrl (up .*)`, "--dry-run=x", dryRun},
		{"wgctrl-quick@.service", `ExecStop=/usr/local/bin/wgctrl (down .*)`, "--dry-run=x", dryRun},
		{"wgctrl-quick@.service", `ExecReload=/usr/local/bin/wgctrl (reload .*)`, "--dry-run=x", dryRun},
	} {
		m := regexp.MustCompile(`(?m)^` + test.line + `$`).FindStringSubmatch(readUnit(t, test.unit))
		if m == nil {
			t.Errorf("%s has no line %q, want one", test.unit, test.line)
			continue
		}
		args := append(strings.Fields(m[1]), test.flag)
		var out, errs strings.Builder
		code := cli.Run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
		if code != 1 || errs.String() != test.want || out.Len() > 0 {
			t.Errorf("Run(%q) = %d, output %q, errors %q, want 1 and %q", args, code, out.String(), errs.String(), test.want)
		}
	}
}
