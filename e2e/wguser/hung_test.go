//go:build unix

package wguser_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// badDaemons are daemons that do not reply. ended is closed at the end of the test.
var badDaemons = map[string]struct {
	serve func(c net.Conn, ended <-chan struct{})
	want  error // after the reply timeout
}{
	"hangs": {func(_ net.Conn, ended <-chan struct{}) { <-ended }, os.ErrDeadlineExceeded},
	"hangs in a reply": {func(c net.Conn, ended <-chan struct{}) {
		io.WriteString(c, "listen_port=1\n")
		<-ended
	}, os.ErrDeadlineExceeded},
	"trickles": {func(c net.Conn, ended <-chan struct{}) {
		for {
			if _, err := io.WriteString(c, "a"); err != nil {
				return
			}
			select {
			case <-ended:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}, os.ErrDeadlineExceeded},
	"closes": {func(c net.Conn, _ <-chan struct{}) { testutil.ReadRequest(bufio.NewReader(c)) }, io.ErrUnexpectedEOF},
	"ENOENT": {func(c net.Conn, _ <-chan struct{}) {
		testutil.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, "errno=-2\n\n")
	}, syscall.ENOENT},
	"EACCES": {func(c net.Conn, _ <-chan struct{}) {
		testutil.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, "errno=13\n\n")
	}, syscall.EACCES},
}

// serveDevices creates sockets in dir for the healthy devices and, unless bad is
// nil, the device badName.
func serveDevices(t *testing.T, dir string, bad func(net.Conn, <-chan struct{}), badName string, healthy []string) {
	t.Helper()
	ended := make(chan struct{})
	var serving sync.WaitGroup
	serve := func(name string, handle func(net.Conn)) {
		l, err := net.Listen("unix", filepath.Join(dir, name+".sock"))
		if err != nil {
			t.Fatal(err)
		}
		serving.Go(func() { uapinet.ServeFunc(l, handle) })
		t.Cleanup(func() { l.Close() })
	}
	t.Cleanup(serving.Wait)
	for _, name := range healthy {
		d := &testutil.Daemon{Device: &wgtypes.Device{ListenPort: 1}}
		var mu sync.Mutex
		serve(name, func(c net.Conn) {
			testutil.ServeRequests(c, func(request string) ([]byte, bool) {
				mu.Lock()
				defer mu.Unlock()
				return d.Reply(request), true
			})
		})
	}
	if bad != nil {
		serve(badName, func(c net.Conn) { bad(c, ended) })
	}
	t.Cleanup(func() { close(ended) })
}

// neverAccepts creates a socket whose queue of connections has room for n.
func neverAccepts(t *testing.T, path string, n int) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, n)); err != nil {
		t.Fatal(err)
	}
}

func newClient(t *testing.T, dir string) *wgctrl.Client {
	t.Helper()
	c, err := wgctrl.New(wgctrl.WithSocketDirs(dir), wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithReplyTimeout(500*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// mustReadOthers checks the result of Devices: all healthy devices, and an error of
// one line that names the bad one and wraps want.
func mustReadOthers(t *testing.T, devices []*wgtypes.Device, err error, healthy []string, bad string, want error) {
	t.Helper()
	var got []string
	for _, d := range devices {
		got = append(got, d.Name)
	}
	if !slices.Equal(got, healthy) {
		t.Errorf("Devices = %q, want %q", got, healthy)
	}
	op, ok := errors.AsType[*wgctrl.OpError](err)
	if !ok || op.Device != bad || !errors.Is(err, want) {
		t.Errorf("Devices = %v, want an OpError for %q that wraps %v", err, bad, want)
		return
	}
	if strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), want.Error()) > 1 {
		t.Errorf("Devices = %q, want one line with the cause once", err)
	}
}

// The name of a bad device is before, between or after those of the healthy ones.
var healthyNames, badNames = []string{"wg1", "wg3"}, []string{"wg0", "wg2", "wg4"}

// badNamesOf returns all names for the first bad daemon, and one for the others,
// whose tests take as long as the reply timeout.
func badNamesOf(daemon string) []string {
	if daemon == "hangs" {
		return badNames
	}
	return badNames[1:2]
}

// TestDevicesWithBadDaemon reads all devices while one daemon does not reply. The
// context has no deadline.
func TestDevicesWithBadDaemon(t *testing.T) {
	t.Parallel()
	for name, bad := range badDaemons {
		for _, badName := range badNamesOf(name) {
			t.Run(fmt.Sprintf("%s %s", badName, name), func(t *testing.T) {
				t.Parallel()
				dir := wgtest.SocketDir(t)
				serveDevices(t, dir, bad.serve, badName, healthyNames)
				devices, err := newClient(t, dir).Devices(t.Context())
				mustReadOthers(t, devices, err, healthyNames, badName, bad.want)
			})
		}
	}
	for _, room := range []int{0, 5} {
		t.Run(fmt.Sprintf("never accepts, room for %d", room), func(t *testing.T) {
			t.Parallel()
			dir := wgtest.SocketDir(t)
			serveDevices(t, dir, nil, "", healthyNames)
			neverAccepts(t, filepath.Join(dir, "wg2.sock"), room)
			devices, err := newClient(t, dir).Devices(t.Context())
			mustReadOthers(t, devices, err, healthyNames, "wg2", os.ErrDeadlineExceeded)
		})
	}
}

// TestDevicesWithDeadline has a context that ends before the reply timeout.
func TestDevicesWithDeadline(t *testing.T) {
	t.Parallel()
	for name, bad := range badDaemons {
		if bad.want != os.ErrDeadlineExceeded {
			continue
		}
		for _, badName := range badNamesOf(name) {
			t.Run(fmt.Sprintf("%s %s", badName, name), func(t *testing.T) {
				t.Parallel()
				dir := wgtest.SocketDir(t)
				serveDevices(t, dir, bad.serve, badName, healthyNames)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				c, err := wgctrl.New(wgctrl.WithSocketDirs(dir), wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithReplyTimeout(-1))
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				devices, err := c.Devices(ctx)
				mustReadOthers(t, devices, err, healthyNames, badName, context.DeadlineExceeded)
			})
		}
	}
}

// TestDevicesWithoutVanished checks that a device is left out without an error only
// if its daemon has gone.
func TestDevicesWithoutVanished(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	path := filepath.Join(dir, "wg2.sock")
	remove := func(net.Conn, <-chan struct{}) {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
	answerAndRemove := func(c net.Conn, ended <-chan struct{}) {
		if _, err := testutil.ReadRequest(bufio.NewReader(c)); err == nil {
			remove(c, ended)
			io.WriteString(c, "errno=-2\n\n")
		}
	}
	serveDevices(t, dir, answerAndRemove, "wg2", healthyNames)
	devices, err := newClient(t, dir).Devices(t.Context())
	if err != nil || len(devices) != len(healthyNames) {
		t.Errorf("Devices = %v, %v, want the %d devices that are left", devices, err, len(healthyNames))
	}
}
