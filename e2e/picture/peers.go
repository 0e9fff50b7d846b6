package main

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// peer is the other end of one of the gateway's tunnels.
type peer struct {
	name    string
	network netip.Prefix
	flow    flow
	absent  bool // it was never there

	gateway, device *wireguardgo.Device
	key             wgtypes.PrivateKey
}

// cast returns the peers of each device of the gateway.
func cast() map[string][]*peer {
	one := func(name, network string, f flow) *peer {
		return &peer{name: name, network: netip.MustParsePrefix(network), flow: f}
	}
	return map[string][]*peer{
		"wg0": {
			one("Alice's laptop", "10.8.0.2/32", flow{up: 22e3, down: 90e3, period: 150}),
			one("Bob's laptop", "10.8.0.3/32", flow{up: 12e3, down: 48e3, period: 100, phase: 2}),
			one("Carol's phone", "10.8.0.4/32", flow{up: 5e3, down: 30e3, period: 70, phase: 4}),
			one("Dave's desktop", "10.8.0.5/32", flow{up: 40e3, down: 14e3, period: 230, phase: 1}),
			one("Erin's tablet", "10.8.0.6/32", flow{up: 2e3, down: 20e3, period: 60, phase: 3, goes: 0.35}),
			one("Frank's laptop", "10.8.0.7/32", flow{up: 8e3, down: 65e3, period: 180, phase: 5, comes: 0.3}),
			{name: "Heidi's laptop", network: netip.MustParsePrefix("10.8.0.8/32"), absent: true},
		},
		"wg1": {
			one("Berlin", "10.1.0.0/16", flow{up: 75e3, down: 110e3, period: 210, phase: 3}),
			one("Lyon", "10.2.0.0/16", flow{up: 60e3, down: 35e3, period: 130}),
			one("Oslo", "10.3.0.0/16", flow{up: 15e3, down: 25e3, period: 90, phase: 5}),
		},
	}
}

// startDevices starts the gateway's devices, with their sockets, and the peers'.
func (s *scene) startDevices(ctx context.Context) error {
	for name, peers := range cast() {
		gateway, err := s.startDevice(wireguardgo.Options{Name: name, Dir: s.dir})
		if err != nil {
			return err
		}
		key, err := wgtypes.GeneratePrivateKey()
		if err != nil {
			return err
		}
		config, names := wgtypes.Config{PrivateKey: &key}, ""
		for _, p := range peers {
			p.gateway = gateway
			if p.key, err = wgtypes.GeneratePrivateKey(); err != nil {
				return err
			}
			config.Peers = append(config.Peers, wgtypes.PeerConfig{
				PublicKey: p.key.PublicKey(), AllowedIPs: []netip.Prefix{p.network}, PersistentKeepalive: new(25 * time.Second),
			})
			names += fmt.Sprintf("# %s\n[Peer]\nPublicKey = %v\n\n", p.name, p.key.PublicKey())
		}
		state, err := configure(ctx, gateway, config)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(s.dir, name+".conf"), []byte(names), 0o600); err != nil {
			return err
		}
		if err := s.startPeers(ctx, state, peers); err != nil {
			return err
		}
	}
	return nil
}

// startPeers starts the devices of a gateway's peers.
func (s *scene) startPeers(ctx context.Context, gateway *wgtypes.Device, peers []*peer) error {
	for _, p := range peers {
		if p.absent {
			continue
		}
		var err error
		if p.device, err = s.startDevice(wireguardgo.Options{Name: "peer"}); err != nil {
			return err
		}
		if _, err := configure(ctx, p.device, wgtypes.Config{PrivateKey: &p.key, Peers: []wgtypes.PeerConfig{{
			PublicKey: gateway.PublicKey, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")},
			Endpoint: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), gateway.ListenPort),
		}}}); err != nil {
			return err
		}
		s.peers = append(s.peers, p)
	}
	return nil
}

func (s *scene) startDevice(o wireguardgo.Options) (*wireguardgo.Device, error) {
	d, err := wireguardgo.New(o)
	if err == nil {
		s.ends = append(s.ends, func() { _ = d.Close() })
	}
	return d, err
}

// configure configures a device of this process and reads it.
func configure(ctx context.Context, d *wireguardgo.Device, config wgtypes.Config) (*wgtypes.Device, error) {
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindInProcess), wgctrl.WithDevice(d.Name(), d))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.ConfigureDevice(ctx, d.Name(), config); err != nil {
		return nil, err
	}
	return c.Device(ctx, d.Name())
}

// flow is the traffic of a peer in bytes per second. It rises and falls with a
// period in seconds.
type flow struct {
	up, down      float64
	period, phase float64
	comes, goes   float64 // when the traffic begins and the peer leaves, as parts of the whole time; goes 0 means never
}

// at returns the part of the flow at a time, from 0 to 1.
func (f flow) at(now, whole float64) float64 {
	if now < f.comes*whole {
		return 0
	}
	wave := math.Sin(2*math.Pi*now/f.period+f.phase) + 0.4*math.Sin(2*math.Pi*now/(f.period/3.7))
	return max(0.1, 0.6+0.4*wave)
}

func (f flow) gone(now, whole float64) bool { return f.goes > 0 && now > f.goes*whole }

// play generates traffic for a time, and then waits until the server has seen it.
func (s *scene) play(ctx context.Context, length time.Duration) error {
	const every = 100 * time.Millisecond
	start, tick := time.Now(), time.NewTicker(every)
	defer tick.Stop()
	up, down := make([]float64, len(s.peers)), make([]float64, len(s.peers)) // bytes to send
	for {
		now := time.Since(start)
		if now > length && s.known(ctx) {
			return nil
		}
		for i, p := range s.peers {
			if p.flow.gone(now.Seconds(), length.Seconds()) {
				_ = p.device.Close() // only the first Close does something
				continue
			}
			part := p.flow.at(now.Seconds(), length.Seconds()) * every.Seconds()
			up[i] += part * p.flow.up
			down[i] += part * p.flow.down
			own, gateway := p.network.Addr().Next(), netip.MustParseAddr("192.0.2.1")
			if p.network.IsSingleIP() {
				own = p.network.Addr()
			}
			if err := send(ctx, p.device, own, gateway, &up[i]); err != nil {
				return err
			}
			if err := send(ctx, p.gateway, gateway, own, &down[i]); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// known reports whether the server has seen traffic of each device.
func (s *scene) known(ctx context.Context) bool {
	rates, err := prometheus{url: s.url, end: time.Now()}.now(ctx, "sum by (device) (rate(wireguard_peer_receive_bytes_total["+rateInterval+"])) > 0")
	return err == nil && len(rates) == len(cast())
}

// send sends whole packets and keeps the remaining bytes for later.
func send(ctx context.Context, d *wireguardgo.Device, from, to netip.Addr, bytes *float64) error {
	const size = 1200
	for ; *bytes >= size; *bytes -= size {
		packet := wireguardgo.Datagram{Src: netip.AddrPortFrom(from, 9), Dst: netip.AddrPortFrom(to, 9), Payload: make([]byte, size)}.AppendPacket(nil)
		if err := d.Send(ctx, packet); err != nil {
			return err
		}
	}
	return nil
}
