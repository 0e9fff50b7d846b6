//go:build linux || darwin || freebsd || openbsd || windows

package wireguardgo_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/wgctrl/wgctrl/wireguardgo"
)

// start starts a device that ends with the test.
func start(t *testing.T, o wireguardgo.Options) *wireguardgo.Device {
	t.Helper()
	d, err := wireguardgo.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

// set applies lines of the text protocol.
func set(t *testing.T, d *wireguardgo.Device, lines ...string) {
	t.Helper()
	if err := d.IpcSetOperation(strings.NewReader(strings.Join(lines, "\n") + "\n\n")); err != nil {
		t.Fatalf("set: %v", err)
	}
}

// get returns the state of the device: the last value of each key.
func get(t *testing.T, d *wireguardgo.Device) map[string]string {
	t.Helper()
	var b strings.Builder
	if err := d.IpcGetOperation(&b); err != nil {
		t.Fatalf("get: %v", err)
	}
	state := make(map[string]string)
	for line := range strings.Lines(b.String()) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		state[key] = value
	}
	return state
}

func TestListenPort(t *testing.T) {
	t.Parallel()
	d := start(t, wireguardgo.Options{Name: "wg0"})
	if port := get(t, d)["listen_port"]; port == "" {
		t.Errorf("listen_port = %q, want a port", port)
	}
	if d.SocketPath() != "" {
		t.Errorf("SocketPath() = %q without a socket, want none", d.SocketPath())
	}
}

func TestOffline(t *testing.T) {
	t.Parallel()
	d := start(t, wireguardgo.Options{Name: "wg0", Bind: wireguardgo.Offline()})
	if port := get(t, d)["listen_port"]; port == "" {
		t.Errorf("listen_port = %q, want a port", port)
	}
	peer := strings.Repeat("07", 32)
	set(t, d, "listen_port=1", "fwmark=51820", "public_key="+peer, "endpoint=[fe80::1%2]:7",
		"persistent_keepalive_interval=1")
	state := get(t, d)
	for key, want := range map[string]string{
		"listen_port": "1", "fwmark": "51820", "public_key": peer, "endpoint": "[fe80::1%2]:7",
	} {
		if state[key] != want {
			t.Errorf("%s = %q, want %q", key, state[key], want)
		}
	}
	if err := d.IpcSetOperation(strings.NewReader("public_key=" + peer + "\nendpoint=host:7\n\n")); err == nil {
		t.Errorf("IpcSetOperation with endpoint=host:7 = %v, want an error", err)
	}
}

func TestCloseEndsSendAndReceive(t *testing.T) {
	t.Parallel()
	d, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Bind: wireguardgo.Offline()})
	if err != nil {
		t.Fatal(err)
	}
	received := make(chan error)
	go func() {
		_, err := d.Receive(context.Background())
		received <- err
	}()
	var closers sync.WaitGroup
	for range 4 {
		closers.Go(func() {
			if err := d.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	closers.Wait()
	if err := <-received; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Receive() = %v, want net.ErrClosed", err)
	}
	if err := d.Send(context.Background(), []byte{0}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Send() = %v, want net.ErrClosed", err)
	}
}

func TestReceiveEndsWithContext(t *testing.T) {
	t.Parallel()
	d := start(t, wireguardgo.Options{Name: "wg0", Bind: wireguardgo.Offline()})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Receive() = %v, want context.Canceled", err)
	}
}
