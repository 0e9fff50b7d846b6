package wgcompare

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/e2e/program"
	"github.com/wgctrl/wgctrl/internal/testutil"
)

func TestMain(m *testing.M) {
	os.Exit(program.Run(func() int { return testutil.RunMain(m) }))
}

// TestUserspace compares with devices of wireguard-go in this process.
func TestUserspace(t *testing.T) {
	t.Parallel()
	compare(t, false)
}

// TestKernel compares with kernel devices.
func TestKernel(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/sys/module/wireguard"); err != nil {
		unavailable(t, "WGTEST_KERNEL", "the module wireguard is not loaded")
	}
	compare(t, true)
}

// unavailable skips a test that the machine cannot run. The test fails instead if
// the environment variable says that the machine must be able to run it.
func unavailable(t *testing.T, variable, reason string) {
	t.Helper()
	if os.Getenv(variable) != "" {
		t.Fatalf("%s, want a machine that can run the test, since %s is set", reason, variable)
	}
	t.Skip(reason)
}

func compare(t *testing.T, kernel bool) {
	p, err := findPrograms()
	if err != nil {
		unavailable(t, "WGTEST_REFERENCE", err.Error())
	}
	if os.Geteuid() != 0 {
		unavailable(t, "WGTEST_REFERENCE", "the test needs root for its namespaces")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		ContinueOnError:     os.Getenv("WGCOMPARE_CONTINUE") == "1",
		Setup:               func(env *testscript.Env) error { return newComparison(env, p, kernel) },
		Condition:           func(name string) (bool, error) { return condition(name, p, kernel) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"daemon":     startDaemon,
			"device":     startDevice,
			"differs":    differs,
			"handshake":  awaitHandshake,
			"nameserver": startNameserver,
			"peers":      writePeers,
			"place":      place,
			"prefixes":   writePrefixes,
			"random":     random,
			"remove":     remove,
			"same":       same,
			"stale":      startStale,
			"write":      write,
		},
	})
}

// condition reports whether a condition of a script holds.
//
//	kernel      the devices are kernel devices
//	userspace   the devices are those of wireguard-go
//	self        the reference is compared with itself
//	distro      other programs of the reference can run, such as wg-quick and ip
//	since:6.16  the kernel has this version or a later one
func condition(name string, p programs, kernel bool) (bool, error) {
	switch {
	case name == "kernel":
		return kernel, nil
	case name == "userspace":
		return !kernel, nil
	case name == "self":
		return self(), nil
	case name == "distro":
		return p.atHome(), nil
	case len(name) > 6 && name[:6] == "since:":
		return since(name[6:])
	}
	return false, os.ErrInvalid
}

var release = regexp.MustCompile(`^(\d+)\.(\d+)`)

// since reports whether the running kernel has the version, such as 6.16, or a
// later one.
func since(version string) (bool, error) {
	var uname unix.Utsname
	if err := unix.Uname(&uname); err != nil {
		return false, err
	}
	want := release.FindStringSubmatch(version)
	have := release.FindStringSubmatch(unix.ByteSliceToString(uname.Release[:]))
	if want == nil || have == nil {
		return false, os.ErrInvalid
	}
	for i := 1; i <= 2; i++ {
		w, _ := strconv.Atoi(want[i])
		h, _ := strconv.Atoi(have[i])
		if w != h {
			return h > w, nil
		}
	}
	return true, nil
}
