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

// namespace is the network namespace in which a backend opens its sockets, on any
// thread.
type namespace struct {
	mu sync.RWMutex // guards fd
	// fd is owned by the namespace; -1 if the system has no namespaces.
	fd int
	id nsID
	// given is true if the caller chose the namespace. Errors name it only then.
	given bool
}

// nsID identifies a namespace.
type nsID struct{ dev, ino uint64 }

// newNamespace returns the namespace of fd, or that of the calling thread if fd is
// negative. The error wraps fs.ErrInvalid if fd is not a network namespace.
func newNamespace(fd int) (*namespace, error) {
	if fd < 0 {
		return threadNamespace(), nil
	}
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, wginternal.Tag(fs.ErrInvalid, fmt.Errorf("duplicate file descriptor %d: %w", fd, err))
	}
	if kind, err := unix.IoctlRetInt(own, unix.NS_GET_NSTYPE); err != nil || kind != unix.CLONE_NEWNET {
		_ = unix.Close(own)
		return nil, wginternal.Tag(fs.ErrInvalid, fmt.Errorf("not a network namespace (file descriptor %d)", fd))
	}
	return &namespace{fd: own, id: idOf(own), given: true}, nil
}

func threadNamespace() *namespace {
	fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		// Without namespaces or /proc, all threads use the same namespace.
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

// dial opens a netlink socket in the namespace and subscribes it to groups.
// Entering a namespace needs CAP_SYS_ADMIN, so dial does not enter it if the
// thread is already in it.
func (ns *namespace) dial(protocol int, groups uint32) (transport, error) {
	ns.mu.RLock()
	defer ns.mu.RUnlock()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if ns.fd < 0 || ns.isCurrent() {
		return dial(protocol, groups, 0)
	}
	t, err := dial(protocol, groups, ns.fd)
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w (entering the network namespace needs CAP_SYS_ADMIN)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("open a socket%s: %w", ns.where(), err)
	}
	return t, nil
}

// isCurrent reports whether the calling thread is in the namespace.
func (ns *namespace) isCurrent() bool {
	var st unix.Stat_t
	err := unix.Stat("/proc/thread-self/ns/net", &st)
	return err == nil && ns.id == nsID{uint64(st.Dev), st.Ino}
}

// where returns the end of an error's text, such as " in network namespace net:[7]" with
// the name that /proc shows. It is empty if the caller did not choose the namespace.
func (ns *namespace) where() string {
	if !ns.given {
		return ""
	}
	return fmt.Sprintf(" in network namespace net:[%d]", ns.id.ino)
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
