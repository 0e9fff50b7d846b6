package wgcompare

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// TestUserspace compares over wireguard-go's devices, in this process.
func TestUserspace(t *testing.T) {
	t.Parallel()
	compare(t, false)
}

// TestKernel compares over the kernel's.
func TestKernel(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/sys/module/wireguard"); err != nil {
		unavailable(t, "WGTEST_KERNEL", "the kernel's module is not loaded")
	}
	compare(t, true)
}

// unavailable skips a test that needs what the machine does not have, unless
// the environment says that it was meant to have it.
func unavailable(t *testing.T, variable, reason string) {
	t.Helper()
	if os.Getenv(variable) != "" {
		t.Fatalf("%s is set, but %s", variable, reason)
	}
	t.Skip(reason)
}

func compare(t *testing.T, kernel bool) {
	p, err := findPrograms()
	if err != nil {
		unavailable(t, "WGTEST_REFERENCE", err.Error())
	}
	if os.Geteuid() != 0 {
		unavailable(t, "WGTEST_REFERENCE", "worlds of their own need root")
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

// condition tells whether a line of a script is for this run.
//
//	kernel      devices are the kernel's
//	userspace   devices are wireguard-go's
//	self        the reference is compared with itself
//	distro      the reference's other programs can run, wg-quick and ip among them
//	since:6.16  the kernel is not older
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

// since compares a version of the kernel, such as 6.16, with the one that runs.
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

func TestPeersInOrder(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                "\n",
		"listen_port=1\n": "listen_port=1\n",
		"listen_port=1\npublic_key=b\nx=1\npublic_key=a\ny=1\n": "listen_port=1\npublic_key=a\ny=1\npublic_key=b\nx=1\n",
		"public_key=b\npublic_key=a\nx=1\n":                     "public_key=a\nx=1\npublic_key=b\n",
	} {
		if got := inOrder(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
