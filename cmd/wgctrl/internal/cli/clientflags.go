package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// clientFlags are the flags that say which devices the command uses.
type clientFlags struct {
	socketDirs []string
	backends   []string
	netNS      string    // name or path; "" is that of the process
	progress   *progress // of Clients; nil to show none
}

// run calls do with a Client. It prints and explains an error of do.
func (cf clientFlags) run(cmd *cobra.Command, do func(*wgctrl.Client) error) error {
	err := cf.use(do)
	if _, printed := err.(*exitError); err == nil || printed {
		return err
	}
	cf.explain(cmd.Context(), cmd.ErrOrStderr(), err)
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
	opts = append(opts, wgctrl.WithSocketDirs(cf.socketDirs...))
	if len(cf.backends) > 0 {
		kinds, err := cf.kinds()
		if err != nil {
			return nil, err
		}
		opts = append(opts, wgctrl.WithBackends(kinds...))
	}
	if cf.netNS != "" {
		ns, err := openNetNS(cf.netNS)
		if err != nil {
			return nil, err
		}
		defer ns.Close() // New duplicates the descriptor
		opts = append(opts, wgctrl.WithNetNS(int(ns.Fd())))
	}
	if cf.progress != nil {
		opts = append(opts, wgctrl.WithProgress(cf.progress.tell))
	}
	return wgctrl.New(opts...)
}

func (cf clientFlags) kinds() ([]wgtypes.Kind, error) {
	var kinds []wgtypes.Kind
	for _, name := range cf.backends {
		switch name {
		case wgtypes.KindKernel.String():
			kinds = append(kinds, wgtypes.KindKernel)
		case wgtypes.KindUserspace.String():
			kinds = append(kinds, wgtypes.KindUserspace)
		default:
			return nil, fmt.Errorf("invalid --backend %q: must be kernel or userspace", name)
		}
	}
	return kinds, nil
}

// namedNetNS is the directory of the namespaces of ip-netns(8).
const namedNetNS = "/run/netns"

// openNetNS opens a network namespace by its name, or by its path if the argument
// contains a slash, such as /proc/PID/ns/net.
func openNetNS(nameOrPath string) (*os.File, error) {
	path := nameOrPath
	if !strings.ContainsRune(path, '/') {
		path = filepath.Join(namedNetNS, path)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && path != nameOrPath {
		return nil, fmt.Errorf("--netns %s: no such network namespace: %w (ip netns list shows the existing names)", nameOrPath, err)
	}
	if err != nil {
		return nil, fmt.Errorf("--netns %s: %w", nameOrPath, err)
	}
	return f, nil
}
