package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestTunnelScripts runs scripts with real interfaces, each in namespaces of its own.
// With WGTEST_KERNEL=1 it fails where it would be skipped.
func TestTunnelScripts(t *testing.T) {
	t.Parallel()
	env, err := tunnelEnv(t.TempDir())
	switch {
	case err != nil && os.Getenv("WGTEST_KERNEL") == "1":
		t.Fatalf("WGTEST_KERNEL=1, but %v", err)
	case err != nil:
		t.Skip(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/tunnel",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			return nil
		},
	})
}

// tunnelEnv returns the environment of scripts that create interfaces. Where the kernel has
// no WireGuard, it builds wireguard-go in a directory.
func tunnelEnv(dir string) ([]string, error) {
	env := []string{"WG_ENDPOINT_RESOLUTION_RETRIES=0"}
	if os.Geteuid() != 0 {
		return nil, errors.New("the test needs root for its namespaces")
	}
	if err := exec.Command("unshare", "-n", "-m", "true").Run(); err != nil {
		return nil, fmt.Errorf("unshare -n -m: %w", err)
	}
	if _, err := os.Stat("/sys/module/wireguard"); !errors.Is(err, fs.ErrNotExist) {
		return env, err
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "wireguard-go")
	build := exec.Command("go", "build", "-o", program, "golang.zx2c4.com/wireguard")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build wireguard-go: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return append(env, "WG_QUICK_USERSPACE_IMPLEMENTATION="+program), nil
}
