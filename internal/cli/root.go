package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const rootLong = `wgctrl shows and configures WireGuard devices: those of the Linux kernel, and
those of userspace daemons such as wireguard-go.

Without a command it lists the devices of this machine. Finding them needs no
privilege; reading the kernel's needs CAP_NET_ADMIN, and reading a daemon's
needs access to its socket.`

const rootExample = `  wgctrl                              list the devices of this machine
  wgctrl --socket-dir /run/wireguard  look for daemons elsewhere
  wgctrl demo                         try a tunnel in this process, without root`

// defaultSocketDir is where daemons have their sockets. See
// https://www.wireguard.com/xplatform/.
const defaultSocketDir = "/var/run/wireguard"

// places says where to look for devices.
type places struct {
	socketDirs []string
	backends   []string
}

func newRoot() *cobra.Command {
	var p places
	root := &cobra.Command{
		Use:           "wgctrl",
		Short:         "Show and configure WireGuard devices",
		Long:          rootLong,
		Example:       rootExample,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return runList(cmd, p) },
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	flags := root.PersistentFlags()
	flags.StringArrayVar(&p.socketDirs, "socket-dir", []string{defaultSocketDir},
		"`directory` of daemons' sockets, may be given several times")
	flags.StringArrayVar(&p.backends, "backend", nil,
		"look for devices of this `kind` alone: kernel or userspace, may be given both")
	root.AddCommand(newDemo(), newVersion())
	return root
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
