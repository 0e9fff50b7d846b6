//go:build unix

package wguser_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.zx2c4.com/wireguard/conn"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// startReal starts wireguard-go in this process. It returns a Backend that uses
// its socket and one that calls it in process. The device is called wg0.
func startReal(t *testing.T, bind conn.Bind) (socket, inProcess *wguser.Backend) {
	t.Helper()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	dir := wgtest.SocketDir(t)
	dev, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Dir: dir, Bind: bind})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	inProcess = wguser.NewInProcess(wguser.InProcess{Name: "wg0", Device: dev})
	t.Cleanup(func() { inProcess.Close() })
	return backend(t, dir), inProcess
}

// TestRealDevice configures wireguard-go at random, by socket and in process in
// turn, and checks that both read what the model predicts.
func TestRealDevice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		socket, inProcess := startReal(t, wireguardgo.Offline())
		r := rand.New(rand.NewPCG(seed, 1))
		// Without a private key, wireguard-go treats the zero key as its own.
		if err := configure(t.Context(), socket, "wg0", wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(repeated(1)))}); err != nil {
			t.Fatal(err)
		}
		have := mustState(t, socket)
		for i := range 20 {
			c := testutil.RandomConfig(r, have, testutil.RandomOptions{MaxPeers: 5, MaxAllowedIPs: 5, Collisions: 0.7, Unnormalized: true})
			if c.PrivateKey != nil && c.PrivateKey.IsZero() {
				c.PrivateKey = nil
			}
			b := []*wguser.Backend{socket, inProcess}[i%2]
			if err := configure(t.Context(), b, "wg0", c); err != nil {
				t.Fatalf("seed %d, step %d: Configure = %v, want no error", seed, i, err)
			}
			want := wginternal.Apply(have, c)
			got := mustState(t, socket)
			if want.ListenPort == 0 {
				want.ListenPort = got.ListenPort
			}
			if diff := cmp.Diff(settled(want), settled(got), equal); diff != "" {
				t.Fatalf("seed %d, step %d (-want +got):\n%s", seed, i, diff)
			}
			same := mustState(t, inProcess)
			same.Kind = got.Kind
			if diff := cmp.Diff(settled(got), settled(same), equal); diff != "" {
				t.Fatalf("seed %d, step %d, by socket and in process (-want +got):\n%s", seed, i, diff)
			}
			have = got
		}
	}
}

func mustState(t *testing.T, b *wguser.Backend) *wgtypes.Device {
	t.Helper()
	d, err := state(t.Context(), b, "wg0")
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "wg0" || d.Kind != b.Kind() || d.Index != 0 {
		t.Fatalf("the device has name %q, kind %v and index %d, want wg0, %v and 0", d.Name, d.Kind, d.Index, b.Kind())
	}
	return d
}

// TestConfigureWhileReading changes the device inside a loop over its peers, and
// reads it again. With wireguard-go alone, this would be a deadlock.
func TestConfigureWhileReading(t *testing.T) {
	t.Parallel()
	const peers = 3000
	socket, inProcess := startReal(t, wireguardgo.Offline())
	if err := configure(t.Context(), inProcess, "wg0", manyPeers(peers)); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*wguser.Backend{socket, inProcess} {
		d := open(t, b, "wg0")
		r, err := d.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		seen := make(map[wgtypes.PublicKey]bool)
		for {
			var p wgtypes.Peer
			if err := r.Next(&p); err != nil {
				break
			}
			seen[p.PublicKey] = true
			if len(seen)%1000 != 10 {
				continue
			}
			change := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: p.PublicKey, PersistentKeepalive: new(time.Second)}}}
			if err := d.Configure(t.Context(), change, nil); err != nil {
				t.Fatal(err)
			}
			if got := mustState(t, b); len(got.Peers) != peers {
				t.Fatalf("read %d peers in the loop, want %d", len(got.Peers), peers)
			}
		}
		if len(seen) != peers {
			t.Errorf("%v: read %d peers, want %d", b.Kind(), len(seen), peers)
		}
	}
}

// TestReadersAndWriters reads and writes concurrently over one socket.
func TestReadersAndWriters(t *testing.T) {
	t.Parallel()
	socket, inProcess := startReal(t, wireguardgo.Offline())
	if err := configure(t.Context(), inProcess, "wg0", manyPeers(2000)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 3 {
				if got, err := state(t.Context(), socket, "wg0"); err != nil || len(got.Peers) < 2000 {
					t.Errorf("reading = %v, %v, want at least 2000 peers", got, err)
				}
			}
		})
		wg.Go(func() {
			for n := range 3 {
				key := wgtypes.PublicKey{2, byte(i), byte(n)}
				if err := configure(t.Context(), socket, "wg0", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := mustState(t, socket); len(got.Peers) != 2012 {
		t.Errorf("the device has %d peers, want 2012", len(got.Peers))
	}
}

// countingBind records the ports that it was opened with. takenPort is in use.
type countingBind struct {
	conn.Bind
	mu    sync.Mutex
	opens []uint16
}

const takenPort = 4242

func (b *countingBind) Open(port uint16) ([]conn.ReceiveFunc, uint16, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opens = append(b.opens, port)
	if port == takenPort {
		return nil, 0, syscall.EADDRINUSE
	}
	return b.Bind.Open(port)
}

// TestListenPort checks that the Backend does not send the port that the device
// already has, since wireguard-go would open its sockets again. After a failure,
// which closes the sockets, the device gets its old port back.
func TestListenPort(t *testing.T) {
	t.Parallel()
	bind := &countingBind{Bind: wireguardgo.Offline()}
	socket, inProcess := startReal(t, bind)
	for _, b := range []*wguser.Backend{socket, inProcess} {
		for range 2 {
			if err := configure(t.Context(), b, "wg0", wgtypes.Config{ListenPort: new(uint16(1234))}); err != nil {
				t.Fatal(err)
			}
		}
		err := configure(t.Context(), b, "wg0", wgtypes.Config{ListenPort: new(uint16(takenPort)), FirewallMark: new(uint32(7))})
		var partial *wginternal.PartialError
		if !errors.Is(err, syscall.EADDRINUSE) || !errors.As(err, &partial) || partial.Unknown.ListenPort == nil {
			t.Errorf("%v: Configure with a port in use = %v, want a PartialError wrapping EADDRINUSE with an unknown port", b.Kind(), err)
		}
		if got := mustState(t, b); got.ListenPort != 1234 {
			t.Errorf("%v: the port is %d, want 1234 as before", b.Kind(), got.ListenPort)
		}
	}
	bind.mu.Lock()
	defer bind.mu.Unlock()
	if want := []uint16{0, 1234, takenPort, 1234, takenPort, 1234}; !slices.Equal(bind.opens, want) {
		t.Errorf("the ports were opened %v, want %v", bind.opens, want)
	}
}

// TestReaderIsLeft closes a Reader in the middle of a long reply. The device can
// then be configured and read.
func TestReaderIsLeft(t *testing.T) {
	t.Parallel()
	socket, inProcess := startReal(t, wireguardgo.Offline())
	if err := configure(t.Context(), inProcess, "wg0", manyPeers(3000)); err != nil {
		t.Fatal(err)
	}
	d := open(t, socket, "wg0")
	left, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Next(new(wgtypes.Peer)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(left.Close(), left.Close()); err != nil {
		t.Error(err)
	}
	if err := left.Next(new(wgtypes.Peer)); err == nil {
		t.Error("Next() of a closed Reader = nil, want an error")
	}
	if err := d.Configure(t.Context(), wgtypes.Config{FirewallMark: new(uint32(1))}, nil); err != nil {
		t.Error(err)
	}
	if got := mustState(t, socket); len(got.Peers) != 3000 {
		t.Errorf("the device has %d peers, want 3000", len(got.Peers))
	}
}

// TestReaderOutlivesDevice checks that a Reader still returns all peers after the
// device was closed and after its peers were removed.
func TestReaderOutlivesDevice(t *testing.T) {
	t.Parallel()
	socket, inProcess := startReal(t, wireguardgo.Offline())
	if err := configure(t.Context(), inProcess, "wg0", manyPeers(3000)); err != nil {
		t.Fatal(err)
	}
	d, err := socket.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d.Close()
	if err := configure(t.Context(), socket, "wg0", wgtypes.Config{ReplacePeers: true}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		if err := r.Next(new(wgtypes.Peer)); err != nil {
			break
		}
	}
	if n != 3000 {
		t.Errorf("read %d peers, want the 3000 that the device had", n)
	}
}
