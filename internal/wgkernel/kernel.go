// Package wgkernel selects the backend of this system's kernel devices.
package wgkernel

import "github.com/wgctrl/wgctrl/wgtypes"

// Config says which devices to use. Only Linux has these settings.
type Config struct {
	// NetNS is a file descriptor of the network namespace, or -1 for that of the
	// calling thread.
	NetNS int
	// Family is the name of the generic netlink family and of the kind of its
	// links. Empty means WireGuard's.
	Family string
	// Kind is KindKernel, which zero means, too, or KindAmneziaKernel.
	Kind wgtypes.Kind
}
