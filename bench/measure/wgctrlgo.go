//go:build linux

package main

import (
	"fmt"

	wgctrlgo "golang.zx2c4.com/wireguard/wgctrl"
	wgtypesgo "golang.zx2c4.com/wireguard/wgctrl/wgtypes"

	"github.com/wgctrl/wgctrl/bench/workload"
)

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
	var peers, prefixes int
	check := func() error {
		for i := range dev.Peers {
			peers++
			prefixes += len(dev.Peers[i].AllowedIPs)
		}
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

// listWgctrlGo reads the devices too: it cannot only list them.
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
