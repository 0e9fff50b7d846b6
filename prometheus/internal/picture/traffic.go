package main

import (
	"context"
	"math"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wireguardgo"
)

// flow is how much a peer sends and receives, in bytes each second: it goes up
// and down with a period, in seconds.
type flow struct {
	up, down      float64
	period, phase float64
	comes, goes   float64 // when it begins, and when the peer goes, as parts of the whole; 0 stays
}

// at is the part of the flow that there is at a time.
func (f flow) at(now, whole float64) float64 {
	if now < f.comes*whole {
		return 0
	}
	wave := math.Sin(2*math.Pi*now/f.period+f.phase) + 0.4*math.Sin(2*math.Pi*now/(f.period/3.7))
	return max(0.1, 0.6+0.4*wave)
}

func (f flow) gone(now, whole float64) bool { return f.goes > 0 && now > f.goes*whole }

// play lets the peers talk with the gateway for a time, and then until the server
// knows how much.
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
				_ = p.device.Close() // again and again
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

// send sends packets as long as there are bytes for a whole one.
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
