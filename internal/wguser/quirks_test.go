//go:build unix

package wguser_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// withFake returns the Backend of f, whose device has a key and two peers.
func withFake(t *testing.T, f *fakeDaemon) *wguser.Backend {
	t.Helper()
	key := wgtypes.NewPrivateKey(repeated(0x48))
	f.device = &wgtypes.Device{
		PrivateKey: key, PublicKey: key.PublicKey(), ListenPort: 7,
		Peers: []wgtypes.Peer{
			{PublicKey: repeated(1), AllowedIPs: prefixes("10.1.0.0/16", "10.2.0.0/16"), ProtocolVersion: 1},
			{PublicKey: repeated(2), AllowedIPs: prefixes("10.3.0.0/16"), ProtocolVersion: 1},
		},
	}
	return daemon(t, f.answer)
}

// TestEmptyConfig checks that an empty change is sent, so that a caller learns
// whether the device can be configured.
func TestEmptyConfig(t *testing.T) {
	t.Parallel()
	f := new(fakeDaemon)
	b := withFake(t, f)
	if err := configure(t.Context(), b, "wg0", wgtypes.Config{}); err != nil {
		t.Fatal(err)
	}
	if got := f.sets(); !slices.Equal(got, []string{"set=1\n\n"}) {
		t.Errorf("sent %q, want one empty set request", got)
	}
	f.mu.Lock()
	f.refuse = syscall.EPERM
	f.mu.Unlock()
	if err := configure(t.Context(), b, "wg0", wgtypes.Config{}); !errors.Is(err, syscall.EPERM) {
		t.Errorf("Configure refused by the daemon = %v, want %v", err, syscall.EPERM)
	}
}

// TestRefusedChange checks that only GotaTun's refusal of a change is explained with its
// sockets.
func TestRefusedChange(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{refuse: syscall.EINVAL}
	err := configure(t.Context(), withFake(t, f), "wg0", wgtypes.Config{FirewallMark: new(uint32(1))})
	if want := "device returned errno 22 (invalid argument)"; err == nil || err.Error() != want {
		t.Errorf("Configure = %v, want %s", err, want)
	}
}

// TestRequests checks that the Backend remembers what it has learned about a daemon
// and sends no request twice.
func TestRequests(t *testing.T) {
	t.Parallel()
	f := new(fakeDaemon)
	b := withFake(t, f)
	peer := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(3)}}}
	for _, test := range []struct {
		name   string
		config wgtypes.Config
		want   int
	}{
		{"no peer and no port", wgtypes.Config{FirewallMark: new(uint32(1))}, 1},
		{"the first peer", peer, 2},
		{"the second peer", peer, 1},
		{"another port", wgtypes.Config{ListenPort: new(uint16(8))}, 2},
		{"the same port", wgtypes.Config{ListenPort: new(uint16(8))}, 1},
		{"a removal", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), UpdateOnly: true, RemoveAllowedIPs: prefixes("10.9.0.0/16")}}}, 1},
		{"a removal and a change", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), RemoveAllowedIPs: prefixes("10.9.0.0/16")}}}, 2},
	} {
		before := f.count()
		if err := configure(t.Context(), b, "wg0", test.config); err != nil {
			t.Fatal(err)
		}
		if got := f.count() - before; got != test.want {
			t.Errorf("%s: %d requests, want %d: %q", test.name, got, test.want, f.requests[before:])
		}
	}
}

// TestPortNeedsNoQuestion checks that a change of the port, which every daemon applies in
// the same way, asks no question about the implementation.
func TestPortNeedsNoQuestion(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{device: &wgtypes.Device{ListenPort: 7}}
	if err := configure(t.Context(), daemon(t, f.answer), "wg0", wgtypes.Config{ListenPort: new(uint16(8))}); err != nil {
		t.Errorf("Configure = %v, want nil", err)
	}
	if want := []string{"get=1\n\n", "set=1\nlisten_port=8\n\n"}; !slices.Equal(f.requests, want) {
		t.Errorf("requests = %q, want %q", f.requests, want)
	}
}

// TestPortZeroIsSent checks that ListenPort 0 is sent to a device that reports port
// 0. It has no sockets (wireguard-go after a port that was in use) and opens them.
func TestPortZeroIsSent(t *testing.T) {
	t.Parallel()
	f := newFake()
	b := daemon(t, f.answer)
	if err := configure(t.Context(), b, "wg0", wgtypes.Config{ListenPort: new(uint16)}); err != nil {
		t.Fatal(err)
	}
	if got := f.sets(); !slices.Equal(got, []string{"set=1\nlisten_port=0\n\n"}) {
		t.Errorf("sent %q, want one set request with listen_port=0", got)
	}
}

// TestRestoredPort checks that the old port is restored only if the new one was in
// use and the device had one.
func TestRestoredPort(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		port   uint16
		errno  syscall.Errno
		config wgtypes.Config
		want   []string
	}{
		{7, syscall.EADDRINUSE, wgtypes.Config{ListenPort: new(uint16(8))}, []string{"listen_port=8", "listen_port=7"}},
		{0, syscall.EADDRINUSE, wgtypes.Config{ListenPort: new(uint16(8))}, []string{"listen_port=8"}},
		{7, syscall.EIO, wgtypes.Config{ListenPort: new(uint16(8))}, []string{"listen_port=8"}},
		{7, syscall.EADDRINUSE, wgtypes.Config{FirewallMark: new(uint32(8))}, []string{"fwmark=8"}},
	} {
		f := &fakeDaemon{device: &wgtypes.Device{ListenPort: test.port}, refuse: test.errno}
		err := configure(t.Context(), daemon(t, f.answer), "wg0", test.config)
		if !errors.Is(err, test.errno) {
			t.Errorf("Configure(%v) = %v, want %v", test.config, err, test.errno)
		}
		var want []string
		for _, line := range test.want {
			want = append(want, "set=1\n"+line+"\n\n")
		}
		if got := f.sets(); !slices.Equal(got, want) {
			t.Errorf("requests after %v and port %d = %q, want %q", test.errno, test.port, got, want)
		}
	}
}

// TestDaemonVanishes checks that a change is unknown if its first request was
// applied and the daemon cannot be reached for the next one.
func TestDaemonVanishes(t *testing.T) {
	t.Parallel()
	for _, boringtun := range []bool{false, true} {
		dir := tempDir(t)
		f := &fakeDaemon{boringtun: boringtun, device: twoPeers()}
		path := filepath.Join(dir, "wg0.sock")
		listen(t, dir, "wg0", func(c net.Conn) {
			request, err := oneRequest(c)
			if err != nil {
				return
			}
			if strings.HasPrefix(request, "set") {
				os.Remove(path)
			}
			c.Write(f.reply(request))
		})
		c := wgtypes.Config{FirewallMark: new(uint32(5)), Peers: []wgtypes.PeerConfig{
			{PublicKey: repeated(2), RemoveAllowedIPs: prefixes("10.2.0.0/16")},
		}}
		err := configure(t.Context(), backend(t, dir), "wg0", c)
		partial, ok := errors.AsType[*wginternal.PartialError](err)
		if !errors.Is(err, os.ErrNotExist) || !ok || len(partial.Unknown.Peers) != 1 || len(f.sets()) != 1 {
			t.Errorf("boringtun %t: Configure = %v after %d requests, want a PartialError with %v after 1", boringtun, err, len(f.sets()), os.ErrNotExist)
		}
	}
}

// TestAnotherDaemon checks that a new daemon at the same path is asked again.
func TestAnotherDaemon(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	b := backend(t, dir)
	peer := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), UpdateOnly: true}}}
	for i := range 2 {
		first, second := new(fakeDaemon), &fakeDaemon{boringtun: true}
		for _, f := range []*fakeDaemon{first, second} {
			f.device = &wgtypes.Device{PublicKey: repeated(9), Peers: []wgtypes.Peer{{PublicKey: repeated(1)}}}
			os.Remove(filepath.Join(dir, "wg0.sock"))
			listen(t, dir, "wg0", f.answer)
			if err := configure(t.Context(), b, "wg0", peer); err != nil {
				t.Fatal(err)
			}
			if f.panics() != nil || f.requests[0] != "get=1\n\n" {
				t.Errorf("round %d: crashes = %q, requests = %q, want none and a get request first", i, f.panics(), f.requests)
			}
		}
	}
}

// TestOldDaemon removes single prefixes from a daemon that does not support it.
// Peers that the change does not name keep theirs.
func TestOldDaemon(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		f := &fakeDaemon{old: old}
		b := withFake(t, f)
		want := f.current()
		for _, c := range []wgtypes.Config{
			{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), RemoveAllowedIPs: prefixes("10.2.0.0/16", "10.3.0.0/16", "10.1.0.0/24")}}},
			{FirewallMark: new(uint32(5)), Peers: []wgtypes.PeerConfig{
				{PublicKey: repeated(1), AllowedIPs: prefixes("10.4.0.0/16")},
				{PublicKey: repeated(2), RemoveAllowedIPs: prefixes("10.3.0.0/16"), AllowedIPs: prefixes("10.5.0.0/16")},
				{PublicKey: repeated(3), UpdateOnly: true, RemoveAllowedIPs: prefixes("10.1.0.0/16")},
			}},
		} {
			if err := configure(t.Context(), b, "wg0", c); err != nil {
				t.Fatal(err)
			}
			want = wginternal.Apply(want, c)
			if diff := cmp.Diff(want, f.current(), equal); diff != "" {
				t.Errorf("old %t (-want +got):\n%s", old, diff)
			}
		}
		refused := 0
		for _, request := range f.sets() {
			if strings.Contains(request, "allowed_ip=-") {
				refused++
			}
		}
		if want := map[bool]int{false: 2, true: 1}[old]; refused != want {
			t.Errorf("old %t: %d requests with removals, want %d", old, refused, want)
		}
	}
}

// TestOldDaemonAtRandom is TestOldDaemon with random changes, over a socket and in
// process.
func TestOldDaemonAtRandom(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		f := &fakeDaemon{old: true}
		b := withFake(t, f)
		if seed%2 == 1 {
			b = wguser.NewInProcess(wguser.InProcess{Name: "wg0", Device: inProcess(f)})
		}
		for range 10 {
			c := testutil.RandomConfig(r, f.current(), testutil.RandomOptions{MaxPeers: 5, MaxAllowedIPs: 5, Collisions: 0.8})
			want := wginternal.Apply(f.current(), c)
			if err := configure(t.Context(), b, "wg0", c); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, f.current(), equal); diff != "" {
				t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
			}
		}
	}
}

// TestBoringtun configures boringtun with random changes and compares the device
// with the model. No request may crash boringtun.
func TestBoringtun(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		f := &fakeDaemon{boringtun: true}
		b := withFake(t, f)
		f.device.PrivateKey = wgtypes.PrivateKey{} // boringtun does not report it
		for range 10 {
			c := testutil.RandomConfig(r, f.current(), testutil.RandomOptions{MaxPeers: 5, MaxAllowedIPs: 5, Collisions: 0.8})
			c.PrivateKey = nil
			want := wginternal.Apply(f.current(), c)
			if err := configure(t.Context(), b, "wg0", c); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(unordered(want), unordered(f.current()), equal); diff != "" {
				t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
			}
			if f.panics() != nil {
				t.Fatalf("seed %d: crashes of boringtun = %q, want none", seed, f.panics())
			}
			if got := f.unrouted(); got != nil {
				t.Fatalf("seed %d: prefixes that are not routed to the peer that lists them = %v, want none", seed, got)
			}
		}
	}
}

// unordered returns a copy of d with sorted peers and prefixes, and without the
// protocol version, which boringtun does not report.
func unordered(d *wgtypes.Device) *wgtypes.Device {
	d = settled(d)
	for i := range d.Peers {
		d.Peers[i].ProtocolVersion = 0
		slices.SortFunc(d.Peers[i].AllowedIPs, func(a, b netip.Prefix) int { return strings.Compare(a.String(), b.String()) })
	}
	return d
}

// TestFreshBoringtun configures a boringtun device without a key and peers, whose
// state does not show the implementation.
func TestFreshBoringtun(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{boringtun: true, device: new(wgtypes.Device)}
	b := daemon(t, f.answer)
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1)}, {PublicKey: repeated(1), AllowedIPs: prefixes("10.0.0.0/8")}}}
	err := configure(t.Context(), b, "wg0", c)
	var partial *wginternal.PartialError
	if err == nil || errors.As(err, &partial) || !strings.Contains(err.Error(), "private key") || len(f.sets()) > 0 {
		t.Errorf("Configure of a peer before a key = %v after sending %q, want an error about the private key before sending", err, f.sets())
	}
	c.PrivateKey = new(wgtypes.NewPrivateKey(repeated(0x48)))
	if err := configure(t.Context(), b, "wg0", c); err != nil {
		t.Errorf("Configure = %v, want nil", err)
	}
	if len(f.current().Peers) != 1 || f.panics() != nil {
		t.Errorf("peers = %v, crashes = %q, want 1 peer and none", f.current().Peers, f.panics())
	}
}

// TestFreshStandard checks that other daemons accept a peer before a key.
func TestFreshStandard(t *testing.T) {
	t.Parallel()
	f := newFake()
	b := daemon(t, f.answer)
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1)}}}
	if err := configure(t.Context(), b, "wg0", c); err != nil || len(f.current().Peers) != 1 {
		t.Errorf("Configure = %v, peers = %v, want nil and 1 peer", err, f.current().Peers)
	}
}

// TestFreshOther is a device without a key and peers of a daemon that refuses the
// question whether it is boringtun with an errno (wireguard-rs), or never replies to
// it. It is configured as the protocol says.
func TestFreshOther(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"errno=22\n\n", "errno=-71\n\n", "errno=0\n\n", ""} {
		f := newFake()
		b := daemon(t, func(c net.Conn) {
			request, err := oneRequest(c)
			if err != nil {
				return
			}
			reply := f.reply(request)
			if !strings.HasPrefix(request, "set") && !strings.HasPrefix(request, "get") {
				reply = []byte(answer)
				if answer == "" {
					silent(c)
				}
			}
			c.Write(reply)
		})
		c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1)}, {PublicKey: repeated(1), UpdateOnly: true, AllowedIPs: prefixes("10.0.0.0/8")}}}
		if err := configure(t.Context(), b, "wg0", c); err != nil || len(f.current().Peers) != 1 || len(f.sets()) != 1 {
			t.Errorf("Configure after %q = %v with %d peers and %d requests, want nil, 1 and 1", answer, err, len(f.current().Peers), len(f.sets()))
		}
	}
}

// TestRebuildSkipsUnchangedPeers checks that a peer keeps its session if the change
// leaves it as it is.
func TestRebuildSkipsUnchangedPeers(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 0).UTC()
	have := &wgtypes.Device{PublicKey: repeated(9), Peers: []wgtypes.Peer{
		{PublicKey: repeated(1), LastHandshake: at, ReceiveBytes: 5, AllowedIPs: prefixes("10.1.0.0/16", "10.2.0.0/16")},
		{PublicKey: repeated(2), LastHandshake: at},
	}}
	got, err := wguser.Rebuild(have, wgtypes.Config{Peers: []wgtypes.PeerConfig{
		{PublicKey: repeated(1), ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.2.0.0/16", "10.1.0.0/16")},
		{PublicKey: repeated(2), Remove: true},
		{PublicKey: repeated(2)},
		{PublicKey: repeated(3), UpdateOnly: true, AllowedIPs: prefixes("10.1.0.0/16")},
	}})
	want := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(2), Remove: true}, {PublicKey: repeated(2)}}}
	if diff := cmp.Diff(want, got, equal); diff != "" || err != nil {
		t.Errorf("Rebuild = %v (-want +got):\n%s", err, diff)
	}
}

// TestOldDaemonCleanup checks that the temporary peer is removed if the request
// that uses it fails half-way.
func TestOldDaemonCleanup(t *testing.T) {
	t.Parallel()
	for _, cancelled := range []bool{false, true} {
		t.Run(fmt.Sprintf("cancelled %t", cancelled), func(t *testing.T) {
			t.Parallel()
			f := &fakeDaemon{old: true}
			b := withFake(t, f)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f.half = func() {
				if cancelled {
					cancel()
				}
			}
			want := f.current()
			removed := prefixes("10.2.0.0/16")
			err := configure(ctx, b, "wg0", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), UpdateOnly: true, RemoveAllowedIPs: removed}}})
			var partial *wginternal.PartialError
			if !errors.As(err, &partial) || len(partial.Unknown.Peers) != 1 {
				t.Errorf("Configure() = %v, want a PartialError with one unknown peer", err)
			}
			if cancelled && !errors.Is(err, context.Canceled) {
				t.Errorf("Configure() = %v, want %v", err, context.Canceled)
			}
			if !cancelled && !errors.Is(err, syscall.EIO) {
				t.Errorf("Configure() = %v, want %v", err, syscall.EIO)
			}
			// The prefix is lost, as Unknown says, but the temporary peer must go.
			if got := len(f.current().Peers); got != len(want.Peers) {
				t.Errorf("the device has %d peers, want %d", got, len(want.Peers))
			}
			// The refusal is believed only after the other way has worked.
			for range 2 {
				again := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), UpdateOnly: true, RemoveAllowedIPs: prefixes("10.1.0.0/16")}}}
				if err := configure(t.Context(), b, "wg0", again); err != nil {
					t.Errorf("Configure after that = %v, want nil", err)
				}
			}
			if got := strings.Count(strings.Join(f.sets(), ""), "allowed_ip=-"); got != 2 {
				t.Errorf("removals sent = %d, want 2: the first one and one after it", got)
			}
		})
	}
}
