package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// clientFlags are the flags that say which devices the command uses.
type clientFlags struct {
	socketDirs []string
	backends   []string
	netNS      string      // name or path; "" is that of the process
	timeout    timeoutFlag // for replies of daemons
	untrusted  bool        // send keys to any daemon
	progress   *progress   // of Clients; nil to show none
	changes    bool        // the running command changes a device
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
	opts = append(opts, wgctrl.WithBackends(kinds...), wgctrl.WithSocketDirs(cf.socketDirs...), cf.timeout.option())
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

// kinds returns the kinds of --backend. The default is all kinds, except devices of
// this process.
func (cf clientFlags) kinds() ([]wgtypes.Kind, error) {
	if len(cf.backends) == 0 {
		return allKinds(), nil
	}
	var kinds []wgtypes.Kind
	for _, name := range cf.backends {
		var k wgtypes.Kind
		if err := k.UnmarshalText([]byte(name)); err != nil || k != wgtypes.KindKernel && k != wgtypes.KindUserspace {
			return nil, fmt.Errorf("invalid --backend %q: must be kernel or userspace", name)
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

// allKinds returns the kinds of devices that this system has.
func allKinds() []wgtypes.Kind {
	if _, err := kernelCapabilities(); errors.Is(err, errors.ErrUnsupported) {
		return []wgtypes.Kind{wgtypes.KindUserspace}
	}
	return []wgtypes.Kind{wgtypes.KindKernel, wgtypes.KindUserspace}
}

// kernelCapabilities returns what kernel devices can do on this system. The error wraps
// errors.ErrUnsupported if the library does not support them.
func kernelCapabilities() (wgctrl.Capabilities, error) {
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindKernel))
	if err != nil {
		return wgctrl.Capabilities{}, err
	}
	defer c.Close()
	return c.Capabilities(wgtypes.KindKernel)
}
