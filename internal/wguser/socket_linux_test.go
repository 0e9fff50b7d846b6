package wguser_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wguser"
)

// TestBusy has a daemon whose queue of connections is full. Operations must wait
// until their context, the reply timeout or Close ends them.
func TestBusy(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	path := filepath.Join(dir, "wg0.sock")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	waiting, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()

	b := backend(t, dir)
	if refs, err := b.List(t.Context()); err != nil || len(refs) != 1 {
		t.Errorf("List = %v, %v, want the device", refs, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := state(ctx, b, "wg0"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("reading = %v, want %v", err, context.DeadlineExceeded)
	}
	impatient := wguser.New(wguser.Config{Dirs: []string{dir}, ReplyTimeout: 20 * time.Millisecond})
	defer impatient.Close()
	if _, err := state(t.Context(), impatient, "wg0"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading with a reply timeout = %v, want %v", err, os.ErrDeadlineExceeded)
	}
	failed := make(chan error)
	go func() {
		_, err := state(context.Background(), b, "wg0")
		failed <- err
	}()
	b.Close()
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading during Close = %v, want %v", err, net.ErrClosed)
	}
}
