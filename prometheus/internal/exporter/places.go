package exporter

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// places says where to look for devices.
type places struct {
	socketDirs []string
	backends   []string
	netNS      string // name or path; "" is that of the process
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
		var k wgtypes.Kind
		if err := k.UnmarshalText([]byte(name)); err != nil || k != wgtypes.KindKernel && k != wgtypes.KindUserspace {
			return nil, fmt.Errorf("--backend %q is neither kernel nor userspace", name)
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

// namedNetNS is where ip-netns(8) has its namespaces.
const namedNetNS = "/run/netns"

// openNetNS opens a network namespace by its name, or by its path, which has a
// slash.
func openNetNS(nameOrPath string) (*os.File, error) {
	path := nameOrPath
	if !strings.ContainsRune(path, '/') {
		path = filepath.Join(namedNetNS, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--netns %s: %w", nameOrPath, err)
	}
	return f, nil
}
