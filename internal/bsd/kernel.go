package bsd

import (
	"context"
	"net"
	"sync/atomic"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// System is what a backend needs from the system that it runs on.
type System struct {
	// Ioctl performs an ioctl on a socket.
	Ioctl Ioctl
	// PointerLen is the size of the process's pointers, 4 or 8 bytes.
	PointerLen int
	// Interfaces returns the system's network interfaces.
	Interfaces func() ([]wginternal.Interface, error)
	// Notifier reports changes of interfaces. It may be nil.
	Notifier *Notifier
}

// Kernel is what the backends of all BSDs have in common. A backend embeds it.
type Kernel struct {
	Links
	notifier *Notifier
	closed   atomic.Bool
}

// NewKernel returns a Kernel. check is that of Links.
func NewKernel(s System, calls LinkCalls, check func(ctx context.Context, name string) error) *Kernel {
	k := &Kernel{notifier: s.Notifier}
	k.Links = Links{PointerLen: s.PointerLen, Calls: calls, Check: check, Interfaces: s.Interfaces}
	k.Ioctl = func(request uint32, arg []byte, pointer int, data []byte) error {
		if k.closed.Load() {
			return net.ErrClosed
		}
		return s.Ioctl(request, arg, pointer, data)
	}
	return k
}

// Kind returns KindKernel.
func (k *Kernel) Kind() wgtypes.Kind { return wgtypes.KindKernel }

// Close makes later operations return net.ErrClosed.
func (k *Kernel) Close() error {
	k.closed.Store(true)
	return nil
}

// Err returns the error of ctx, or net.ErrClosed after Close.
func (k *Kernel) Err(ctx context.Context) error {
	if k.closed.Load() {
		return net.ErrClosed
	}
	return ctx.Err()
}

// Notify calls changed when interfaces are added, removed or renamed.
func (k *Kernel) Notify(ctx context.Context, changed func()) error {
	if k.closed.Load() {
		return net.ErrClosed
	}
	return k.notifier.Notify(ctx, changed)
}
