//go:build linux

package main

import (
	"fmt"
	"slices"

	"github.com/wgctrl/wgctrl/bench/workload"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// diffOurs compares a device with a configuration that moves every prefix to another
// peer.
func diffOurs(t task) (job, error) {
	have, want := t.size.Device("bench"), t.size.Config()
	for i := range want.Peers {
		next := have.Peers[(i+1)%len(have.Peers)]
		want.Peers[i].AllowedIPs = slices.Clone(next.AllowedIPs)
		want.Peers[i].ReplaceAllowedIPs = true
	}
	var change wgtypes.Config
	op := func() error {
		change = wginternal.Diff(have, want, nil)
		return nil
	}
	check := func() error {
		if len(change.Peers) < t.size.Peers {
			return fmt.Errorf("a diff of %s changes %d peers", t.size, len(change.Peers))
		}
		return nil
	}
	return job{op: op, check: check}, nil
}

// parseOurs parses a configuration file.
func parseOurs(t task) (job, error) {
	text := workload.AppendFile(nil, t.size.Config())
	var config wgtypes.Config
	op := func() error {
		settings, err := wgconf.Parse("bench.conf", text).Settings(wgconf.DialectWG)
		if err != nil {
			return err
		}
		config, err = settings.Config()
		return err
	}
	check := func() error {
		if n := len(config.Peers); n != t.size.Peers {
			return fmt.Errorf("a file of %s has %d peers", t.size, n)
		}
		return nil
	}
	return job{op: op, check: check}, nil
}
