//go:build linux

package main

import (
	"context"
	"iter"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/bench/workload"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// watchInterval is the interval of the work Watch. The clock of the virtual machine
// skips the waiting.
const watchInterval = time.Second

// watching is a Watch over one device whose peers are idle.
type watching struct {
	client *wgctrl.Client
	device string
	next   func() (wgtypes.Event, error, bool)
	marker wgtypes.PeerConfig // a change of the peer that marks the intervals
}

// watchOurs prepares a Watch that has yielded the current state. The work is the same
// number of intervals as the work Poll has readings.
func watchOurs(t task) (job, error) {
	c, err := client()
	if err != nil {
		return job{}, err
	}
	events := c.Watch(context.Background(), wgctrl.WatchOptions{Interval: watchInterval, Devices: []string{t.device}})
	next, _ := iter.Pull2(events)
	w := &watching{client: c, device: t.device, next: next}
	w.marker.PublicKey, w.marker.UpdateOnly = workload.Size{Peers: 1}.Config().Peers[0].PublicKey, true
	peers, prefixes, err := w.start()
	if err != nil {
		return job{}, err
	}
	return job{op: w.intervals, check: t.counted(&peers, &prefixes)}, nil
}

// start counts what the current state contains.
func (w *watching) start() (peers, prefixes int, err error) {
	for {
		e, err, _ := w.next()
		switch {
		case err != nil:
			return 0, 0, err
		case e.Kind == wgtypes.EventReady:
			return peers, prefixes, nil
		case e.Kind == wgtypes.EventPeerAdded:
			peers++
			if e.NewPeer.PublicKey == w.marker.PublicKey {
				w.marker.PersistentKeepalive = &e.NewPeer.PersistentKeepalive
			}
			prefixes += len(e.NewPeer.AllowedIPs)
		}
	}
}

// intervals changes one peer and waits for the poll that reports it, once for each
// interval. The change costs little and makes each poll visible.
func (w *watching) intervals() error {
	for range polls {
		keepalive := time.Second
		if *w.marker.PersistentKeepalive == keepalive {
			keepalive = 2 * time.Second
		}
		w.marker.PersistentKeepalive = &keepalive
		mark := wgtypes.Config{Peers: []wgtypes.PeerConfig{w.marker}}
		if err := w.client.ConfigureDevice(context.Background(), w.device, mark); err != nil {
			return err
		}
		if err := w.changed(); err != nil {
			return err
		}
	}
	return nil
}

// changed waits until the Watch reports a changed peer.
func (w *watching) changed() error {
	for {
		e, err, _ := w.next()
		if err != nil || e.Kind == wgtypes.EventPeerChanged {
			return err
		}
	}
}
