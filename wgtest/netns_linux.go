package wgtest

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A Namespace is a network namespace that a test created. The kernel removes it after
// the test, when no process and no file descriptor refers to it.
type Namespace struct{ file *os.File }

// NetNS creates a network namespace that has only a loopback interface, which is
// up. Without CAP_SYS_ADMIN, and on systems other than Linux, it skips the test, or
// fails it with WGTEST_KERNEL=1 in the environment.
func NetNS(t testing.TB) *Namespace {
	t.Helper()
	var ns *Namespace
	var err error
	onThread(func() { ns, err = newNamespace() })
	if errors.Is(err, unix.EPERM) {
		unavailable(t, err.Error())
	}
	if err != nil {
		t.Fatalf("wgtest: %v", err)
	}
	t.Cleanup(func() { ns.file.Close() })
	return ns
}

// newNamespace moves the calling thread to a new namespace.
func newNamespace() (*Namespace, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("a network namespace needs CAP_SYS_ADMIN: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return nil, fmt.Errorf("bring up the loopback interface: %w", err)
	}
	file, err := os.Open("/proc/thread-self/ns/net")
	return &Namespace{file}, err
}

func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo)
}

// FD returns the file descriptor of the namespace, for [wgctrl.WithNetNS]. It is
// closed at the end of the test.
func (n *Namespace) FD() int { return int(n.file.Fd()) }

// Do runs f on a thread in the namespace and waits until f returns. Goroutines that
// f starts run outside the namespace; sockets that f opens stay in it. f may end
// the test, for example with t.Fatal.
func (n *Namespace) Do(t testing.TB, f func()) {
	t.Helper()
	onThread(func() {
		if err := unix.Setns(n.FD(), unix.CLONE_NEWNET); err != nil {
			t.Fatalf("wgtest: enter the namespace: %v", err)
		}
		f()
	})
}

// onThread runs f on a new thread, whose state f may change. The thread ends with
// f: the runtime ends the thread of a goroutine that returns while locked to it.
func onThread(f func()) {
	done := make(chan struct{})
	returned := false
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread cannot end. While this goroutine occupies it, the
			// next goroutine runs on another thread.
			defer runtime.UnlockOSThread()
			onThread(f)
		} else {
			f()
		}
		returned = true
	}()
	<-done
	if !returned {
		// f has ended the test; end the goroutine of the test too.
		runtime.Goexit()
	}
}
