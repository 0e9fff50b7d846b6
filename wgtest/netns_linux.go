package wgtest

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A Namespace is a network namespace that a test made and that ends with it,
// when nothing refers to it any more.
type Namespace struct{ file *os.File }

// NetNS makes a network namespace, in which there is a loopback interface that
// is up, and nothing else. It skips the test without CAP_SYS_ADMIN, and on
// systems other than Linux; with WGTEST_KERNEL=1 in the environment it fails it.
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

// FD returns the file descriptor of the namespace, for wgctrl.WithNetNS. It is
// closed at the end of the test.
func (n *Namespace) FD() int { return int(n.file.Fd()) }

// Do runs f on a thread that is in the namespace, and waits for it. Goroutines
// that f starts are elsewhere; sockets that it opens stay in the namespace. f
// may end the test, as with t.Fatal.
func (n *Namespace) Do(t testing.TB, f func()) {
	t.Helper()
	onThread(func() {
		if err := unix.Setns(n.FD(), unix.CLONE_NEWNET); err != nil {
			t.Fatalf("wgtest: enter the namespace: %v", err)
		}
		f()
	})
}

// onThread runs f on a thread that it may change, since the thread ends with
// it: a goroutine that ends while locked takes its thread along.
func onThread(f func()) {
	done := make(chan struct{})
	returned := false
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread cannot end. While this goroutine holds it, the
			// next one gets another.
			defer runtime.UnlockOSThread()
			onThread(f)
		} else {
			f()
		}
		returned = true
	}()
	<-done
	if !returned {
		// f ended the test, which must end on the test's own goroutine.
		runtime.Goexit()
	}
}
