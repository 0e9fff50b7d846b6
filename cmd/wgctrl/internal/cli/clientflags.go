package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// clientFlags are the flags that say which devices the command uses.
type clientFlags struct {
	socketDirs  []string // nil for uapinet.SocketDir
	amneziaDirs []string // nil for uapinet.AmneziaSocketDir or, with socketDirs, for none
	backends    []string
	netNS       string      // name or path; "" is that of the process
	timeout     timeoutFlag // for replies of daemons
	untrusted   bool        // send keys to any daemon
	progress    *progress   // of Clients; nil to show none
	changes     bool        // the running command changes a device
}

// run calls do with a Client. It prints and explains an error of do.
func (cf clientFlags) run(cmd *cobra.Command, do func(*wgctrl.Client) error) error {
	err := cf.use(do)
	if _, printed := err.(*exitError); err == nil || printed {
		return err
	}
	cf.forCommand(cmd).explain(cmd.Context(), cmd.ErrOrStderr(), err)
	return errReported
}

// use calls do with a Client.
func (cf clientFlags) use(do func(*wgctrl.Client) error) error {
	c, err := cf.client()
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

// client returns a Client for the flags, with further options.
func (cf clientFlags) client(opts ...wgctrl.Option) (*wgctrl.Client, error) {
	kinds, err := cf.kinds()
	if err != nil {
		return nil, err
	}
	opts = append(opts, wgctrl.WithBackends(kinds...), cf.timeout.option())
	if cf.socketDirs != nil {
		opts = append(opts, wgctrl.WithSocketDirs(cf.socketDirs...))
	}
	if cf.amneziaDirs != nil {
		opts = append(opts, wgctrl.WithAmneziaSocketDirs(cf.amneziaDirs...))
	}
	if cf.netNS != "" {
		opts = append(opts, wgctrl.WithNetNSName(cf.netNS))
	}
	if cf.untrusted {
		opts = append(opts, wgctrl.WithUntrustedSockets())
	}
	if cf.progress != nil {
		opts = append(opts, wgctrl.WithProgress(cf.progress.update))
	}
	return wgctrl.New(opts...)
}

// kinds returns the kinds of --backend. The default is all kinds that the system has,
// except devices of this process.
func (cf clientFlags) kinds() ([]wgtypes.Kind, error) {
	var kinds []wgtypes.Kind
	for _, name := range cf.backends {
		i := slices.IndexFunc(backendKinds, func(k wgtypes.Kind) bool { return k.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("invalid --backend %q: must be %s", name, orList(backendNames()))
		}
		// Completion parses flags twice, so a kind that is named twice is not an error.
		if !slices.Contains(kinds, backendKinds[i]) {
			kinds = append(kinds, backendKinds[i])
		}
	}
	if len(kinds) > 0 {
		return kinds, nil
	}
	return slices.DeleteFunc(supportedKinds(backendKinds), func(k wgtypes.Kind) bool { return !cf.searches(k) }), nil
}

// searches reports whether the command looks for devices of a kind, if the system has
// the kind. With only --socket-dir, it uses no other sockets.
func (cf clientFlags) searches(kind wgtypes.Kind) bool {
	if len(cf.backends) > 0 {
		return slices.Contains(cf.backends, kind.String())
	}
	return kind != wgtypes.KindAmneziaUserspace || cf.socketDirs == nil || cf.amneziaDirs != nil
}

// dirs returns the directories of the sockets of a kind that the command searches.
func (cf clientFlags) dirs(kind wgtypes.Kind) []string {
	dirs, normal := cf.socketDirs, uapinet.SocketDir
	if kind == wgtypes.KindAmneziaUserspace {
		dirs, normal = cf.amneziaDirs, uapinet.AmneziaSocketDir
	}
	if dirs == nil {
		return []string{normal}
	}
	return dirs
}

// backendKinds are the kinds that --backend can name, in the order in which they are
// asked for a device.
var backendKinds = []wgtypes.Kind{
	wgtypes.KindKernel, wgtypes.KindAmneziaKernel, wgtypes.KindUserspace, wgtypes.KindAmneziaUserspace,
}

// backendNames returns the values of --backend.
func backendNames() []string {
	var names []string
	for _, k := range backendKinds {
		names = append(names, k.String())
	}
	return names
}

// orList returns words as in "a, b or c".
func orList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// isUserspace reports whether devices of a kind belong to a daemon.
func isUserspace(k wgtypes.Kind) bool {
	return k == wgtypes.KindUserspace || k == wgtypes.KindAmneziaUserspace
}

// isAmneziaKind reports whether devices of a kind are those of AmneziaWG.
func isAmneziaKind(k wgtypes.Kind) bool {
	return k == wgtypes.KindAmneziaKernel || k == wgtypes.KindAmneziaUserspace
}

// supportedKinds returns the kinds of devices that this system has, in the same order.
func supportedKinds(kinds []wgtypes.Kind) []wgtypes.Kind {
	return slices.DeleteFunc(slices.Clone(kinds), func(k wgtypes.Kind) bool {
		_, err := capabilities(k)
		return errors.Is(err, errors.ErrUnsupported)
	})
}

// capabilities returns what devices of a kind can do on this system. The error wraps
// errors.ErrUnsupported if the library does not support them.
func capabilities(kind wgtypes.Kind) (wgctrl.Capabilities, error) {
	c, err := wgctrl.New(wgctrl.WithBackends(kind))
	if err != nil {
		return wgctrl.Capabilities{}, err
	}
	defer c.Close()
	return c.Capabilities(kind)
}

// kernelCapabilities returns what WireGuard devices of the kernel can do on this system.
func kernelCapabilities() (wgctrl.Capabilities, error) { return capabilities(wgtypes.KindKernel) }
