package wguser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// pipeNumber tells the pipes of this process apart.
var pipeNumber atomic.Int64

// pipeDir returns a prefix for pipes that nobody else uses.
func pipeDir() string {
	return fmt.Sprintf(`%swgctrl-test-%d-%d`, pipes, os.Getpid(), pipeNumber.Add(1))
}

// pipeBackend returns a Backend that looks for pipes in dir.
func pipeBackend(t *testing.T, dir string, untrusted bool) *Backend {
	t.Helper()
	b := New(Config{Untrusted: untrusted})
	b.finder.(*sockets).dirs = []string{dir}
	t.Cleanup(func() { b.Close() })
	return b
}

// servePipe makes a pipe with one instance and calls handle for each client in
// turn. Clients find the pipe busy while handle runs.
func servePipe(t *testing.T, path string, handle func(*os.File)) {
	t.Helper()
	h := createPipe(t, path)
	stop, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for connectPipe(t, h, stop) {
			handle(os.NewFile(uintptr(duplicate(t, h)), path))
			windows.DisconnectNamedPipe(h)
		}
	})
	t.Cleanup(func() {
		windows.SetEvent(stop)
		serving.Wait()
		windows.CloseHandle(stop)
		windows.CloseHandle(h)
	})
}

func createPipe(t *testing.T, path string) windows.Handle {
	t.Helper()
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	const flags = windows.PIPE_ACCESS_DUPLEX | windows.FILE_FLAG_OVERLAPPED | windows.FILE_FLAG_FIRST_PIPE_INSTANCE
	h, err := windows.CreateNamedPipe(name, flags, windows.PIPE_TYPE_BYTE, 1, 4096, 4096, 0, nil)
	if err != nil {
		t.Fatalf("CreateNamedPipe(%q) = %v, want nil", path, err)
	}
	return h
}

// connectPipe waits for a client. It returns false when stop is set.
func connectPipe(t *testing.T, h, stop windows.Handle) bool {
	connected, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		t.Error(err)
		return false
	}
	defer windows.CloseHandle(connected)
	o := &windows.Overlapped{HEvent: connected}
	err = windows.ConnectNamedPipe(h, o)
	for err == windows.ERROR_NO_DATA { // a client has connected and hung up already
		windows.DisconnectNamedPipe(h)
		err = windows.ConnectNamedPipe(h, o)
	}
	switch err {
	case nil, windows.ERROR_PIPE_CONNECTED:
		return true
	case windows.ERROR_IO_PENDING:
	default:
		t.Errorf("ConnectNamedPipe = %v, want ERROR_IO_PENDING", err)
		return false
	}
	event, err := windows.WaitForMultipleObjects([]windows.Handle{connected, stop}, false, windows.INFINITE)
	if err != nil || event != windows.WAIT_OBJECT_0 {
		windows.CancelIoEx(h, o)
		var n uint32
		windows.GetOverlappedResult(h, o, &n, true)
		return false
	}
	return true
}

// duplicate returns another handle of the pipe, which an os.File can own.
func duplicate(t *testing.T, h windows.Handle) (copy windows.Handle) {
	self := windows.CurrentProcess()
	if err := windows.DuplicateHandle(self, h, self, &copy, 0, false, windows.DUPLICATE_SAME_ACCESS); err != nil {
		t.Error(err)
	}
	return copy
}

// answer answers one request and waits until the client hangs up, since
// disconnecting discards what the client has not read.
func answer(reply string) func(*os.File) {
	return func(f *os.File) {
		defer f.Close()
		r := bufio.NewReader(f)
		for line := ""; line != "\n"; {
			var err error
			if line, err = r.ReadString('\n'); err != nil {
				return
			}
		}
		f.WriteString(reply)
		r.ReadByte()
	}
}

// hang waits until the client hangs up.
func hang(f *os.File) {
	defer f.Close()
	for b := make([]byte, 1024); ; {
		if _, err := f.Read(b); err != nil {
			return
		}
	}
}

func readPipe(ctx context.Context, b *Backend, name string) (*wgtypes.Device, error) {
	d, err := b.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return wginternal.ReadDevice(ctx, d, nil)
}

func TestPipe(t *testing.T) {
	t.Parallel()
	dir := pipeDir()
	servePipe(t, dir+`\wg0`, answer("listen_port=7\nerrno=0\n\n"))
	b := pipeBackend(t, dir, true)
	for range 3 {
		d, err := readPipe(t.Context(), b, "wg0")
		if err != nil || d.ListenPort != 7 {
			t.Fatalf("reading = %v, %v, want port 7", d, err)
		}
	}
	if _, err := b.Open(t.Context(), "wg1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of a missing pipe = %v, want fs.ErrNotExist", err)
	}
}

// TestPipeList needs a system that lists pipes. Wine does not.
func TestPipeList(t *testing.T) {
	t.Parallel()
	dir := pipeDir()
	servePipe(t, dir+`\wg0`, hang)
	refs, err := pipeBackend(t, dir, true).List(t.Context())
	if want := []wgtypes.DeviceRef{{Name: "wg0", Kind: wgtypes.KindUserspace}}; err != nil || !slices.Equal(refs, want) {
		t.Errorf("List = %v, %v, want %v", refs, err, want)
	}
}

// TestPipeOwner uses pipes that the user of the test owns. On Windows that is
// not LocalSystem.
func TestPipeOwner(t *testing.T) {
	t.Parallel()
	dir := pipeDir()
	servePipe(t, dir+`\wg0`, hang)
	h, err := transport{untrusted: true}.dial(t.Context(), dir+`\wg0`)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	want := fs.ErrPermission
	if ownedBySystem(t, h.(pipeConn).file) {
		want = nil
	}
	f := h.(pipeConn).file
	if err := checkOwner(windows.Handle(f.Fd()), f.Name()); !errors.Is(err, want) {
		t.Errorf("checkOwner = %v, want %v", err, want)
	}
}

func ownedBySystem(t *testing.T, f *os.File) bool {
	t.Helper()
	sd, err := windows.GetSecurityInfo(windows.Handle(f.Fd()), windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		t.Fatal(err)
	}
	return owner.IsWellKnown(windows.WinLocalSystemSid)
}

// TestPipeHangs interrupts reading from a server that does not answer.
func TestPipeHangs(t *testing.T) {
	t.Parallel()
	dir := pipeDir()
	reading := make(chan struct{}, 1)
	servePipe(t, dir+`\wg0`, func(f *os.File) {
		f.Read(make([]byte, 1)) // of the request
		reading <- struct{}{}
		hang(f)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reading
		cancel()
	}()
	if _, err := readPipe(ctx, pipeBackend(t, dir, true), "wg0"); !errors.Is(err, context.Canceled) {
		t.Errorf("reading until ctx ends = %v, want %v", err, context.Canceled)
	}
	b := pipeBackend(t, dir, true)
	go func() {
		<-reading
		b.Close()
	}()
	if _, err := readPipe(t.Context(), b, "wg0"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading until Close = %v, want %v", err, net.ErrClosed)
	}
}

// TestPipeBusy waits for a pipe that another client uses, until ctx ends and
// until that client is done.
func TestPipeBusy(t *testing.T) {
	t.Parallel()
	dir := pipeDir()
	path := dir + `\wg0`
	servePipe(t, path, answer("errno=0\n\n"))
	other, err := transport{untrusted: true}.dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (transport{untrusted: true}).dial(t.Context(), path); !busy(err) {
		t.Errorf("dial of a pipe in use = %v, want %v", err, windows.ERROR_PIPE_BUSY)
	}
	b := pipeBackend(t, dir, true)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := readPipe(ctx, b, "wg0"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("reading a busy device = %v, want %v", err, context.DeadlineExceeded)
	}
	other.Close()
	if _, err := readPipe(t.Context(), b, "wg0"); err != nil {
		t.Errorf("reading a device that is no longer busy = %v, want nil", err)
	}
}

// TestPipeLarge reads more than the buffers of a pipe hold.
func TestPipeLarge(t *testing.T) {
	t.Parallel()
	dir := pipeDir()
	const peers = 2000
	state := &wgtypes.Device{PrivateKey: wgtypes.NewPrivateKey([32]byte{1})}
	for i := range peers {
		state.Peers = append(state.Peers, wgtypes.Peer{PublicKey: wgtypes.PublicKey{1, byte(i), byte(i >> 8)}})
	}
	servePipe(t, dir+`\wg0`, answer(string(uapi.AppendDevice(nil, state))))
	b := pipeBackend(t, dir, true)
	d, err := readPipe(t.Context(), b, "wg0")
	if err != nil || len(d.Peers) != peers {
		t.Fatalf("reading = %v, %v, want %d peers", d, err, peers)
	}
}

// flushPipe waits until the client has read everything.
func flushPipe(f *os.File) { windows.FlushFileBuffers(windows.Handle(f.Fd())) }

// mayCreatePipe reports whether the test may create pipes in dir.
func mayCreatePipe(t *testing.T, dir string) bool {
	t.Helper()
	name, err := windows.UTF16PtrFromString(fmt.Sprintf(`%s\wgctrl-test-%d`, dir, os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	h, err := windows.CreateNamedPipe(name, windows.PIPE_ACCESS_DUPLEX, windows.PIPE_TYPE_BYTE, 1, 4096, 4096, 0, nil)
	if err != nil {
		return false
	}
	windows.CloseHandle(h)
	return true
}
