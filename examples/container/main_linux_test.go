package main

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
)

// asProgram is the environment variable that makes the test binary run as the
// program.
const asProgram = "WGCTRL_EXAMPLE_CONTAINER"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(testutil.RunMain(m))
}

const (
	peer = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	conf = "[Interface]\nPrivateKey = iOzV08cn4aPF1PYzBvPqmVvMxgGQZ4XZr2xN6mJRQEI=\n[Peer]\nPublicKey = " + peer + "\nAllowedIPs = 10.0.0.0/24\n"
)

// program returns the program for the device wg1 with a configuration file.
func program(t *testing.T) (cmd *exec.Cmd, errors *bytes.Buffer) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "wg1.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	// Other users can then enter the directory of the file.
	for dir := filepath.Dir(file); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd = exec.CommandContext(t.Context(), "/proc/self/exe", "wg1", file)
	errors = new(bytes.Buffer)
	cmd.Env, cmd.Stderr = append(os.Environ(), asProgram+"=1"), errors
	return cmd, errors
}

// bound limits the capabilities of the calling thread, and of what it starts, to
// keep.
func bound(t *testing.T, keep ...uintptr) {
	t.Helper()
	kept := make(map[uintptr]bool)
	for _, c := range keep {
		kept[c] = true
	}
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if kept[c] {
			continue
		}
		// EINVAL means that this kernel does not have the capability.
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL {
			t.Fatalf("prctl(PR_CAPBSET_DROP, %d) = %v, want no error", c, err)
		}
	}
}

const onlyNetAdmin = "0000000000001000" // 1 << unix.CAP_NET_ADMIN

// TestOnlyNetAdmin runs the program with CAP_NET_ADMIN alone: as root, like a
// container engine with --cap-drop=all --cap-add=net_admin, and as nobody.
func TestOnlyNetAdmin(t *testing.T) {
	t.Parallel()
	for name, nobody := range map[string]bool{"root": false, "nobody": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := wgtest.Kernel(t)
			cmd, problems := program(t)
			if nobody {
				cmd.SysProcAttr = &syscall.SysProcAttr{
					Credential: &syscall.Credential{Uid: 65534, Gid: 65534}, AmbientCaps: []uintptr{unix.CAP_NET_ADMIN},
				}
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			d.NetNS().Do(t, func() {
				if !nobody {
					bound(t, unix.CAP_NET_ADMIN)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
			})
			said, _ := bufio.NewReader(out).ReadString('\n')
			if said != "wg1 is up\n" {
				cmd.Wait()
				t.Fatalf("the program printed %q, want %q; errors: %s", said, "wg1 is up\n", problems)
			}
			check(t, d, cmd)
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil || problems.Len() > 0 {
				t.Errorf("the program ended with %v and the errors %q, want success and none", err, problems)
			}
			if _, err := d.Client(t).Device(t.Context(), "wg1"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Device(%q) after the end = %v, want error wrapping fs.ErrNotExist", "wg1", err)
			}
		})
	}
}

// check checks the device and the capabilities of the running program.
func check(t *testing.T, d *wgtest.Device, cmd *exec.Cmd) {
	t.Helper()
	made, err := d.Client(t).Device(t.Context(), "wg1")
	if err != nil || len(made.Peers) != 1 || made.Peers[0].PublicKey.String() != peer || made.ListenPort == 0 {
		t.Errorf("Device(%q) = %+v, %v, want a device that is up and has the peer %s", "wg1", made, err, peer)
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"CapPrm", "CapEff"} {
		if !strings.Contains(string(status), set+":\t"+onlyNetAdmin+"\n") {
			t.Errorf("/proc/PID/status lacks %s: %s, want only CAP_NET_ADMIN:\n%s", set, onlyNetAdmin, status)
		}
	}
}

// TestNothing checks that without capabilities the program fails and names the one
// that it needs.
func TestNothing(t *testing.T) {
	t.Parallel()
	ns := wgtest.NetNS(t)
	cmd, problems := program(t)
	var err error
	ns.Do(t, func() {
		bound(t)
		err = cmd.Run()
	})
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(problems.String(), "CAP_NET_ADMIN") {
		t.Errorf("the program ended with %v and the errors %q, want a failure with %q", err, problems, "CAP_NET_ADMIN")
	}
}
