package wgnetbsd

import (
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/bsd"
)

// New returns the Backend of this system's devices. It opens no socket.
func New() *Backend {
	return NewWith(bsd.System{
		Ioctl: bsd.SocketIoctl(unix.AF_INET), PointerLen: bsd.PointerLen,
		Interfaces: bsd.Interfaces, Notifier: bsd.SystemNotifier(),
	})
}
