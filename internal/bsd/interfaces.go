package bsd

import (
	"net"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// Interfaces returns the network interfaces of this system.
func Interfaces() ([]wginternal.Interface, error) {
	found, err := net.Interfaces()
	list := make([]wginternal.Interface, len(found))
	for i := range found {
		list[i] = wginternal.Interface{Index: found[i].Index, Name: found[i].Name}
	}
	return list, err
}
