package bsdplan

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Facts are what the commands depend on.
type Facts struct {
	// EndpointMTUs are the MTUs of the interfaces with the routes to the endpoints.
	EndpointMTUs []int
	// DefaultMTU is that of the interface with the default route, or 0.
	DefaultMTU int
	// CurrentMTU is that of the new interface, on macOS.
	CurrentMTU int
	// Gateway4 and Gateway6 are the gateways of the default routes, or empty.
	Gateway4, Gateway6 string
	// RouteInterfaces has the name of the interface that now has the route for each
	// allowed IP.
	RouteInterfaces map[netip.Prefix]string
	// HasSocket says that the device is one of a userspace implementation, on FreeBSD.
	HasSocket bool
	// HasResolver says that resolvd or unwind runs, on OpenBSD.
	HasResolver bool
	// HasBackup says that resolv.conf was saved, on OpenBSD.
	HasBackup bool
	// Services are the network services of macOS.
	Services []Service
}

// Service is a network service of macOS with its DNS servers and search domains
// before the tunnel came up. They are stored with the state of the tunnel, so that
// they can be restored although no process keeps them.
type Service struct {
	Name    string   `json:"name"`
	Servers []string `json:"servers"`
	Search  []string `json:"search"`
}

// set returns the commands that set the values of the service.
func (s Service) set(text string, servers, search []string) []Command {
	return []Command{
		{Text: text, Words: append([]string{"networksetup", "-setdnsservers", s.Name}, servers...)},
		{Text: text, Words: append([]string{"networksetup", "-setsearchdomains", s.Name}, search...)},
	}
}

// FreeDevice returns the first of wg0, wg1, ... that is not in names.
func FreeDevice(names []string) string {
	for i := 0; ; i++ {
		if name := "wg" + strconv.Itoa(i); !slices.Contains(names, name) {
			return name
		}
	}
}

// ParseDevice returns the interface of OpenBSD that the output of ifconfig describes
// as "wg-quick: NAME", or "".
func ParseDevice(output, name string) string {
	device := ""
	for l := range strings.Lines(output) {
		l = strings.TrimSuffix(l, "\n")
		if !strings.HasPrefix(l, "\t") {
			device, _, _ = strings.Cut(l, ":")
		}
		if l == "\tdescription: wg-quick: "+name && strings.HasPrefix(device, "wg") {
			return device
		}
	}
	return ""
}

// ParseGateway returns the gateway of the first default route in the output of
// netstat -nr -f FAMILY, or "". Routes of macOS to a link have none.
func ParseGateway(output string) string {
	for l := range strings.Lines(output) {
		if words := strings.Fields(l); len(words) > 1 && words[0] == "default" && !strings.HasPrefix(words[1], "link#") {
			return words[1]
		}
	}
	return ""
}

// ParseRouteInterface returns the interface in the output of route -n get, or "".
func ParseRouteInterface(output string) string {
	for l := range strings.Lines(output) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(l), "interface: "); ok {
			return name
		}
	}
	return ""
}

// ParseMTU returns the MTU in the output of ifconfig for an interface, or 0.
func ParseMTU(output string) int {
	_, text, _ := strings.Cut(output, "mtu ")
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		text = text[:end]
	}
	mtu, _ := strconv.Atoi(text) // 0 if there is none
	return mtu
}

// ParseServices returns the names in the output of networksetup
// -listallnetworkservices. The first line is an explanation, and an asterisk marks a
// disabled service.
func ParseServices(output string) (names []string) {
	_, output, _ = strings.Cut(output, "\n")
	for l := range strings.Lines(output) {
		if name := strings.TrimPrefix(strings.TrimSuffix(l, "\n"), "*"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// ParseServiceValues returns the values in the output of networksetup
// -getdnsservers or -getsearchdomains. A sentence means that there are none, which
// networksetup calls Empty.
func ParseServiceValues(output string) []string {
	if strings.Contains(strings.TrimSpace(output), " ") || strings.TrimSpace(output) == "" {
		return []string{"Empty"}
	}
	return strings.Fields(output)
}
