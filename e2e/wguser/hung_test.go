//go:build unix

package wguser_test

import (
	"bufio"
	"context"
	"errors"
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

// badDaemons are daemons that do not reply, by the name of their device. ended is
// closed at the end of the test.
var badDaemons = map[string]struct {
	serve func(c net.Conn, ended <-chan struct{})
	want  error // after the reply timeout
}{
	"a-hangs": {func(_ net.Conn, ended <-chan struct{}) { <-ended }, os.ErrDeadlineExceeded},
	"c-half": {func(c net.Conn, ended <-chan struct{}) {
		io.WriteString(c, "listen_port=1\n")
		<-ended
	}, os.ErrDeadlineExceeded},
	"d-trickles": {func(c net.Conn, ended <-chan struct{}) {
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
	"e-closes": {func(c net.Conn, _ <-chan struct{}) { testutil.ReadRequest(bufio.NewReader(c)) }, io.ErrUnexpectedEOF},
	"g-enoent": {func(c net.Conn, _ <-chan struct{}) {
		testutil.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, "errno=-2\n\n")
	}, syscall.ENOENT},
	"h-eacces": {func(c net.Conn, _ <-chan struct{}) {
		testutil.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, "errno=13\n\n")
	}, syscall.EACCES},
	"z-hangs": {func(_ net.Conn, ended <-chan struct{}) { <-ended }, os.ErrDeadlineExceeded},
}

// healthyNames are the names of devices that reply.
var healthyNames = []string{"b-good", "f-good", "y-good"}

// serveBad serves a device with one of badDaemons.
func serveBad(t *testing.T, dir, name string, bad func(net.Conn, <-chan struct{})) {
	t.Helper()
	ended := make(chan struct{})
	serve(t, dir, name, func(c net.Conn) { bad(c, ended) })
	t.Cleanup(func() { close(ended) })
}

// serveHealthy serves the devices with healthyNames.
func serveHealthy(t *testing.T, dir string) {
	t.Helper()
	for _, name := range healthyNames {
		d := &testutil.Daemon{Device: &wgtypes.Device{ListenPort: 1}}
		var mu sync.Mutex
		serve(t, dir, name, func(c net.Conn) {
			testutil.ServeRequests(c, func(request string) ([]byte, bool) {
				mu.Lock()
				defer mu.Unlock()
				return d.Reply(request), true
			})
		})
	}
}

// serve creates a socket and calls handle for each connection until the end of the
// test.
func serve(t *testing.T, dir, name string, handle func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(dir, name+".sock"))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- uapinet.ServeFunc(l, handle) }()
	t.Cleanup(func() {
		l.Close()
		if err := <-served; err != nil {
			t.Errorf("ServeFunc = %v, want nil", err)
		}
	})
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

func newClient(t *testing.T, dir string, replyTimeout time.Duration) *wgctrl.Client {
	t.Helper()
	c, err := wgctrl.New(wgctrl.WithSocketDirs(dir), wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithReplyTimeout(replyTimeout))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// mustReadOthers checks the result of Devices: the healthy devices, and for each bad
// one an error of one line that names it and has its cause once.
func mustReadOthers(t *testing.T, devices []*wgtypes.Device, err error, bad map[string]error) {
	t.Helper()
	var got []string
	for _, d := range devices {
		got = append(got, d.Name)
	}
	if !slices.Equal(got, healthyNames) {
		t.Errorf("Devices = %q, want %q", got, healthyNames)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != len(bad) {
		t.Fatalf("Devices = %v, want %d joined errors", err, len(bad))
	}
	for _, err := range joined.Unwrap() {
		op, ok := errors.AsType[*wgctrl.OpError](err)
		if !ok || bad[op.Device] == nil || !errors.Is(err, bad[op.Device]) {
			t.Errorf("Devices = %v, want an OpError with a cause of %v", err, bad)
			continue
		}
		if cause := bad[op.Device].Error(); strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), cause) > 1 {
			t.Errorf("Devices = %q, want one line with %q once", err, cause)
		}
	}
}

// TestDevicesWithBadDaemons reads all devices while some daemons do not reply. The
// context has no deadline.
func TestDevicesWithBadDaemons(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	serveHealthy(t, dir)
	want := make(map[string]error)
	for name, bad := range badDaemons {
		serveBad(t, dir, name, bad.serve)
		want[name] = bad.want
	}
	for name, room := range map[string]int{"x-full": 0, "x-queue": 9} {
		neverAccepts(t, filepath.Join(dir, name+".sock"), room)
		want[name] = os.ErrDeadlineExceeded
	}
	devices, err := newClient(t, dir, 2*time.Second).Devices(t.Context())
	mustReadOthers(t, devices, err, want)
}

// TestDevicesWithDeadline has a context that ends before the reply timeout.
func TestDevicesWithDeadline(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	serveHealthy(t, dir)
	want := make(map[string]error)
	for name, bad := range badDaemons {
		if bad.want == os.ErrDeadlineExceeded {
			serveBad(t, dir, name, bad.serve)
			want[name] = context.DeadlineExceeded
		}
	}
	neverAccepts(t, filepath.Join(dir, "x-full.sock"), 0)
	want["x-full"] = context.DeadlineExceeded
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	devices, err := newClient(t, dir, -1).Devices(ctx)
	mustReadOthers(t, devices, err, want)
}

// TestDevicesWithoutVanished checks that a device is left out without an error only
// if its daemon has gone.
func TestDevicesWithoutVanished(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	path := filepath.Join(dir, "x-gone.sock")
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
	serveHealthy(t, dir)
	serveBad(t, dir, "x-gone", answerAndRemove)
	devices, err := newClient(t, dir, 0).Devices(t.Context())
	if err != nil || len(devices) != len(healthyNames) {
		t.Errorf("Devices = %v, %v, want the %d devices that are left", devices, err, len(healthyNames))
	}
}
