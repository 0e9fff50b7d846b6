package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// TestMain is also the command that the program runs. It prints the event that it
// gets.
func TestMain(m *testing.M) {
	if os.Getenv("WG_EVENT") == "" {
		os.Exit(testutil.RunMain(m))
	}
	var e wgtypes.Event
	if err := json.NewDecoder(os.Stdin).Decode(&e); err != nil {
		fmt.Println(err)
	}
	fmt.Println(os.Getenv("WG_EVENT"), os.Getenv("WG_DEVICE"), os.Getenv("WG_PEER"), e.Kind.String() == os.Getenv("WG_EVENT"))
}

// TestWatch changes a device of a tunnel and sends packets through it.
func TestWatch(t *testing.T) {
	t.Parallel()
	for name, tunnel := range map[string]func(testing.TB) (a, b *wgtest.End){
		"userspace": wireguardgotest.Tunnel, "kernel": wgtest.KernelTunnel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			a, b := tunnel(t)
			read, write := io.Pipe()
			ended := make(chan error, 1)
			watching, stop := context.WithCancel(ctx)
			go func() {
				ended <- watch(watching, a.Client(t), 10*time.Millisecond, []string{os.Args[0]}, write)
				write.Close()
			}()
			peer := peerOf(t, a)
			lines := bufio.NewScanner(read)
			await := func(event, key string) {
				t.Helper()
				want := strings.Join([]string{event, "wga", key, "true"}, " ")
				for lines.Scan() {
					if lines.Text() == want {
						return
					}
				}
				t.Fatalf("the output ended (%v), want the line %q", lines.Err(), want)
			}
			await("device-added", "")
			await("peer-added", peer.String())
			if _, err := wgtest.RoundTrip(ctx, a, b); err != nil {
				t.Fatal(err)
			}
			await("handshake", peer.String())
			await("connected", peer.String())
			gone := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: peer, Remove: true}}}
			if err := a.Client(t).ConfigureDevice(ctx, a.Name, gone); err != nil {
				t.Fatal(err)
			}
			await("peer-removed", peer.String())
			stop()
			for lines.Scan() {
			}
			if err := <-ended; err != nil {
				t.Errorf("watch() = %v after cancel, want nil", err)
			}
		})
	}
}

func peerOf(t *testing.T, e *wgtest.End) wgtypes.PublicKey {
	t.Helper()
	d, err := e.Client(t).Device(t.Context(), e.Name)
	if err != nil || len(d.Peers) != 1 {
		t.Fatalf("Device(%q) = %+v, %v, want one peer", e.Name, d, err)
	}
	return d.Peers[0].PublicKey
}
