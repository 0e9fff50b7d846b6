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

// places says where to look for devices.
type places struct {
	socketDirs []string
	backends   []string
	netNS      string // name or path; "" is that of the process
}

// run does something with a Client, and explains what fails.
func (p places) run(cmd *cobra.Command, do func(*wgctrl.Client) error) error {
	err := p.use(do)
	if _, said := err.(*exitError); err == nil || said {
		return err
	}
	p.explain(cmd.Context(), cmd.ErrOrStderr(), err)
	return errReported
}

// use does something with a Client.
func (p places) use(do func(*wgctrl.Client) error) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

// client returns a Client that looks in p.
func (p places) client() (*wgctrl.Client, error) {
	opts := []wgctrl.Option{wgctrl.WithSocketDirs(p.socketDirs...)}
	if len(p.backends) > 0 {
		kinds, err := p.kinds()
		if err != nil {
			return nil, err
		}
		opts = append(opts, wgctrl.WithBackends(kinds...))
	}
	if p.netNS != "" {
		ns, err := openNetNS(p.netNS)
		if err != nil {
			return nil, err
		}
		defer ns.Close() // New duplicates it
		opts = append(opts, wgctrl.WithNetNS(int(ns.Fd())))
	}
	return wgctrl.New(opts...)
}

func (p places) kinds() ([]wgtypes.Kind, error) {
	var kinds []wgtypes.Kind
	for _, name := range p.backends {
		switch name {
		case wgtypes.KindKernel.String():
			kinds = append(kinds, wgtypes.KindKernel)
		case wgtypes.KindUserspace.String():
			kinds = append(kinds, wgtypes.KindUserspace)
		default:
			return nil, fmt.Errorf("--backend %q is neither kernel nor userspace", name)
		}
	}
	return kinds, nil
}

// namedNetNS is where ip-netns(8) has its namespaces.
const namedNetNS = "/run/netns"

// openNetNS opens a network namespace by its name, or by its path, which has a
// slash: /proc/PID/ns/net is that of a process.
func openNetNS(nameOrPath string) (*os.File, error) {
	path := nameOrPath
	if !strings.ContainsRune(path, '/') {
		path = filepath.Join(namedNetNS, path)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && path != nameOrPath {
		return nil, fmt.Errorf("--netns %s: there is no such namespace: %w (ip netns list shows those that have a name)", nameOrPath, err)
	}
	if err != nil {
		return nil, fmt.Errorf("--netns %s: %w", nameOrPath, err)
	}
	return f, nil
}
