//go:build !linux

package doctor

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

// reasonLinux is why something is not checked on other systems.
const reasonLinux = "this check exists only on Linux"

func bootTime(time.Time) (time.Time, error) { return time.Time{}, errors.New(reasonLinux) }

// readNetwork reads the interfaces and their addresses.
func readNetwork(string) (*Network, []Note) {
	notes := notesFor(reasonLinux, TopicRoutes, TopicRules, TopicSysctls, TopicSockets)
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, append(notes, notesFor(err.Error(), TopicLink, TopicAddresses)...)
	}
	n := &Network{}
	for _, i := range interfaces {
		l := Link{Index: i.Index, Name: i.Name, Up: i.Flags&net.FlagUp != 0, MTU: i.MTU}
		addresses, err := i.Addrs()
		if err != nil {
			notes = append(notes, notesFor(err.Error(), TopicAddresses)...)
		}
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				l.Addresses = append(l.Addresses, p)
			}
		}
		n.Links = append(n.Links, l)
	}
	return n, notes
}
