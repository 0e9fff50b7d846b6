//go:build unix

package wguser_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// implementations are the daemons that the fake imitates.
var implementations = map[string]func() *fakeDaemon{
	"wireguard-go":     func() *fakeDaemon { return &fakeDaemon{} },
	"old wireguard-go": func() *fakeDaemon { return &fakeDaemon{old: true} },
	"boringtun":        func() *fakeDaemon { return &fakeDaemon{boringtun: true} },
	"gotatun":          func() *fakeDaemon { return &fakeDaemon{gotatun: true} },
	"gotatun 0.1":      func() *fakeDaemon { return &fakeDaemon{gotatun01: true} },
}

// peerChanges are changes of one peer. old exists and has prefix/16, added does not
// exist.
var peerChanges = map[string]func(old, added byte, prefix string) wgtypes.PeerConfig{
	"add": func(_, added byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{
			PublicKey: repeated(added), PresharedKey: new(wgtypes.NewPresharedKey(repeated(added))),
			Endpoint:            netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, added}), 1),
			PersistentKeepalive: new(time.Duration(added) * time.Second),
			AllowedIPs:          []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 100, added, 0}), 24)},
		}
	},
	"add bare": func(_, added byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: repeated(added)}
	},
	"change": func(old, _ byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{
			PublicKey: repeated(old), PresharedKey: new(wgtypes.NewPresharedKey(repeated(old + 100))),
			Endpoint: netip.MustParseAddrPort("[2001:db8::1]:5"), PersistentKeepalive: new(7 * time.Second),
		}
	},
	"clear": func(old, _ byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: repeated(old), PresharedKey: new(wgtypes.PresharedKey), PersistentKeepalive: new(time.Duration)}
	},
	"add prefix": func(old, _ byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: repeated(old), AllowedIPs: prefixes("172.16.0.0/12")}
	},
	"remove prefix": func(old, _ byte, prefix string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: repeated(old), RemoveAllowedIPs: prefixes(prefix, "10.99.0.0/16")}
	},
	"replace": func(old, _ byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: repeated(old), ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.50.0.0/16")}
	},
	"keep": func(old, _ byte, prefix string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{
			PublicKey: repeated(old), ReplaceAllowedIPs: true,
			AllowedIPs: append(prefixes(prefix), netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 10 + old, 0, 0}), 16)),
		}
	},
	"remove": func(old, _ byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: repeated(old), Remove: true}
	},
	"remove absent": func(_, added byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: repeated(added), Remove: true}
	},
	"update-only": func(old, _ byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: repeated(old), UpdateOnly: true, PersistentKeepalive: new(9 * time.Second)}
	},
	"update-only absent": func(_, added byte, _ string) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{PublicKey: repeated(added), UpdateOnly: true, AllowedIPs: prefixes("10.1.0.0/16")}
	},
}

// twoPeers is a device with a key and two peers, one with all settings.
func twoPeers() *wgtypes.Device {
	key := wgtypes.NewPrivateKey(repeated(0x48)).Clamped()
	return &wgtypes.Device{PrivateKey: key, PublicKey: key.PublicKey(), ListenPort: 7, Peers: []wgtypes.Peer{
		{
			PublicKey: repeated(1), PresharedKey: wgtypes.NewPresharedKey(repeated(91)), PersistentKeepalive: 91 * time.Second,
			Endpoint: netip.MustParseAddrPort("192.0.2.91:91"), AllowedIPs: prefixes("10.1.0.0/16", "10.11.0.0/16"), ProtocolVersion: 1,
		},
		{PublicKey: repeated(2), AllowedIPs: prefixes("10.2.0.0/16", "10.12.0.0/16"), ProtocolVersion: 1},
	}}
}

// TestPairsOfPeers makes every two changes in one Config, of different peers and of
// the same peer, and compares every implementation with the model.
func TestPairsOfPeers(t *testing.T) {
	t.Parallel()
	for implementation, newDaemon := range implementations {
		t.Run(implementation, func(t *testing.T) {
			t.Parallel()
			f := newDaemon()
			f.device = twoPeers()
			b := daemon(t, f.answer)
			for firstName, first := range peerChanges {
				for secondName, second := range peerChanges {
					for _, c := range []wgtypes.Config{
						{Peers: []wgtypes.PeerConfig{first(1, 3, "10.1.0.0/16"), second(2, 4, "10.2.0.0/16")}},
						{Peers: []wgtypes.PeerConfig{first(2, 4, "10.2.0.0/16"), second(1, 3, "10.1.0.0/16")}},
						{Peers: []wgtypes.PeerConfig{first(1, 3, "10.1.0.0/16"), second(1, 3, "10.1.0.0/16")}},
						{ReplacePeers: true, Peers: []wgtypes.PeerConfig{first(1, 3, "10.1.0.0/16"), second(2, 4, "10.2.0.0/16")}},
					} {
						f.reset(twoPeers())
						if err := configure(t.Context(), b, "wg0", c); err != nil {
							t.Errorf("Configure(%s, %s) = %v, want nil", firstName, secondName, err)
						}
						want := wginternal.Apply(twoPeers(), c)
						if diff := cmp.Diff(unordered(want), unordered(f.current()), equal); diff != "" {
							t.Errorf("Configure(%s, %s), ReplacePeers %t (-want +got):\n%s", firstName, secondName, c.ReplacePeers, diff)
						}
						if f.panics() != nil {
							t.Fatalf("Configure(%s, %s): crashes = %q, want none", firstName, secondName, f.panics())
						}
						if got := f.unrouted(); got != nil {
							t.Errorf("Configure(%s, %s): prefixes that are not routed to the peer that lists them = %v, want none", firstName, secondName, got)
						}
					}
				}
			}
		})
	}
}

// TestBoringtunRequests checks that each request has at most one peer, and that a
// changed peer is removed and added.
func TestBoringtunRequests(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{boringtun: true, device: twoPeers()}
	b := daemon(t, f.answer)
	c := wgtypes.Config{FirewallMark: new(uint32(3)), Peers: []wgtypes.PeerConfig{
		peerChanges["add prefix"](2, 0, ""), peerChanges["add"](0, 3, ""), peerChanges["remove"](1, 0, ""),
	}}
	var reported [][2]int
	d := open(t, b, "wg0")
	if err := d.Configure(t.Context(), wginternal.Normalize(c), func(done, all int) { reported = append(reported, [2]int{done, all}) }); err != nil {
		t.Fatalf("Configure = %v, want nil", err)
	}
	var got []string
	for _, request := range f.sets() {
		request = strings.ReplaceAll(request, "\n", " ")
		got = append(got, request[:min(len(request), 26)])
	}
	want := []string{"set=1 fwmark=3  ", "set=1 public_key=010101010", "set=1 public_key=020202020", "set=1 public_key=020202020", "set=1 public_key=030303030"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if want := [][2]int{{0, 0}, {1, 4}, {3, 4}, {4, 4}}; !cmp.Equal(want, reported) {
		t.Errorf("progress = %v, want %v", reported, want)
	}
}

// TestBoringtunMovesPrefix checks that both peers are removed and added when a prefix moves
// between them.
func TestBoringtunMovesPrefix(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{boringtun: true, device: threePeers()}
	c := testutil.Peers(wgtypes.PeerConfig{PublicKey: repeated(2), UpdateOnly: true, AllowedIPs: prefixes("10.3.0.0/16")})
	if err := configure(t.Context(), daemon(t, f.answer), "wg0", c); err != nil {
		t.Fatalf("Configure = %v, want nil", err)
	}
	var got []string
	for _, request := range f.sets() {
		got = append(got, lines(request))
	}
	want := []string{
		"public_key=2 remove=true", "public_key=2 allowed_ip=10.2.0.0/16 allowed_ip=10.12.0.0/16 allowed_ip=10.3.0.0/16",
		"public_key=3 remove=true", "public_key=3 allowed_ip=10.13.0.0/16",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got := f.unrouted(); got != nil {
		t.Errorf("prefixes that are not routed to the peer that lists them = %v, want none", got)
	}
}

// TestBoringtunRefusal checks that no peer is sent after boringtun has refused the
// settings of the device.
func TestBoringtunRefusal(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{boringtun: true, device: twoPeers()}
	b := daemon(t, onSet(f, func(c net.Conn, request string) {
		if strings.Contains(request, "public_key=") {
			c.Write(f.reply(request))
			return
		}
		io.WriteString(c, "errno=1\n\n")
	}))
	c := wgtypes.Config{FirewallMark: new(uint32(3)), Peers: []wgtypes.PeerConfig{peerChanges["add"](0, 3, "")}}
	if err := configure(t.Context(), b, "wg0", c); !errors.Is(err, syscall.EPERM) {
		t.Errorf("Configure = %v, want %v", err, syscall.EPERM)
	}
	if got := f.sets(); len(got) != 0 {
		t.Errorf("peers sent after the refusal = %q, want none", got)
	}
}

// TestBoringtunReplacePeers checks that replace_peers removes all peers, and that
// those that stay as they are are added again.
func TestBoringtunReplacePeers(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{boringtun: true, device: twoPeers()}
	c := wgtypes.Config{ReplacePeers: true, Peers: []wgtypes.PeerConfig{peerChanges["keep"](2, 0, "10.2.0.0/16")}}
	if err := configure(t.Context(), daemon(t, f.answer), "wg0", c); err != nil {
		t.Fatalf("Configure = %v, want nil", err)
	}
	if diff := cmp.Diff(unordered(wginternal.Apply(twoPeers(), c)), unordered(f.current()), equal); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
	sets := f.sets()
	if len(sets) != 2 || sets[0] != "set=1\nreplace_peers=true\n\n" || strings.Contains(sets[1], "remove=true") {
		t.Errorf("requests = %q, want replace_peers and one peer without a removal", sets)
	}
}

// TestBoringtunPeerIsNotLost cancels a change after boringtun has removed the peer,
// and before it is added again.
func TestBoringtunPeerIsNotLost(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{boringtun: true, device: twoPeers()}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := daemon(t, func(c net.Conn) {
		testutil.ServeRequests(c, func(request string) ([]byte, bool) {
			reply := f.reply(request)
			if len(f.current().Peers) == 1 {
				cancel() // before the client learns of the removal
			}
			return reply, false
		})
	})
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{peerChanges["change"](1, 0, ""), peerChanges["add prefix"](2, 0, "")}}
	err := configure(ctx, b, "wg0", c)
	var partial *wginternal.PartialError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &partial) {
		t.Errorf("Configure = %v, want a PartialError with %v", err, context.Canceled)
	}
	want := wginternal.Apply(twoPeers(), wgtypes.Config{Peers: c.Peers[:1]})
	if diff := cmp.Diff(unordered(want), unordered(f.current()), equal); diff != "" {
		t.Errorf("device after the cancellation (-want +got):\n%s", diff)
	}
}

// TestHangUpRemoval removes prefixes from a daemon that is not recognized as GotaTun and
// closes the connection instead of removing one. The refused request is sent once.
func TestHangUpRemoval(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{hangsUp: true, device: twoPeers()}
	b := daemon(t, f.answer)
	want := twoPeers()
	for _, c := range []wgtypes.Config{
		{Peers: []wgtypes.PeerConfig{peerChanges["remove prefix"](1, 0, "10.1.0.0/16")}},
		{FirewallMark: new(uint32(4)), Peers: []wgtypes.PeerConfig{
			peerChanges["remove prefix"](2, 0, "10.2.0.0/16"), peerChanges["remove prefix"](1, 0, "10.77.0.0/16"),
		}},
	} {
		if err := configure(t.Context(), b, "wg0", c); err != nil {
			t.Fatalf("Configure = %v, want nil", err)
		}
		want = wginternal.Apply(want, c)
		if diff := cmp.Diff(unordered(want), unordered(f.current()), equal); diff != "" {
			t.Errorf("device (-want +got):\n%s", diff)
		}
	}
	text := strings.Join(f.sets(), "")
	if got := strings.Count(text, "allowed_ip=-10.1.0.0/16"); got != 1 {
		t.Errorf("removals sent = %d, want 1: %q", got, text)
	}
	if strings.Contains(text, "allowed_ip=-10.2.0.0/16") {
		t.Errorf("sent %q, want no removal after the first", text)
	}
}

// TestGotaTunRemovalOfRemovedPeer has a peer that is removed by somebody else while
// its allowed IPs are being removed. It must not be created again.
func TestGotaTunRemovalOfRemovedPeer(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{gotatun: true, device: twoPeers()}
	var gets atomic.Int32
	b := daemon(t, func(c net.Conn) {
		testutil.ServeRequests(c, func(request string) ([]byte, bool) {
			reply := f.reply(request)
			if strings.HasPrefix(request, "get") {
				if gets.Add(1) == 2 {
					f.reset(wginternal.Apply(twoPeers(), wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), Remove: true}}}))
				}
			}
			return reply, len(reply) > 0
		})
	})
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), UpdateOnly: true, RemoveAllowedIPs: prefixes("10.1.0.0/16")}}}
	if err := configure(t.Context(), b, "wg0", c); err != nil {
		t.Errorf("Configure = %v, want nil", err)
	}
	if got := f.current().Peers; len(got) != 1 || got[0].PublicKey != repeated(2) {
		t.Errorf("peers = %v, want only the second one", got)
	}
}

// TestRemovalWithoutReply has daemons that close the connection after a removal of
// prefixes for other reasons than GotaTun: the error must say so, and nothing may
// be applied twice.
func TestRemovalWithoutReply(t *testing.T) {
	t.Parallel()
	removal := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), UpdateOnly: true, RemoveAllowedIPs: prefixes("10.1.0.0/16")}}}
	const isRemoval = "allowed_ip=-"
	t.Run("applied", func(t *testing.T) {
		t.Parallel()
		f := &fakeDaemon{device: twoPeers()}
		b := daemon(t, onSet(f, func(c net.Conn, request string) { f.reply(request) }))
		if err := configure(t.Context(), b, "wg0", removal); err != nil {
			t.Errorf("Configure = %v, want nil", err)
		}
		if got := len(f.sets()); got != 1 {
			t.Errorf("set requests = %d, want 1", got)
		}
		if diff := cmp.Diff(unordered(wginternal.Apply(twoPeers(), removal)), unordered(f.current()), equal); diff != "" {
			t.Errorf("device (-want +got):\n%s", diff)
		}
	})
	t.Run("unreadable", func(t *testing.T) {
		t.Parallel()
		f := &fakeDaemon{device: twoPeers()}
		var refuses atomic.Bool
		b := daemon(t, func(c net.Conn) {
			if refuses.Load() {
				saying("errno=5\n\n")(c)
				return
			}
			onSet(f, func(net.Conn, string) { refuses.Store(true) })(c)
		})
		err := configure(t.Context(), b, "wg0", removal)
		want := "wg0.sock: the daemon closed the connection without a reply"
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("Configure = %v, want %s", err, want)
		}
	})
	t.Run("dead", func(t *testing.T) {
		t.Parallel()
		f := &fakeDaemon{device: twoPeers()}
		var dead atomic.Bool
		b := daemon(t, func(c net.Conn) {
			if !dead.Load() {
				onSet(f, func(net.Conn, string) { dead.Store(true) })(c)
			}
		})
		err := configure(t.Context(), b, "wg0", removal)
		var partial *wginternal.PartialError
		if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &partial) {
			t.Errorf("Configure = %v, want a PartialError with %v", err, io.ErrUnexpectedEOF)
		}
	})
	t.Run("restarted", func(t *testing.T) {
		t.Parallel()
		dir := tempDir(t)
		f, fresh := &fakeDaemon{device: twoPeers()}, newFake()
		path := filepath.Join(dir, "wg0.sock")
		listen(t, dir, "wg0", onSet(f, func(net.Conn, string) {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
			listen(t, dir, "wg0", fresh.answer)
		}))
		err := configure(t.Context(), backend(t, dir), "wg0", removal)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Configure = %v, want %v", err, io.ErrUnexpectedEOF)
		}
		if fresh.count() != 0 {
			t.Errorf("requests to the new daemon = %d, want 0", fresh.count())
		}
	})
	t.Run("in the fallback", func(t *testing.T) {
		t.Parallel()
		f := &fakeDaemon{old: true, device: twoPeers()}
		b := daemon(t, onSet(f, func(c net.Conn, request string) {
			if strings.Contains(request, isRemoval) {
				c.Write(f.reply(request))
			}
		}))
		if err := configure(t.Context(), b, "wg0", removal); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Configure = %v, want %v", err, io.ErrUnexpectedEOF)
		}
	})
	t.Run("half a reply", func(t *testing.T) {
		t.Parallel()
		f := &fakeDaemon{device: twoPeers()}
		b := daemon(t, onSet(f, func(c net.Conn, request string) {
			if !strings.Contains(request, isRemoval) {
				t.Errorf("request = %q, want only a removal", request)
			}
			io.WriteString(c, "errno=0\n")
		}))
		if err := configure(t.Context(), b, "wg0", removal); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Configure = %v, want %v", err, io.ErrUnexpectedEOF)
		}
	})
	t.Run("another errno", func(t *testing.T) {
		t.Parallel()
		f := &fakeDaemon{device: twoPeers(), refuse: syscall.EIO}
		b := daemon(t, f.answer)
		if err := configure(t.Context(), b, "wg0", removal); !errors.Is(err, syscall.EIO) {
			t.Errorf("Configure = %v, want %v", err, syscall.EIO)
		}
		if got := len(f.sets()); got != 1 {
			t.Errorf("set requests = %d, want 1", got)
		}
	})
}

// onSet returns a daemon that serves one request for each connection: get requests
// like f, and set requests with set.
func onSet(f *fakeDaemon, set func(c net.Conn, request string)) func(net.Conn) {
	return func(c net.Conn) {
		request, err := oneRequest(c)
		switch {
		case err != nil:
		case strings.HasPrefix(request, "set"):
			set(c, request)
		default:
			c.Write(f.reply(request))
		}
	}
}

// keepKey returns c with a key if the device has none and c changes peers, and without
// the removal of the key.
func keepKey(have *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
	if c.PrivateKey != nil && c.PrivateKey.IsZero() {
		c.PrivateKey = nil
	}
	if c.PrivateKey == nil && have.PublicKey.IsZero() && len(c.Peers) > 0 {
		c.PrivateKey = &testutil.Key1
	}
	return c
}

// TestJudge compares Configure with wginternal.Apply. boringtun and GotaTun cannot have
// peers without a private key, cannot remove the key, and do not report the version of
// the protocol; boringtun does not report its private key either.
func TestJudge(t *testing.T) {
	t.Parallel()
	for implementation, newDaemon := range implementations {
		likeBoringtun := numbersOnly[implementation] != ""
		j := testutil.Judge{
			New: func(t testing.TB) (wginternal.Backend, string) {
				f := newDaemon()
				f.device = new(wgtypes.Device)
				return daemon(t, f.answer), "wg0"
			},
			Canonical: func(d *wgtypes.Device) {
				testutil.SortedAllowedIPs(d)
				slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) })
				for i := range d.Peers {
					if likeBoringtun {
						d.Peers[i].ProtocolVersion = 0
					}
				}
				if implementation == "boringtun" {
					d.PrivateKey = wgtypes.PrivateKey{}
				}
			},
		}
		if likeBoringtun {
			j.Adapt = keepKey
		}
		t.Run(implementation, func(t *testing.T) {
			t.Parallel()
			t.Run("scenarios", j.Scenarios)
			t.Run("random", j.Random)
		})
	}
}
