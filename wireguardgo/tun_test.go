//go:build linux || darwin || freebsd || openbsd || windows

package wireguardgo

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
)

// TestTUNDropsPackets writes more packets than the backlog without a receiver.
func TestTUNDropsPackets(t *testing.T) {
	t.Parallel()
	tun := newChannelTUN("wg0")
	defer tun.Close()
	for i := range 1000 {
		if n, err := tun.Write([][]byte{{0xff, byte(i)}}, 1); n != 1 || err != nil {
			t.Fatalf("Write() of packet %d = %d, %v, want 1, nil", i, n, err)
		}
	}
	for i := range backlog {
		packet, err := tun.receive(t.Context())
		if err != nil || len(packet) != 1 || packet[0] != byte(i) {
			t.Fatalf("receive() of packet %d = %x, %v, want %x", i, packet, err, byte(i))
		}
	}
	if len(tun.in) != 0 || backlog < 100 || backlog > 500 {
		t.Errorf("%d packets are left after the backlog of %d, want none, and 100 to 500", len(tun.in), backlog)
	}
}

// TestTUNCopiesPackets changes packets after they were sent and written.
func TestTUNCopiesPackets(t *testing.T) {
	t.Parallel()
	tun := newChannelTUN("wg0")
	defer tun.Close()
	packet := []byte{1, 2, 3}
	sent := make(chan error)
	go func() { sent <- tun.send(t.Context(), packet) }()
	out := <-tun.out
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	packet[0] = 9
	if out[0] != 1 {
		t.Errorf("packet to the device = %x after a change of the sender's, want 01 first", out)
	}
	if _, err := tun.Write([][]byte{packet}, 1); err != nil {
		t.Fatal(err)
	}
	packet[1] = 9
	if in, err := tun.receive(t.Context()); err != nil || in[0] != 2 {
		t.Errorf("packet from the device = %x, %v after a change of its buffer, want 02 first", in, err)
	}
}

func TestTUNRead(t *testing.T) {
	t.Parallel()
	tun := newChannelTUN("wg0")
	sent := make(chan error)
	go func() { sent <- tun.send(t.Context(), []byte{1, 2, 3}) }()
	buf, sizes := make([]byte, 10), make([]int, 1)
	if n, err := tun.Read([][]byte{buf}, sizes, 4); n != 1 || err != nil || sizes[0] != 3 || string(buf[4:7]) != "\x01\x02\x03" {
		t.Errorf("Read() = %d, %v with sizes %v and %x, want 1 packet 010203 at offset 4", n, err, sizes, buf)
	}
	if err := <-sent; err != nil {
		t.Errorf("send() = %v, want nil", err)
	}
	for range 2 {
		if err := tun.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	}
	if _, err := tun.Read([][]byte{buf}, sizes, 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read() after Close = %v, want %v", err, os.ErrClosed)
	}
	if _, err := tun.receive(context.Background()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("receive() after Close = %v, want %v", err, net.ErrClosed)
	}
}

func TestTUNContext(t *testing.T) {
	t.Parallel()
	tun := newChannelTUN("wg0")
	defer tun.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tun.send(ctx, []byte{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("send() = %v, want %v", err, context.Canceled)
	}
	if _, err := tun.receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("receive() = %v, want %v", err, context.Canceled)
	}
}
