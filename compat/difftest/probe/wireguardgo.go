//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// wireguardGoChanges applies each change to a device of wireguard-go.
func wireguardGoChanges(r *recorder, c *wgctrl.Client) error {
	r.begin("wireguard-go")
	return apply(r, c, func(t change) bool { return t.user != "no-address" })
}

func noAddresses(r *recorder, c *wgctrl.Client) error {
	r.begin("no addresses")
	return apply(r, c, func(t change) bool { return t.user == "no-address" })
}

func apply(r *recorder, c *wgctrl.Client, wanted func(change) bool) error {
	w, err := startWireguardGo("wg0")
	if err != nil {
		return err
	}
	defer w.close()
	for _, t := range changes() {
		if !wanted(t) {
			continue
		}
		if err := c.ConfigureDevice("wg0", base()); err != nil {
			return fmt.Errorf("before %q: %w", t.name, err)
		}
		if err := c.ConfigureDevice("wg0", wgtypes.Config{FirewallMark: new(0)}); err != nil {
			return fmt.Errorf("before %q: %w", t.name, err)
		}
		configErr := c.ConfigureDevice("wg0", t.config)
		state, err := w.state()
		if err != nil {
			return err
		}
		r.differs(t.user, t.name, state, configErr)
		if t.user != "" {
			continue
		}
		d, err := c.Device("wg0")
		if err != nil {
			return fmt.Errorf("after %q: %w", t.name, err)
		}
		sortPeers(d)
		row := ""
		if d.PrivateKey == (wgtypes.Key{}) {
			row = "no-key"
		}
		r.differs(row, t.name+", as it is read", d, nil)
	}
	return nil
}

func sortPeers(d *wgtypes.Device) {
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return strings.Compare(a.PublicKey.String(), b.PublicKey.String()) })
}

// takenPort configures a port that is in use.
func takenPort(r *recorder, c *wgctrl.Client) error {
	r.begin("a port in use")
	w, err := startWireguardGo("wg0")
	if err != nil {
		return err
	}
	defer w.close()
	taken, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		return err
	}
	defer taken.Close()
	if err := c.ConfigureDevice("wg0", wgtypes.Config{ListenPort: new(5000)}); err != nil {
		return err
	}
	err = c.ConfigureDevice("wg0", wgtypes.Config{ListenPort: new(taken.LocalAddr().(*net.UDPAddr).Port)})
	state, stateErr := w.state()
	r.differs("taken-port", "ConfigureDevice", state, err)
	return stateErr
}

func largeSets(r *recorder, c *wgctrl.Client) error {
	r.begin("large changes of wireguard-go")
	w, err := startWireguardGo("wg0")
	if err != nil {
		return err
	}
	defer w.close()
	for _, t := range []struct {
		name   string
		config wgtypes.Config
	}{
		{"40 peers", manyPeers()}, {"40 peers, one twice", manyPeersTwice()}, {"600 allowed IPs", manyAllowedIPs()},
	} {
		t.config.ListenPort = new(5000)
		err := c.ConfigureDevice("wg0", t.config)
		state, stateErr := w.state()
		if stateErr != nil {
			return stateErr
		}
		r.see(t.name, state, err)
	}
	return nil
}

// duringOthers uses one Client from several goroutines.
func duringOthers(r *recorder, c *wgctrl.Client) error {
	r.begin("several goroutines")
	w, err := startWireguardGo("wg0")
	if err != nil {
		return err
	}
	defer w.close()
	if err := c.ConfigureDevice("wg0", base()); err != nil {
		return err
	}
	var wg sync.WaitGroup
	found := make([]string, 8)
	for i := range found {
		wg.Go(func() {
			configErr := c.ConfigureDevice("wg0", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: first}}})
			d, err := c.Device("wg0")
			if err = errors.Join(configErr, err); err != nil {
				found[i] = describeError(err)
				return
			}
			sortPeers(d)
			found[i] = describe(d)
		})
	}
	wg.Wait()
	for i, f := range found {
		r.see(fmt.Sprint("goroutine ", i), f, nil)
	}
	return nil
}
