//go:build linux || darwin || freebsd || openbsd || windows

package wireguardgo_test

import (
	"errors"
	"net"
	"testing"

	"golang.zx2c4.com/wireguard/conn"

	"github.com/wgctrl/wgctrl/wireguardgo"
)

// TestOfflineBind checks that the network of Offline can be opened and closed
// repeatedly, and that Close ends the receivers.
func TestOfflineBind(t *testing.T) {
	t.Parallel()
	b := wireguardgo.Offline()
	ports := make(map[uint16]bool)
	for range 50 {
		receivers, port, err := b.Open(0)
		if err != nil || len(receivers) != 1 || port < 49152 {
			t.Fatalf("Open(0) = %d receivers, port %d, %v, want one and a port of at least 49152", len(receivers), port, err)
		}
		ports[port] = true
		ended := make(chan error)
		go func() {
			_, err := receivers[0](nil, nil, nil)
			ended <- err
		}()
		for range 2 {
			if err := b.Close(); err != nil {
				t.Errorf("Close() = %v, want nil", err)
			}
		}
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("receive() after Close = %v, want %v", err, net.ErrClosed)
		}
	}
	if len(ports) < 2 {
		t.Errorf("Open(0) chose the ports %v, want different ones", ports)
	}
	if _, port, err := b.Open(7); err != nil || port != 7 {
		t.Errorf("Open(7) = port %d, %v, want 7", port, err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if e, err := b.ParseEndpoint("192.0.2.1"); err == nil {
		t.Errorf("ParseEndpoint without a port = %v, want an error", e)
	}
	if err := b.Send([][]byte{{1}}, &conn.StdNetEndpoint{}); err != nil || b.BatchSize() != 1 {
		t.Errorf("Send() = %v with a batch size of %d, want nil, 1", err, b.BatchSize())
	}
}
