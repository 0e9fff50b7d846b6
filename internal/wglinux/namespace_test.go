//go:build linux

package wglinux

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestErrorsNameNamespace checks that errors name the network namespace if the caller
// chose it, and only then.
func TestErrorsNameNamespace(t *testing.T) {
	t.Parallel()
	fd := ownNetNS(t)
	own := threadNamespace()
	defer own.close()
	zone := wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey: wgtypes.PublicKey{1}, Endpoint: netip.MustParseAddrPort("[fe80::1%absent]:1"),
	}}}
	for netNS, where := range map[int]string{-1: "", fd: fmt.Sprintf(" in network namespace net:[%d]", own.id.ino)} {
		b, err := New(Config{NetNS: netNS})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		_, openErr := b.Open(t.Context(), "absent")
		_, zoneErr := b.numbered(t.Context(), zone)
		for _, test := range []struct {
			err  error
			want string
		}{
			{openErr, `no link "absent"` + where},
			{b.explain(&kernelError{errno: unix.EPERM}), "operation not permitted (this needs CAP_NET_ADMIN" + where + ")"},
			{zoneErr, `zone "absent" is not an interface` + where},
		} {
			if test.err == nil || !strings.HasSuffix(test.err.Error(), test.want) {
				t.Errorf("NetNS %d: error = %v, want %q at its end", netNS, test.err, test.want)
			}
		}
	}
}

// TestDialLocksThread samples the stacks of a goroutine that opens sockets. While it does,
// it must be locked to the thread whose namespace was checked.
func TestDialLocksThread(t *testing.T) {
	t.Parallel()
	ns := threadNamespace()
	defer ns.close()
	if ns.fd < 0 {
		t.Skip("this system has no network namespaces")
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	var done atomic.Bool
	defer done.Store(true)
	wg.Go(func() {
		for !done.Load() {
			s, err := ns.dial(unix.NETLINK_ROUTE, 0)
			if err != nil {
				t.Errorf("dial() = %v, want nil", err)
				return
			}
			_ = s.Close()
		}
	})
	buf := make([]byte, 1<<20)
	for seen := 0; seen < 5; {
		for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			header, frames, _ := strings.Cut(stack, "\n")
			if !strings.Contains(frames, "wglinux.dial(") || !strings.Contains(frames, "TestDialLocksThread") {
				continue
			}
			if seen++; !strings.Contains(header, "locked to thread") {
				t.Fatalf("%s opens a socket, want it locked to its thread", header)
			}
		}
	}
}

// TestDialWithoutCapability opens a socket in the thread's own namespace without
// CAP_SYS_ADMIN, which only another namespace needs.
func TestDialWithoutCapability(t *testing.T) {
	t.Parallel()
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := dropCapability(unix.CAP_SYS_ADMIN); err != nil {
			result <- err
			return
		}
		ns := threadNamespace()
		defer ns.close()
		s, err := ns.dial(unix.NETLINK_ROUTE, 0)
		if err == nil {
			err = s.Close()
		}
		result <- err
	}()
	if err := <-result; err != nil {
		t.Errorf("dial() in the thread's namespace = %v, want nil", err)
	}
}

// TestNamespaceClose checks that close closes the namespace's own file descriptor, once,
// which programs that it starts do not inherit.
func TestNamespaceClose(t *testing.T) {
	t.Parallel()
	for _, netNS := range []int{-1, ownNetNS(t)} {
		ns, err := newNamespace(netNS)
		if err != nil {
			t.Fatal(err)
		}
		fd := ns.fd
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("NetNS %d: the file descriptor has the flags %#x, %v, want FD_CLOEXEC", netNS, flags, err)
		}
		if err := ns.close(); err != nil {
			t.Errorf("NetNS %d: close() = %v, want nil", netNS, err)
		}
		if err := ns.close(); err != nil || ns.fd != -1 {
			t.Errorf("NetNS %d: second close() = %v with file descriptor %d, want nil and -1", netNS, err, ns.fd)
		}
	}
}

// TestNamespaceOfOtherFile checks that every file descriptor from 0 on must be a network
// namespace.
func TestNamespaceOfOtherFile(t *testing.T) {
	t.Parallel()
	const want = "not a network namespace (file descriptor 0)"
	if ns, err := newNamespace(0); !errors.Is(err, fs.ErrInvalid) || err.Error() != want {
		t.Errorf("newNamespace(0) = %v, %v, want fs.ErrInvalid with the text %q", ns, err, want)
	}
}

// TestNamespaceFiles checks that neither a Backend nor Create leaves file descriptors
// open, even if they fail.
func TestNamespaceFiles(t *testing.T) {
	// Not parallel: it counts the process's file descriptors for namespaces.
	count := func() (n int) {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		for _, e := range entries {
			if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && (strings.HasPrefix(target, "net:") || target == "/proc/self/status") {
				n++
			}
		}
		return n
	}
	fd := ownNetNS(t)
	status, err := os.Open("/proc/self/status") // not a namespace
	if err != nil {
		t.Fatal(err)
	}
	defer status.Close()
	before := count()
	for _, netNS := range []int{-1, fd, int(status.Fd())} {
		if b, err := New(Config{NetNS: netNS, Family: "absent"}); err == nil {
			_, _ = b.List(t.Context())
			_ = b.Create(t.Context(), "/", 0, false, netNS)
			_ = b.Create(t.Context(), "absent", 0, false, fd)
			if err := b.Close(); err != nil {
				t.Errorf("NetNS %d: Close() = %v, want nil", netNS, err)
			}
		}
	}
	if after := count(); after != before {
		t.Errorf("%d file descriptors are open, want %d", after, before)
	}
}
