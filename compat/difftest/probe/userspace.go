//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// userspace tests daemons with sockets.
func userspace(r *recorder) error {
	c, err := wgctrl.New()
	if err != nil {
		return err
	}
	defer c.Close()
	return play(r, c, noDirectory, directory, impossibleNames, replies, refusals, requests,
		wireguardGoChanges, takenPort, largeSets, duringOthers, closing, outOfDescriptors)
}

// alone tests what is different if the kernel has the module, too. The original then
// asks the kernel first for every name, and returns its errors.
func alone(r *recorder) error {
	c, err := wgctrl.New() // may load the module
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := os.Stat("/sys/module/wireguard"); err == nil {
		return unavailable{errors.New("the kernel has WireGuard")}
	}
	return play(r, c, longNames, noAddresses, closed)
}

func play(r *recorder, c *wgctrl.Client, scenarios ...func(*recorder, *wgctrl.Client) error) error {
	for _, scenario := range scenarios {
		if err := errors.Join(scenario(r, c), clearStage()); err != nil {
			return err
		}
	}
	return nil
}

func noDirectory(r *recorder, c *wgctrl.Client) error {
	r.begin("no directory")
	if err := os.Remove(socketDir); err != nil {
		return err
	}
	all, err := c.Devices()
	r.see("Devices", all, err)
	d, err := c.Device("wg0")
	r.see("Device", d, err)
	r.see("ConfigureDevice", nil, c.ConfigureDevice("wg0", wgtypes.Config{}))
	if err := os.WriteFile(socketDir, nil, 0o600); err != nil {
		return err
	}
	all, err = c.Devices()
	r.see("a file in its place: Devices", all, err)
	d, err = c.Device("wg0")
	r.see("a file in its place: Device", d, err)
	return nil
}

func names(devices []*wgtypes.Device) (list []string) {
	for _, d := range devices {
		list = append(list, d.Name)
	}
	return list
}

func directory(r *recorder, c *wgctrl.Client) error {
	r.begin("directory")
	var stops []func()
	defer func() {
		for _, stop := range stops {
			stop()
		}
	}()
	start := func(file string) error {
		stop, err := serve(file, answers(keyedDevice).handle)
		stops = append(stops, stop)
		return err
	}
	all, err := c.Devices()
	r.see("nothing in it", all, err)
	for _, file := range []string{"wg1.sock", "wg0.sock", "wg0-a.sock", "a.b.sock"} {
		if err := start(file); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(socketDir, "file.sock"), nil, 0o600); err != nil {
		return err
	}
	all, err = c.Devices()
	r.see("several", names(all), err)
	r.see("several, in full", all, err)
	d, err := c.Device("file")
	r.see("no socket", d, err)

	for _, file := range []string{"noext", "wg2.socket"} {
		if err := start(file); err != nil {
			return err
		}
	}
	if err := os.Symlink("wg0.sock", filepath.Join(socketDir, "link.sock")); err != nil {
		return err
	}
	all, err = c.Devices()
	r.differs("socket-names", "sockets of other names", names(all), err)
	for _, name := range []string{"noext", "wg2", "link"} {
		d, err := c.Device(name)
		r.differs("socket-names", name, d, err)
	}

	l, err := listen("stale.sock")
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	all, err = c.Devices()
	r.differs("stale-socket", "Devices with a stale socket", names(all), err)
	d, err = c.Device("stale")
	r.differs("stale-socket", "Device", d, err)
	r.differs("stale-socket", "ConfigureDevice", nil, c.ConfigureDevice("stale", wgtypes.Config{}))
	return os.Remove(filepath.Join(socketDir, "stale.sock"))
}

func impossibleNames(r *recorder, c *wgctrl.Client) error {
	r.begin("impossible names")
	return askFor(r, c, "", ".", "..", "a/b", "../wg0", `a\b`, "a\nb", "a\x00b", "wg%d", "absent")
}

func longNames(r *recorder, c *wgctrl.Client) error {
	r.begin("long names")
	stop, err := serve("a-socket-of-more-than-15-bytes.sock", answers(keyedDevice).handle)
	if err != nil {
		return err
	}
	defer stop()
	d, err := c.Device("a-socket-of-more-than-15-bytes")
	r.differs("socket-names", "a socket", d, err)
	return askFor(r, c, "sixteen-bytes-16", "a-name-of-more-than-15-bytes")
}

// askFor reads and configures missing devices.
func askFor(r *recorder, c *wgctrl.Client, names ...string) error {
	for _, name := range names {
		d, err := c.Device(name)
		r.see(fmt.Sprintf("Device(%q)", name), d, err)
		r.see(fmt.Sprintf("ConfigureDevice(%q)", name), nil, c.ConfigureDevice(name, wgtypes.Config{}))
	}
	return nil
}

func closing(r *recorder, _ *wgctrl.Client) error {
	r.begin("Close")
	c, err := wgctrl.New()
	r.see("New", c != nil, err)
	if err != nil {
		return err
	}
	other := *c
	r.see("Close", nil, c.Close())
	r.see("Close again", nil, c.Close())
	r.see("Close of a copy", nil, other.Close())
	return nil
}

func closed(r *recorder, _ *wgctrl.Client) error {
	r.begin("after Close")
	stop, err := serve("wg0.sock", answers(keyedDevice).handle)
	if err != nil {
		return err
	}
	defer stop()
	c, err := wgctrl.New()
	if err == nil {
		err = c.Close()
	}
	if err != nil {
		return err
	}
	all, err := c.Devices()
	r.differs("closed", "Devices", names(all), err)
	d, err := c.Device("wg0")
	r.differs("closed", "Device", d, err)
	r.differs("closed", "ConfigureDevice", nil, c.ConfigureDevice("wg0", wgtypes.Config{}))
	return nil
}

// outOfDescriptors creates a Client in a process that cannot open a socket.
func outOfDescriptors(r *recorder, _ *wgctrl.Client) error {
	r.begin("no descriptors")
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Max: was.Max}); err != nil {
		return err
	}
	c, err := wgctrl.New()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		return err
	}
	r.differs("lazy", "New", c != nil, err)
	if c != nil {
		return c.Close()
	}
	return nil
}
