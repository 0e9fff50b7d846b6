//go:build linux

package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// currentNamespace is the network namespace of the calling thread.
const currentNamespace = "/proc/thread-self/ns/net"

// namespace is a network namespace.
type namespace struct {
	fd       int // -1 if the system has no namespaces
	dev, ino uint64
}

// openNamespace opens a namespace by its name in ip-netns(8) or, with a slash, by its
// path. The empty name is the namespace of the calling thread.
func openNamespace(name string) (*namespace, error) {
	path := name
	switch {
	case name == "":
		path = currentNamespace
	case !strings.Contains(name, "/"):
		path = filepath.Join("/run/netns", name)
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if name == "" && errors.Is(err, fs.ErrNotExist) {
		return &namespace{fd: -1}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open network namespace %q: %w", name, err)
	}
	var st unix.Stat_t
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err == nil && kind == unix.CLONE_NEWNET {
		if err = unix.Fstat(fd, &st); err == nil {
			return &namespace{fd: fd, dev: uint64(st.Dev), ino: st.Ino}, nil
		}
	}
	_ = unix.Close(fd)
	return nil, fmt.Errorf("open network namespace %q: not a network namespace", name)
}

func (ns *namespace) close() error {
	if ns.fd < 0 {
		return nil
	}
	fd := ns.fd
	ns.fd = -1
	return unix.Close(fd)
}

// isCurrent reports whether the calling thread is in the namespace.
func (ns *namespace) isCurrent() bool {
	if ns.fd < 0 {
		return true
	}
	var st unix.Stat_t
	err := unix.Stat(currentNamespace, &st)
	return err == nil && ns.dev == uint64(st.Dev) && ns.ino == st.Ino
}

// dial calls open with the file descriptor of the namespace, or with 0 if the calling
// thread is already in the namespace: entering one needs CAP_SYS_ADMIN.
func (ns *namespace) dial(open func(fd int) error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if ns.isCurrent() {
		return open(0)
	}
	err := open(ns.fd)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("enter the network namespace: %w (this needs CAP_SYS_ADMIN)", err)
	}
	return err
}

// run calls f on a thread in the namespace and waits for it. It needs a thread of its
// own only if the calling thread is in another namespace.
func (ns *namespace) run(f func() error) error {
	runtime.LockOSThread()
	current := ns.isCurrent()
	if current {
		defer runtime.UnlockOSThread()
		return f()
	}
	runtime.UnlockOSThread()
	done := make(chan error, 1)
	go func() { done <- ns.enter(f) }()
	return <-done
}

// enter calls f in the namespace. If the thread cannot return to its own namespace, it
// stays locked to the goroutine, and the runtime ends it with the goroutine.
func (ns *namespace) enter(f func() error) error {
	runtime.LockOSThread()
	own, err := unix.Open(currentNamespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("open the network namespace of the thread: %w", err)
	}
	defer func() {
		if unix.Setns(own, unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		}
		_ = unix.Close(own)
	}()
	if err := unix.Setns(ns.fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the network namespace: %w", err)
	}
	return f()
}
