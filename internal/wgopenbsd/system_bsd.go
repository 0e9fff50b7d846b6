//go:build openbsd || dragonfly

package wgopenbsd

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/bsd"
)

// New returns a Backend of the running kernel.
func New() *Backend {
	system := OpenBSD
	if runtime.GOOS == "dragonfly" {
		system = DragonFly
	}
	release, err := unix.Sysctl("kern.osrelease")
	if err != nil {
		release = "" // means the newest
	}
	return NewWith(Config{
		System: bsd.System{
			Ioctl: bsd.SocketIoctl(unix.AF_INET), PointerLen: bsd.PointerLen,
			Interfaces: bsd.Interfaces, Notifier: bsd.SystemNotifier(),
		},
		OS: system, Arch: runtime.GOARCH, Release: release, EUID: os.Geteuid,
	})
}
