package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// unprivilegedCaller is the act of TestIntegrationUnprivileged. callersDevice is the
// environment variable that names its device.
const (
	unprivilegedCaller = "unprivileged caller"
	callersDevice      = "WGCTRL_TEST_DEVICE"
)

// callUnprivileged uses a kernel device that has a private key and one peer with a
// preshared key, as a user without privileges.
func callUnprivileged(ctx context.Context) error {
	name := os.Getenv(callersDevice)
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindKernel))
	if err != nil {
		return err
	}
	defer c.Close()
	refs, err := c.List(ctx)
	if err != nil || !slices.ContainsFunc(refs, func(r wgtypes.DeviceRef) bool { return r.Name == name }) {
		return fmt.Errorf("List() = %v, %v, want device %q", refs, err, name)
	}
	if _, err := c.Link(ctx, name); err != nil {
		return fmt.Errorf("Link(%q) = %w, want nil", name, err)
	}
	if err := readUnprivileged(ctx, c, name); err != nil {
		return err
	}
	for what, err := range map[string]error{
		"ConfigureDevice": c.ConfigureDevice(ctx, name, wgtypes.Config{ReplacePeers: true}),
		"SetLink":         c.SetLink(ctx, name, wgctrl.LinkChange{Up: new(true)}),
		"DeleteDevice":    c.DeleteDevice(ctx, name),
		"CreateDevice":    c.CreateDevice(ctx, "wg9999", wgctrl.LinkOptions{}),
	} {
		if !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%s = %w, want error wrapping fs.ErrPermission", what, err)
		}
	}
	return nil
}

// readUnprivileged reads the device. Some systems return it without secrets; which
// releases of NetBSD omit them is not known.
func readUnprivileged(ctx context.Context, c *wgctrl.Client, name string) error {
	d, err := c.Device(ctx, name)
	switch runtime.GOOS {
	case "freebsd", "dragonfly":
		if err != nil || d.PublicKey.IsZero() || !d.PrivateKey.IsZero() || len(d.Peers) != 1 || !d.Peers[0].PresharedKey.IsZero() {
			return fmt.Errorf("Device(%q) = %v, %v, want a public key and a peer, without private and preshared keys", name, d, err)
		}
	case "netbsd":
		if err != nil || len(d.Peers) != 1 {
			return fmt.Errorf("Device(%q) = %v, %v, want one peer", name, d, err)
		}
	default:
		if !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("Device(%q) = %v, %v, want error wrapping fs.ErrPermission", name, d, err)
		}
	}
	return nil
}
