//go:build freebsd || openbsd || netbsd || dragonfly

package bsd

import (
	"os"

	"golang.org/x/sys/unix"
)

// SystemNotifier returns the Notifier of this system.
func SystemNotifier() *Notifier {
	return &Notifier{Open: openRouteSocket, Types: []byte{unix.RTM_IFANNOUNCE, unix.RTM_IFINFO}}
}

func openRouteSocket() (RouteSocket, error) {
	fd, err := unix.Socket(unix.AF_ROUTE, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.AF_UNSPEC)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	// The runtime waits for a file that does not block, so that deadlines work.
	return os.NewFile(uintptr(fd), "route"), nil
}
