package cli

import (
	"errors"
	"net/netip"
	"os"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// stage is where the demo's devices are.
type stage struct {
	dir  string // of their sockets, "" where they have none
	ends []*end
}

func newStage() (*stage, error) {
	if !demoHasSockets || !wireguardgo.Supported {
		return &stage{}, nil
	}
	dir, err := wireguardgo.TempDir()
	return &stage{dir: dir}, err
}

// add starts a device.
func (s *stage) add(name string, addr netip.Addr) (*end, error) {
	dev, err := wireguardgo.New(wireguardgo.Options{Name: name, Dir: s.dir})
	if err != nil {
		return nil, err
	}
	e := &end{name: name, addr: addr, dev: dev}
	s.ends = append(s.ends, e)
	return e, nil
}

// options make a Client see the stage and nothing else.
func (s *stage) options() []wgctrl.Option {
	if s.dir != "" {
		return []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(s.dir)}
	}
	opts := []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindInProcess)}
	for _, e := range s.ends {
		opts = append(opts, wgctrl.WithDevice(e.name, e.dev))
	}
	return opts
}

func (s *stage) where() string {
	if s.dir != "" {
		return "with sockets in " + s.dir
	}
	return "without sockets, which need an administrator here"
}

// close ends the devices. It may be called twice.
func (s *stage) close() error {
	var errs []error
	for _, e := range s.ends {
		errs = append(errs, e.dev.Close())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}
