package wgfreebsd

import (
	"net"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/bsd"
)

// New returns a Backend for this system's kernel. Its sockets are local ones, because a
// jail may have no Internet addresses.
func New() *Backend {
	return NewWith(Config{
		Ioctl: bsd.SocketIoctl(unix.AF_LOCAL), PointerLen: bsd.PointerLen,
		InterfaceIndex: interfaceIndex, InterfaceName: interfaceName,
		Notifier: bsd.SystemNotifier(),
	})
}

func interfaceIndex(name string) int {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0
	}
	return i.Index
}

func interfaceName(index int) string {
	i, err := net.InterfaceByIndex(index)
	if err != nil {
		return ""
	}
	return i.Name
}
