//go:build linux

package wglinux

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// namespace is where every socket of a backend is opened, whatever thread asks
// for it.
type namespace struct {
	mu sync.RWMutex // over fd, which close changes
	// fd is a descriptor of our own, or -1 where the system has no namespaces.
	fd int
	id nsID
}

// nsID tells namespaces apart.
type nsID struct{ dev, ino uint64 }

// newNamespace refers to the namespace of fd, or, if it is -1, to that of the
// calling thread.
func newNamespace(fd int) (*namespace, error) {
	if fd < 0 {
		return threadNamespace(), nil
	}
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, wginternal.Tag(fs.ErrInvalid, fmt.Errorf("file descriptor %d of a network namespace: %w", fd, err))
	}
	if kind, err := unix.IoctlRetInt(own, unix.NS_GET_NSTYPE); err != nil || kind != unix.CLONE_NEWNET {
		_ = unix.Close(own)
		return nil, wginternal.Tag(fs.ErrInvalid, fmt.Errorf("file descriptor %d is no network namespace's", fd))
	}
	return &namespace{fd: own, id: idOf(own)}, nil
}

func threadNamespace() *namespace {
	fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		// No namespaces, or no /proc: there is nothing to tell apart.
		return &namespace{fd: -1}
	}
	return &namespace{fd: fd, id: idOf(fd)}
}

func idOf(fd int) nsID {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nsID{}
	}
	return nsID{uint64(st.Dev), st.Ino}
}

// dial opens a netlink socket in the namespace that hears of these groups of
// notifications. Entering it needs privilege, so that it is not done where the
// thread is in it already.
func (ns *namespace) dial(protocol int, groups uint32) (transport, error) {
	ns.mu.RLock()
	defer ns.mu.RUnlock()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if ns.fd < 0 || ns.isThreads() {
		return dial(protocol, groups, 0)
	}
	t, err := dial(protocol, groups, ns.fd)
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w (entering it needs CAP_SYS_ADMIN)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("in network namespace %s: %w", ns, err)
	}
	return t, nil
}

// isThreads reports whether the calling thread is in the namespace.
func (ns *namespace) isThreads() bool {
	var st unix.Stat_t
	err := unix.Stat("/proc/thread-self/ns/net", &st)
	return err == nil && ns.id == nsID{uint64(st.Dev), st.Ino}
}

// String returns the namespace as /proc shows it.
func (ns *namespace) String() string {
	if ns.id == (nsID{}) {
		return "of this process"
	}
	return fmt.Sprintf("net:[%d]", ns.id.ino)
}

func (ns *namespace) close() error {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	if ns.fd < 0 {
		return nil
	}
	fd := ns.fd
	ns.fd = -1
	return unix.Close(fd)
}
