package quick

import (
	"context"
	"io"
	"net"
	"net/netip"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// Tunnel is an interface and the file that describes it.
type Tunnel struct {
	// Name is the name of the interface.
	Name string
	// Path is the path of the file, for hooks and Save. It may be empty otherwise, unless
	// Down saves the interface because the file has SaveConfig.
	Path string
	// File is the text of the file, which Save edits. If it is nil, Save writes a
	// new text.
	File *wgconf.File
	// Settings are the values of the file. Down may be called without them: it then
	// runs no hooks.
	Settings *wgconf.Settings
}

// amnezia reports whether the interface is one of AmneziaWG: the file has a parameter of
// it.
func (t *Tunnel) amnezia() bool { return t.Settings != nil && t.Settings.Interface.Amnezia != nil }

// Options control what the functions of this package do. The zero value does what
// wg-quick does.
type Options struct {
	// NetNS is the network namespace of the interface: a name of ip-netns(8) or, with
	// a slash, a path. The UDP sockets of the interface stay in the namespace of the
	// caller. DNS servers are then not set, because the resolver could not reach them.
	// Empty means the namespace of the calling thread.
	NetNS string
	// Program is the name for messages and for the variable PROGRAM of hooks. Empty
	// means wgctrl.
	Program string
	// Userspace is the program that creates the interface if the kernel has no
	// WireGuard. Empty means wireguard-go or, if the file has a parameter of AmneziaWG,
	// amneziawg-go.
	Userspace string
	// Stdin, Stdout and Stderr are those of hooks and programs, as in os/exec.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// OnStep, if not nil, is called before each step.
	OnStep func(Step)
	// OnWarning, if not nil, is called with problems that do not stop the function.
	OnWarning func(error)
	// Resolve controls how host names of endpoints are resolved.
	Resolve resolve.Options
	// ResolveLater ignores host names that cannot be resolved, and passes them to
	// OnWarning as a *resolve.UnresolvedError. The interface comes up without the
	// endpoints of these peers. Lookups are then not repeated, unless Resolve.Retries is
	// set.
	ResolveLater bool
	// SplitDNS makes Up and Reload set the DNS servers for names in the search domains
	// only. It is an error if the file has no DNS server or no search domain.
	SplitDNS bool
	// StateDir is the directory of the records. Empty means /run/wgctrl/quick on Linux
	// and /var/run/wgctrl/quick on other systems.
	StateDir string
}

func (o *Options) onStep(s Step) {
	if o.OnStep != nil {
		o.OnStep(s)
	}
}

func (o *Options) warn(err error) {
	if o.OnWarning != nil {
		o.OnWarning(err)
	}
}

// lookup returns the addresses of a host name, or none if it has none now.
func (o *Options) lookup(ctx context.Context, name string) []netip.Addr {
	var r resolve.Resolver = net.DefaultResolver
	if o.Resolve.Resolver != nil {
		r = o.Resolve.Resolver
	}
	addresses, err := r.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil
	}
	return addresses
}

func (o *Options) program() string {
	if o.Program == "" {
		return "wgctrl"
	}
	return o.Program
}
