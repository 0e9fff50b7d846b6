//go:build !linux

package wgctrl_test

import (
	"errors"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestNoKernelDevices checks that options and methods for kernel devices return an
// error on systems without them.
func TestNoKernelDevices(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]wgctrl.Option{
		"WithBackends": wgctrl.WithBackends(wgtypes.KindKernel),
		"WithNetNS":    wgctrl.WithNetNS(0),
		"WithFamily":   wgctrl.WithFamily("wireguard"),
	} {
		if _, err := wgctrl.New(option); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: New() = %v, want errors.ErrUnsupported", name, err)
		}
	}
	c, err := wgctrl.New()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CreateDevice(t.Context(), "wg0", wgctrl.LinkOptions{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("CreateDevice(wg0) = %v, want errors.ErrUnsupported", err)
	}
}
