package cli

import (
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// slowDaemon serves the device name, whose daemon waits before each answer.
func slowDaemon(t *testing.T, dir, name string, wait time.Duration) {
	t.Helper()
	serveSocket(t, dir, name, func(c net.Conn) {
		request := make([]byte, len("get=1\n\n"))
		if _, err := io.ReadFull(c, request); err != nil {
			return
		}
		<-time.After(wait)
		_, _ = io.WriteString(c, "listen_port=7\nerrno=0\n\n") // the client may be gone
	})
}

// TestTimeout checks that --timeout limits how long a daemon may take to answer,
// and that none and 0 set no limit.
func TestTimeout(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	hang(t, dir, "hung")
	slowDaemon(t, dir, "slow", 100*time.Millisecond)
	for timeout, want := range map[string]string{"1ms": "for 1ms", "0.002": "for 2ms"} {
		args := append(flags, "--timeout", timeout, "show", "hung")
		if code, out, errs := runCommand(t, args...); code != 1 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("Run(%q) = %d, stdout %q, stderr %q, want 1, no stdout, an error with %q", args, code, out, errs, want)
		}
	}
	for _, timeout := range []string{"none", "0"} {
		args := append(flags, "--timeout", timeout, "show", "slow", "listen-port")
		if code, out, errs := runCommand(t, args...); code != 0 || out != "7\n" || errs != "" {
			t.Errorf("Run(%q) = %d, stdout %q, stderr %q, want 0, %q", args, code, out, errs, "7\n")
		}
	}
}

// TestTimeoutOfWG checks that under the name wg a daemon may take any time to
// answer: the option follows one that sets a short timeout.
func TestTimeoutOfWG(t *testing.T) {
	t.Parallel()
	dir, _ := newSocketDir(t)
	slowDaemon(t, dir, "slow", 100*time.Millisecond)
	opts := append([]wgctrl.Option{wgctrl.WithReplyTimeout(time.Millisecond)}, wgOptions(runtime.GOOS)...)
	c, err := wgctrl.New(append(opts, wgctrl.WithSocketDirs(dir))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d, err := c.Only(wgtypes.DeviceRef{Kind: wgtypes.KindUserspace}).Device(t.Context(), "slow")
	if err != nil || d.ListenPort != 7 {
		t.Errorf("Device(slow) = %v, %v, want port 7", d, err)
	}
}

// TestHungDaemons checks that the devices that can be read are printed, with one
// error for each daemon that hangs.
func TestHungDaemons(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg1")
	hung := []string{"a0", "wg2"}
	for _, name := range hung {
		hang(t, dir, name)
	}
	for command, want := range map[string]string{
		"":                "wg1   userspace  ",
		"show --json":     `"name": "wg1"`,
		"show --json all": `"name": "wg1"`,
		"show":            "interface: wg1\n",
		"show all":        "interface: wg1\n",
		"show all dump":   "wg1\t(none)\t(none)\t",
	} {
		// The default timeout leaves a healthy daemon time on a busy machine.
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			code, out, errs := runCommand(t, append(flags, strings.Fields(command)...)...)
			if code != 1 || !strings.Contains(out, want) {
				t.Errorf("Run(%q) = %d, stdout\n%s\nwant 1, %q", command, code, out, want)
			}
			if n := strings.Count(errs, "\n"); n != len(hung) {
				t.Errorf("Run(%q) prints %d lines on stderr, want %d:\n%s", command, n, len(hung), errs)
			}
			for _, name := range hung {
				if line := `wgctrl: read "` + name + `" (userspace): no reply from `; strings.Count(errs, line) != 1 {
					t.Errorf("Run(%q) prints\n%s\nwant one line with %q", command, errs, line)
				}
			}
		})
	}
}

// TestConcurrentReads checks that commands read devices concurrently, so that they
// wait once for all daemons that hang: no daemon answers before all are asked.
func TestConcurrentReads(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"": "wg3   userspace  ", "show --json": `"name": "wg3"`, "show": "interface: wg3\n", "show all dump": "wg3\t(none)\t(none)\t7\t",
	} {
		dir, flags := newSocketDir(t)
		names := []string{"wg1", "wg2", "wg3"}
		var asked atomic.Int64
		all := make(chan struct{})
		for _, name := range names {
			serveSocket(t, dir, name, func(c net.Conn) {
				request := make([]byte, len("get=1\n\n"))
				if _, err := io.ReadFull(c, request); err != nil {
					return
				}
				if asked.Add(1) == int64(len(names)) {
					close(all)
				}
				select {
				case <-all:
					_, _ = io.WriteString(c, "listen_port=7\nerrno=0\n\n") // the client may be gone
				case <-t.Context().Done():
				}
			})
		}
		code, out, errs := runCommand(t, append(flags, strings.Fields(command)...)...)
		if code != 0 || errs != "" || !strings.Contains(out, want) {
			t.Errorf("Run(%q) = %d, stdout\n%s\nstderr\n%s\nwant 0, %q", command, code, out, errs, want)
		}
	}
}
