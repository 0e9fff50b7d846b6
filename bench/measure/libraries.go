//go:build linux

package main

import (
	"context"
	"fmt"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/bench/workload"
	"github.com/wgctrl/wgctrl/wgtypes"
	wgctrlgo "golang.zx2c4.com/wireguard/wgctrl"
	wgtypesgo "golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// client returns a Client of our library.
func client() (*wgctrl.Client, error) { return wgctrl.New() }

// polls is the number of readings in the work Poll.
const polls = 5

func readOurs(t task) (job, error) { return readsOurs(t, 1) }

func pollOurs(t task) (job, error) { return readsOurs(t, polls) }

func readsOurs(t task, times int) (job, error) {
	c, err := client()
	if err != nil {
		return job{}, err
	}
	var dev *wgtypes.Device
	op := func() (err error) {
		for range times {
			if dev, err = c.Device(context.Background(), t.device); err != nil {
				return err
			}
		}
		return nil
	}
	check := func() error {
		peers, prefixes := countOurs(dev)
		return t.counted(&peers, &prefixes)()
	}
	return job{op: op, check: check}, nil
}

// countOurs returns the number of peers and prefixes of devices.
func countOurs(devices ...*wgtypes.Device) (peers, prefixes int) {
	for _, d := range devices {
		peers += len(d.Peers)
		for i := range d.Peers {
			prefixes += len(d.Peers[i].AllowedIPs)
		}
	}
	return peers, prefixes
}

// countWgctrlGo is countOurs for wgctrl-go.
func countWgctrlGo(devices ...*wgtypesgo.Device) (peers, prefixes int) {
	for _, d := range devices {
		peers += len(d.Peers)
		for i := range d.Peers {
			prefixes += len(d.Peers[i].AllowedIPs)
		}
	}
	return peers, prefixes
}

func devicesOurs(t task) (job, error) {
	c, err := client()
	if err != nil {
		return job{}, err
	}
	var devices []*wgtypes.Device
	op := func() (err error) {
		devices, err = c.Devices(context.Background())
		return err
	}
	check := func() error {
		peers, prefixes := countOurs(devices...)
		return t.counted(&peers, &prefixes)()
	}
	return job{op: op, check: check}, nil
}

func devicesWgctrlGo(t task) (job, error) {
	c, err := wgctrlgo.New()
	if err != nil {
		return job{}, err
	}
	var devices []*wgtypesgo.Device
	op := func() (err error) {
		devices, err = c.Devices()
		return err
	}
	check := func() error {
		peers, prefixes := countWgctrlGo(devices...)
		return t.counted(&peers, &prefixes)()
	}
	return job{op: op, check: check}, nil
}

func streamOurs(t task) (job, error) {
	c, err := client()
	if err != nil {
		return job{}, err
	}
	var peers, prefixes int
	op := func() error {
		r, err := c.StreamDevice(context.Background(), t.device)
		if err != nil {
			return err
		}
		for p, err := range r.Peers() {
			if err != nil {
				return err
			}
			peers++
			prefixes += len(p.AllowedIPs)
		}
		return r.Close()
	}
	return job{op: op, check: t.counted(&peers, &prefixes)}, nil
}

func writeOurs(t task) (job, error) {
	c, err := client()
	if err != nil {
		return job{}, err
	}
	config := t.config()
	op := func() error { return c.ConfigureDevice(context.Background(), t.device, config) }
	return job{op: op, check: nothing}, nil
}

func listOurs(task) (job, error) {
	c, err := client()
	if err != nil {
		return job{}, err
	}
	var found []wgtypes.DeviceRef
	op := func() (err error) {
		found, err = c.List(context.Background())
		return err
	}
	check := func() error {
		if len(found) != 1 {
			return fmt.Errorf("found %v", found)
		}
		return nil
	}
	return job{op: op, check: check}, nil
}

func readWgctrlGo(t task) (job, error) { return readsWgctrlGo(t, 1) }

func pollWgctrlGo(t task) (job, error) { return readsWgctrlGo(t, polls) }

func readsWgctrlGo(t task, times int) (job, error) {
	c, err := wgctrlgo.New()
	if err != nil {
		return job{}, err
	}
	var dev *wgtypesgo.Device
	op := func() (err error) {
		for range times {
			if dev, err = c.Device(t.device); err != nil {
				return err
			}
		}
		return nil
	}
	check := func() error {
		peers, prefixes := countWgctrlGo(dev)
		return t.counted(&peers, &prefixes)()
	}
	return job{op: op, check: check}, nil
}

func writeWgctrlGo(t task) (job, error) {
	c, err := wgctrlgo.New()
	if err != nil {
		return job{}, err
	}
	config := workload.WgctrlGo(t.config())
	op := func() error { return c.ConfigureDevice(t.device, config) }
	return job{op: op, check: nothing}, nil
}

// listWgctrlGo also reads the devices, because wgctrl-go cannot only list them.
func listWgctrlGo(task) (job, error) {
	c, err := wgctrlgo.New()
	if err != nil {
		return job{}, err
	}
	var found []*wgtypesgo.Device
	op := func() (err error) {
		found, err = c.Devices()
		return err
	}
	check := func() error {
		if len(found) != 1 {
			return fmt.Errorf("found %d devices", len(found))
		}
		return nil
	}
	return job{op: op, check: check}, nil
}
