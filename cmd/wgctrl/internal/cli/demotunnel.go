package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"sync/atomic"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// demoHasSockets is whether the demo's devices have sockets. On Windows only
// administrators can create a daemon's pipe.
const demoHasSockets = runtime.GOOS != "windows"

// demoDevices are the demo's devices.
type demoDevices struct {
	dir  string // of their sockets; empty if they have none
	ends []*tunnelEnd
}

func newDemoDevices() (*demoDevices, error) {
	if !demoHasSockets || !wireguardgo.Supported {
		return &demoDevices{}, nil
	}
	dir, err := os.MkdirTemp("", "wg")
	return &demoDevices{dir: dir}, err
}

// add starts a device.
func (s *demoDevices) add(name string, addr netip.Addr) (*tunnelEnd, error) {
	dev, err := wireguardgo.New(wireguardgo.Options{Name: name, Dir: s.dir})
	if err != nil {
		return nil, err
	}
	e := &tunnelEnd{name: name, addr: addr, dev: dev}
	s.ends = append(s.ends, e)
	return e, nil
}

// options returns the options of a Client that uses only these devices. Their sockets
// are in a private directory, so keys are sent without a check of the user.
func (s *demoDevices) options() []wgctrl.Option {
	if s.dir != "" {
		return []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(s.dir), wgctrl.WithUntrustedSockets()}
	}
	opts := []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindInProcess)}
	for _, e := range s.ends {
		opts = append(opts, wgctrl.WithDevice(e.name, e.dev))
	}
	return opts
}

func (s *demoDevices) where() string {
	if s.dir != "" {
		return "with sockets in " + s.dir
	}
	return "without sockets, which require an administrator on Windows"
}

// close closes the devices. It may be called more than once.
func (s *demoDevices) close() error {
	var errs []error
	for _, e := range s.ends {
		errs = append(errs, e.dev.Close())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// demoPort is the port of the packets in the tunnel. Any port would do.
const demoPort = 7

// tunnelEnd is one end of the demo's tunnel.
type tunnelEnd struct {
	name string
	addr netip.Addr // in the tunnel
	dev  *wireguardgo.Device
	key  wgtypes.PrivateKey
	port uint16 // of the encrypted packets
}

// asPeer returns e as a peer of the other end.
func (e *tunnelEnd) asPeer() wgtypes.PeerConfig {
	return wgtypes.PeerConfig{
		PublicKey:  e.key.PublicKey(),
		AllowedIPs: []netip.Prefix{netip.PrefixFrom(e.addr, e.addr.BitLen())},
	}
}

// roundTrip sends question i from a to b and the answer back.
func roundTrip(ctx context.Context, a, b *tunnelEnd, i int) error {
	if err := sendPacket(ctx, a, b, b.addr, fmt.Appendf(nil, "question %d", i)); err != nil {
		return err
	}
	return sendPacket(ctx, b, a, a.addr, fmt.Appendf(nil, "answer %d", i))
}

// sendPacket sends a packet to an address of the other end and checks that the same
// packet arrives.
func sendPacket(ctx context.Context, from, to *tunnelEnd, addr netip.Addr, payload []byte) error {
	sent := wireguardgo.Datagram{
		Src:     netip.AddrPortFrom(from.addr, demoPort),
		Dst:     netip.AddrPortFrom(addr, demoPort),
		Payload: payload,
	}.AppendPacket(nil)
	if err := from.dev.Send(ctx, sent); err != nil {
		return fmt.Errorf("send from %s: %w", from.name, err)
	}
	received, err := to.dev.Receive(ctx)
	if err != nil {
		return fmt.Errorf("receive on %s: %w", to.name, err)
	}
	if !bytes.Equal(received, sent) {
		return fmt.Errorf("packet received on %s differs from the packet sent by %s", to.name, from.name)
	}
	return nil
}

// traffic runs round trips in the background, one after the other.
type traffic struct {
	trips   atomic.Int64
	arrived chan struct{} // receives after trips has grown
	ended   chan struct{} // closed once err is set
	err     error
	quit    atomic.Bool
}

func startTraffic(ctx context.Context, a, b *tunnelEnd) *traffic {
	t := &traffic{arrived: make(chan struct{}, 1), ended: make(chan struct{})}
	go func() {
		defer close(t.ended)
		t.err = t.run(ctx, a, b)
	}()
	return t
}

// run makes round trips until quit is set.
func (t *traffic) run(ctx context.Context, a, b *tunnelEnd) error {
	for i := 0; !t.quit.Load(); i++ {
		if err := roundTrip(ctx, a, b, i); err != nil {
			return err
		}
		t.trips.Add(1)
		select {
		case t.arrived <- struct{}{}:
		default:
		}
	}
	return nil
}

// await waits for n more round trips. It returns the error that ended them, if any.
func (t *traffic) await(ctx context.Context, n int64) error {
	for enough := t.trips.Load() + n; t.trips.Load() < enough; {
		select {
		case <-t.arrived:
		case <-t.ended:
			return t.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// stop ends the traffic and returns its error. It may be called more than once.
func (t *traffic) stop() error {
	t.quit.Store(true)
	<-t.ended
	return t.err
}
