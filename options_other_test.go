//go:build !linux

package wgctrl_test

import (
	"errors"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wgkernel"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestLinuxOptions checks that the options for kernel devices of Linux return an error
// on other systems.
func TestLinuxOptions(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]wgctrl.Option{
		"WithNetNS":     wgctrl.WithNetNS(0),
		"WithNetNSName": wgctrl.WithNetNSName("missing"),
		"WithFamily":    wgctrl.WithFamily("wireguard"),
	} {
		if _, err := wgctrl.New(option); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: New() = %v, want errors.ErrUnsupported", name, err)
		}
	}
}

// TestKernelDevices checks that options and methods for kernel devices return an error
// on systems without them, and only there.
func TestKernelDevices(t *testing.T) {
	t.Parallel()
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindKernel))
	if (err == nil) != wgkernel.Supported || err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("New(WithBackends(kernel)) = %v, want errors.ErrUnsupported unless this system has kernel devices: %t", err, wgkernel.Supported)
	}
	if err == nil {
		defer c.Close()
		// It needs neither a privilege nor a device.
		if _, err := c.Link(t.Context(), "wg-missing"); err == nil {
			t.Error("Link(wg-missing) = nil, want an error")
		}
		return
	}
	if c, err = wgctrl.New(); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CreateDevice(t.Context(), "wg0", wgctrl.LinkOptions{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("CreateDevice(wg0) = %v, want errors.ErrUnsupported", err)
	}
}
