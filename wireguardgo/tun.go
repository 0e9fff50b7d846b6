//go:build linux || darwin || freebsd || openbsd || windows

package wireguardgo

import (
	"bytes"
	"context"
	"net"
	"os"
	"sync"

	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"
)

// backlog is the largest number of decrypted packets that wait for a receiver.
const backlog = 256

// channelTUN is a tunnel interface whose packets this process sends and receives.
type channelTUN struct {
	name   string
	out    chan []byte // to the device, to be encrypted
	in     chan []byte // from the device, decrypted
	events chan tun.Event
	closed chan struct{}
	once   sync.Once
}

var _ tun.Device = (*channelTUN)(nil)

func newChannelTUN(name string) *channelTUN {
	return &channelTUN{
		name:   name,
		out:    make(chan []byte),
		in:     make(chan []byte, backlog),
		events: make(chan tun.Event),
		closed: make(chan struct{}),
	}
}

func (t *channelTUN) send(ctx context.Context, packet []byte) error {
	select {
	case t.out <- bytes.Clone(packet):
		return nil
	case <-t.closed:
		return net.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *channelTUN) receive(ctx context.Context) ([]byte, error) {
	select {
	case packet := <-t.in:
		return packet, nil
	case <-t.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Read returns one packet to the device.
func (t *channelTUN) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	select {
	case packet := <-t.out:
		sizes[0] = copy(bufs[0][offset:], packet)
		return 1, nil
	case <-t.closed:
		return 0, os.ErrClosed
	}
}

// Write takes packets from the device. It drops packets if the backlog is full, as
// an interface does. If it waited, the device could not even remove the peer.
func (t *channelTUN) Write(bufs [][]byte, offset int) (int, error) {
	for _, buf := range bufs {
		select {
		case <-t.closed:
			return 0, os.ErrClosed
		case t.in <- bytes.Clone(buf[offset:]):
		default:
		}
	}
	return len(bufs), nil
}

// Close makes Read and Write fail and ends the events.
func (t *channelTUN) Close() error {
	t.once.Do(func() {
		close(t.closed)
		close(t.events)
	})
	return nil
}

func (t *channelTUN) File() *os.File           { return nil }
func (t *channelTUN) MTU() (int, error)        { return device.DefaultMTU, nil }
func (t *channelTUN) Name() (string, error)    { return t.name, nil }
func (t *channelTUN) Events() <-chan tun.Event { return t.events }
func (t *channelTUN) BatchSize() int           { return 1 }
