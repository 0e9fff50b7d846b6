package wgfreebsd

import (
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/bsd"
)

// New returns a Backend for this system's kernel. Its sockets are local ones, because a
// jail may have no Internet addresses.
func New() *Backend {
	return NewWith(bsd.System{
		Ioctl: bsd.SocketIoctl(unix.AF_LOCAL), PointerLen: bsd.PointerLen,
		Interfaces: bsd.Interfaces,
		Notifier:   bsd.SystemNotifier(),
	})
}
