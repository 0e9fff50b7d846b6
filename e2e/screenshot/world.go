//go:build linux || darwin || freebsd || openbsd

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// member is a peer of one of the two devices in the picture.
type member struct {
	hub, name string
	rate      func(second float64) float64 // packets that it sends each second; nil if it never comes
	answers   float64                      // packets that it receives for each that it sends
	leaves    time.Duration                // how long after the start; 0 for never
}

// wave is traffic that rises and falls.
func wave(least, most, period float64) func(float64) float64 {
	return func(second float64) float64 {
		return least + (most-least)*(0.5+0.5*math.Sin(2*math.Pi*second/period))
	}
}

// bursts is traffic during a part of each period.
func bursts(rate, period, length float64) func(float64) float64 {
	return func(second float64) float64 {
		if math.Mod(second, period) < length {
			return rate
		}
		return 0
	}
}

var members = []member{
	{"office", "Alice's laptop", wave(20, 300, 40), 0.3, 0},
	{"office", "Bob's phone", bursts(90, 17, 5), 0.5, 0},
	{"office", "backup", bursts(1400, 60, 44), 0.02, 0},
	{"office", "build server", wave(100, 500, 13), 1.4, 0},
	{"office", "camera, yard", wave(110, 130, 7), 0, 0},
	{"office", "camera, gate", wave(110, 130, 7), 0, 20 * time.Second},
	{"office", "new laptop", nil, 0, 0},
	{"lab", "router Lisbon", wave(5, 60, 25), 1, 0},
	{"lab", "router Osaka", bursts(40, 29, 12), 2, 0},
	{"lab", "sensor 7", wave(1, 1, 1), 0, 30 * time.Second},
	{"lab", "sensor 8", wave(2, 6, 9), 0, 0},
}

// world has devices with traffic between them.
type world struct {
	dir     string // of sockets, and of the file with names
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	closers []func() error
}

func newWorld(ctx context.Context) (*world, error) {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &world{dir: dir, ctx: ctx, cancel: cancel}
	if err := w.fill(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *world) close() error {
	w.cancel()
	var errs []error
	for _, c := range w.closers {
		errs = append(errs, c())
	}
	w.running.Wait()
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}

// fill starts the devices and the traffic.
func (w *world) fill() error {
	hubs := make(map[string]*hub)
	var names []byte
	for i, m := range members {
		h := hubs[m.hub]
		if h == nil {
			var err error
			if h, err = w.newHub(m.hub); err != nil {
				return err
			}
			hubs[m.hub] = h
		}
		key, err := w.join(h, m, i)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		names = fmt.Appendf(names, "# %s\n[Peer]\nPublicKey = %s\n\n", m.name, key)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "names.conf"), names, 0o600); err != nil {
		return err
	}
	// A daemon that accepts connections and does not answer.
	l, err := net.Listen("unix", filepath.Join(w.dir, "edge.sock"))
	if err == nil {
		w.closers = append(w.closers, l.Close)
	}
	return err
}

// hub is one of the devices in the picture.
type hub struct {
	dev  *wireguardgo.Device
	name string
	key  wgtypes.PrivateKey
	port uint16
}

func (w *world) newHub(name string) (*hub, error) {
	dev, err := wireguardgo.New(wireguardgo.Options{Name: name, Dir: w.dir})
	if err != nil {
		return nil, err
	}
	w.closers = append(w.closers, dev.Close)
	h := &hub{dev: dev, name: name}
	if h.key, err = wgtypes.GeneratePrivateKey(); err != nil {
		return nil, err
	}
	c, err := wgctrl.New(wgctrl.WithDevice(name, dev), wgctrl.WithBackends(wgtypes.KindInProcess))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.ConfigureDevice(w.ctx, name, wgtypes.Config{PrivateKey: &h.key}); err != nil {
		return nil, err
	}
	state, err := c.Device(w.ctx, name)
	if err == nil {
		h.port = state.ListenPort
	}
	return h, err
}

// join creates a device for a member, with traffic to the hub.
func (w *world) join(h *hub, m member, i int) (wgtypes.PublicKey, error) {
	dev, err := wireguardgo.New(wireguardgo.Options{Name: "member"})
	if err != nil {
		return wgtypes.PublicKey{}, err
	}
	w.closers = append(w.closers, dev.Close)
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		return wgtypes.PublicKey{}, err
	}
	c, err := wgctrl.New(wgctrl.WithDevice("member", dev), wgctrl.WithDevice(h.name, h.dev), wgctrl.WithBackends(wgtypes.KindInProcess))
	if err != nil {
		return wgtypes.PublicKey{}, err
	}
	defer c.Close()
	here, there := netip.AddrFrom4([4]byte{10, 0, byte(i), 2}), netip.AddrFrom4([4]byte{10, 0, byte(i), 1})
	err = errors.Join(
		c.ConfigureDevice(w.ctx, h.name, wgtypes.Config{Peers: []wgtypes.PeerConfig{{
			PublicKey: key.PublicKey(), AllowedIPs: []netip.Prefix{netip.PrefixFrom(here, 32)},
		}}}),
		c.ConfigureDevice(w.ctx, "member", wgtypes.Config{PrivateKey: &key, Peers: []wgtypes.PeerConfig{{
			PublicKey: h.key.PublicKey(), AllowedIPs: []netip.Prefix{netip.PrefixFrom(there, 32)},
			Endpoint: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), h.port),
		}}}),
	)
	if err == nil && m.rate != nil {
		w.running.Go(func() { w.talk(dev, h.dev, m, here, there) })
	}
	return key.PublicKey(), err
}

// talk sends packets in both directions until the end or until the member leaves.
func (w *world) talk(dev, hub *wireguardgo.Device, m member, here, there netip.Addr) {
	const step = 20 * time.Millisecond
	packet := func(from, to netip.Addr) []byte {
		return wireguardgo.Datagram{Src: netip.AddrPortFrom(from, 7), Dst: netip.AddrPortFrom(to, 7), Payload: make([]byte, 1300)}.AppendPacket(nil)
	}
	out, back := packet(here, there), packet(there, here)
	ticks := time.NewTicker(step)
	defer ticks.Stop()
	began := time.Now()
	due, answers := 0.0, 0.0
	for {
		select {
		case <-w.ctx.Done():
			return
		case now := <-ticks.C:
			passed := now.Sub(began)
			if m.leaves > 0 && passed > m.leaves {
				return
			}
			due += m.rate(passed.Seconds()) * step.Seconds()
		}
		for ; due >= 1; due-- {
			if dev.Send(w.ctx, out) != nil {
				return
			}
			answers += m.answers
		}
		for ; answers >= 1; answers-- {
			if hub.Send(w.ctx, back) != nil {
				return
			}
		}
	}
}
