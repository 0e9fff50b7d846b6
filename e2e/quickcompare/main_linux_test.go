package quickcompare

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/wgctrl/wgctrl/e2e/program"
)

// TestMain runs the tests, or package quick if the program is called wg-quick.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "wg-quick" {
		os.Exit(runQuick(os.Args[1:]))
	}
	code := program.Run(m.Run)
	os.RemoveAll(userspaceDir())
	os.Exit(code)
}

// environmentOf returns what worlds are made of. Without root, or without the
// original, it skips the test, or fails it if WGTEST_REFERENCE is set.
func environmentOf(t testing.TB) environment {
	t.Helper()
	root := os.Getenv("WGTEST_REFERENCE")
	demanded := root != ""
	if !demanded {
		root = filepath.Join("..", "..", ".cache", "roots", "reference")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = os.Stat(filepath.Join(root, referenceProgram)); err != nil {
		err = fmt.Errorf("no reference (get it with: go run ./e2e/vmtest fetch reference): %w", err)
	} else if os.Geteuid() != 0 {
		err = errors.New("the test needs root for its namespaces")
	}
	switch {
	case err != nil && demanded:
		t.Fatalf("%v; WGTEST_REFERENCE demands the test", err)
	case err != nil:
		t.Skip(err)
	}
	env := environment{root: root, command: program.Path()}
	if !kernelHasWireGuard(t) {
		if env.userspace, err = buildUserspace(); err != nil {
			t.Fatal(err)
		}
	}
	return env
}

// kernelHasWireGuard fails the test if the environment demands a kernel that has.
func kernelHasWireGuard(t testing.TB) bool {
	t.Helper()
	_, err := os.Stat("/sys/module/wireguard")
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("WGTEST_KERNEL") != "" {
		t.Fatal("the module wireguard is not loaded, and WGTEST_KERNEL is set")
	}
	return err == nil
}

// userspaceDir is the directory of wireguard-go's program.
func userspaceDir() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("quickcompare-%d", os.Getpid()))
}

// buildUserspace builds wireguard-go once, and returns the path of the program.
var buildUserspace = sync.OnceValues(func() (string, error) {
	path := filepath.Join(userspaceDir(), "wireguard-go")
	build := exec.Command("go", "build", "-o", path, "golang.zx2c4.com/wireguard")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build wireguard-go: %w\n%s", err, out)
	}
	return path, nil
})
