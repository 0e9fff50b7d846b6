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

// stage is where the demo's devices are.
type stage struct {
	dir  string // of their sockets, "" where they have none
	ends []*end
}

func newStage() (*stage, error) {
	if !demoHasSockets || !wireguardgo.Supported {
		return &stage{}, nil
	}
	dir, err := wireguardgo.TempDir()
	return &stage{dir: dir}, err
}

// add starts a device.
func (s *stage) add(name string, addr netip.Addr) (*end, error) {
	dev, err := wireguardgo.New(wireguardgo.Options{Name: name, Dir: s.dir})
	if err != nil {
		return nil, err
	}
	e := &end{name: name, addr: addr, dev: dev}
	s.ends = append(s.ends, e)
	return e, nil
}

// options make a Client see the stage and nothing else.
func (s *stage) options() []wgctrl.Option {
	if s.dir != "" {
		return []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(s.dir)}
	}
	opts := []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindInProcess)}
	for _, e := range s.ends {
		opts = append(opts, wgctrl.WithDevice(e.name, e.dev))
	}
	return opts
}

func (s *stage) where() string {
	if s.dir != "" {
		return "with sockets in " + s.dir
	}
	return "without sockets, which need an administrator here"
}

// close ends the devices. It may be called twice.
func (s *stage) close() error {
	var errs []error
	for _, e := range s.ends {
		errs = append(errs, e.dev.Close())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// demoPort is that of the packets in the tunnel, of which any will do.
const demoPort = 7

// end is one end of the demo's tunnel.
type end struct {
	name string
	addr netip.Addr // in the tunnel
	dev  *wireguardgo.Device
	key  wgtypes.PrivateKey
	port uint16 // of the encrypted packets
}

// asPeer is what the other end must know of e.
func (e *end) asPeer() wgtypes.PeerConfig {
	return wgtypes.PeerConfig{
		PublicKey:  e.key.PublicKey(),
		AllowedIPs: []netip.Prefix{netip.PrefixFrom(e.addr, e.addr.BitLen())},
	}
}

// roundTrip sends question i to b and the answer back.
func roundTrip(ctx context.Context, a, b *end, i int) error {
	if err := pass(ctx, a, b, b.addr, fmt.Appendf(nil, "question %d", i)); err != nil {
		return err
	}
	return pass(ctx, b, a, a.addr, fmt.Appendf(nil, "answer %d", i))
}

// pass sends a packet to an address behind the other end, and checks that this
// very packet comes out there.
func pass(ctx context.Context, from, to *end, addr netip.Addr, payload []byte) error {
	sent := wireguardgo.Datagram{
		Src:     netip.AddrPortFrom(from.addr, demoPort),
		Dst:     netip.AddrPortFrom(addr, demoPort),
		Payload: payload,
	}.AppendPacket(nil)
	if err := from.dev.Send(ctx, sent); err != nil {
		return fmt.Errorf("%s sends: %w", from.name, err)
	}
	received, err := to.dev.Receive(ctx)
	if err != nil {
		return fmt.Errorf("%s receives: %w", to.name, err)
	}
	if !bytes.Equal(received, sent) {
		return errors.New(to.name + " received another packet than " + from.name + " sent")
	}
	return nil
}

// traffic is round trips, one after the other, while something else is done.
type traffic struct {
	trips   atomic.Int64
	arrived chan struct{} // tells await to look at trips
	ended   chan struct{} // closed after err was set
	err     error
	quit    atomic.Bool
}

func startTraffic(ctx context.Context, a, b *end) *traffic {
	t := &traffic{arrived: make(chan struct{}, 1), ended: make(chan struct{})}
	go func() {
		defer close(t.ended)
		t.err = t.run(ctx, a, b)
	}()
	return t
}

// run goes on until quit is set, and ends after a whole round trip.
func (t *traffic) run(ctx context.Context, a, b *end) error {
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

// await returns after n more round trips, or with what ended them.
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

// stop ends the traffic and returns what went wrong with it. It may be called
// twice.
func (t *traffic) stop() error {
	t.quit.Store(true)
	<-t.ended
	return t.err
}
