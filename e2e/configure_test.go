package e2e_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestBadInput gives every backend configurations that are invalid. Each backend
// reports the device, the peer and the field, and changes nothing.
func TestBadInput(t *testing.T) {
	t.Parallel()
	bad := func(change func(p *wgtypes.PeerConfig)) wgtypes.Config {
		p := wgtypes.PeerConfig{PublicKey: testutil.PeerB}
		change(&p)
		return testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8"), p)
	}
	for name, test := range map[string]struct {
		config wgtypes.Config
		field  string
	}{
		"negative keepalive": {bad(func(p *wgtypes.PeerConfig) { p.PersistentKeepalive = new(-time.Second) }), "PersistentKeepalive"},
		"large keepalive":    {bad(func(p *wgtypes.PeerConfig) { p.PersistentKeepalive = new(65536 * time.Second) }), "PersistentKeepalive"},
		"uneven keepalive":   {bad(func(p *wgtypes.PeerConfig) { p.PersistentKeepalive = new(500 * time.Millisecond) }), "PersistentKeepalive"},
		"no prefix":          {bad(func(p *wgtypes.PeerConfig) { p.AllowedIPs = make([]netip.Prefix, 1) }), "AllowedIPs[0]"},
		"bad length": {bad(func(p *wgtypes.PeerConfig) {
			p.RemoveAllowedIPs = []netip.Prefix{netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), 33)}
		}), "RemoveAllowedIPs[0]"},
		"port without address": {bad(func(p *wgtypes.PeerConfig) { p.Endpoint = netip.AddrPortFrom(netip.Addr{}, 1) }), "Endpoint"},
		"line break in a zone": {bad(func(p *wgtypes.PeerConfig) {
			p.Endpoint = netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone("a\nallowed_ip=0.0.0.0/0"), 1)
		}), "Endpoint"},
		"added and removed": {bad(func(p *wgtypes.PeerConfig) {
			p.AllowedIPs, p.RemoveAllowedIPs = testutil.Prefixes("10.0.0.1/8"), testutil.Prefixes("10.0.0.0/8")
		}), "RemoveAllowedIPs[0]"},
		"removed and replaced": {bad(func(p *wgtypes.PeerConfig) {
			p.ReplaceAllowedIPs, p.RemoveAllowedIPs = true, testutil.Prefixes("10.0.0.0/8")
		}), "RemoveAllowedIPs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, b := range backends {
				t.Run(b.name, func(t *testing.T) {
					t.Parallel()
					s := b.make(t)
					err := s.client.ConfigureDevice(t.Context(), s.name, test.config)
					var field *wgtypes.FieldError
					var op *wgctrl.OpError
					if !errors.As(err, &field) || field.Index != 1 || field.Peer != testutil.PeerB || field.Field != test.field {
						t.Fatalf("ConfigureDevice(%q) = %v, want a FieldError for field %s of peer %v, which is Peers[1]", s.name, err, test.field, testutil.PeerB)
					}
					if !errors.Is(err, fs.ErrInvalid) || !errors.As(err, &op) || op.Device != s.name {
						t.Errorf("ConfigureDevice(%q) = %v, want an OpError for the device that wraps fs.ErrInvalid", s.name, err)
					}
					if text := err.Error(); !strings.Contains(text, s.name) || !strings.Contains(text, testutil.PeerB.String()) || strings.Contains(text, "\n") {
						t.Errorf("ConfigureDevice(%q) = %q, want one line with the device and the peer %v", s.name, text, testutil.PeerB)
					}
					if n := len(s.read(t).Peers); n != 0 {
						t.Errorf("the device has %d peers after the failed call, want 0", n)
					}
				})
			}
		})
	}
}

// TestZeroPublicKeys checks that a peer without a key is refused unless
// WithZeroPublicKeys is given.
func TestZeroPublicKeys(t *testing.T) {
	t.Parallel()
	zero := testutil.Peers(wgtypes.PeerConfig{AllowedIPs: testutil.Prefixes("10.0.0.0/8")})
	other := testutil.Peers(wgtypes.PeerConfig{AllowedIPs: make([]netip.Prefix, 1)})
	for _, allowed := range []bool{false, true} {
		d := wgtest.NewFake(t, &wgtypes.Device{PrivateKey: testutil.Key1, PublicKey: testutil.Key1.PublicKey()})
		var opts []wgctrl.Option
		if allowed {
			opts = append(opts, wgctrl.WithZeroPublicKeys())
		}
		c := d.Client(t, opts...)
		configure := func(config wgtypes.Config) error { return c.ConfigureDevice(t.Context(), d.Name, config) }
		sync := func(config wgtypes.Config) error {
			_, err := c.SyncDevice(t.Context(), d.Name, config, wgctrl.SyncOptions{})
			return err
		}
		for name, apply := range map[string]func(wgtypes.Config) error{"ConfigureDevice": configure, "SyncDevice": sync} {
			err := apply(zero)
			field, refused := errors.AsType[*wgtypes.FieldError](err)
			if refused == allowed || refused && (field.Field != "PublicKey" || !errors.Is(err, fs.ErrInvalid)) {
				t.Errorf("%s(zero key) = %v, want a FieldError unless WithZeroPublicKeys (%t)", name, err, allowed)
			}
			if err := apply(other); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%s(invalid prefix) with WithZeroPublicKeys %t = %v, want fs.ErrInvalid", name, allowed, err)
			}
		}
		if got := len(d.State().Peers); (got == 1) != allowed {
			t.Errorf("the device has %d peers, with WithZeroPublicKeys %t", got, allowed)
		}
		if err := configure(testutil.Peers(wgtypes.PeerConfig{Remove: true})); err != nil || len(d.State().Peers) != 0 {
			t.Errorf("removing the zero key: %v, %d peers left, want none", err, len(d.State().Peers))
		}
	}
}

// TestBadNames checks that every backend rejects invalid names. Some of them are
// valid for links of Linux.
func TestBadNames(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			for _, name := range []string{"", ".", "..", "../" + s.name, `a\b`, "a\nb", "a\x00", "\x7f"} {
				want := fs.ErrInvalid
				if b.name == "kernel" && slices.Contains([]string{`a\b`, "a\nb", "\x7f"}, name) {
					want = fs.ErrNotExist
				}
				if _, err := s.client.Device(t.Context(), name); !errors.Is(err, want) {
					t.Errorf("Device(%q) = %v, want error wrapping %v", name, err, want)
				}
				if err := s.client.ConfigureDevice(t.Context(), name, wgtypes.Config{}); !errors.Is(err, want) {
					t.Errorf("ConfigureDevice(%q) = %v, want error wrapping %v", name, err, want)
				}
			}
			if _, err := s.client.Device(t.Context(), "absent"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Device(%q) = %v, want error wrapping fs.ErrNotExist", "absent", err)
			}
		})
	}
}

// TestProgress checks that writing and reading a large device report progress.
func TestProgress(t *testing.T) {
	t.Parallel()
	const peers = 3000 // several messages, several pieces
	want := wgtest.RandomDevice(rand.New(rand.NewPCG(1, 1)), wgtest.RandomOptions{MinPeers: peers, MaxPeers: peers})
	for _, b := range backends {
		if b.name == "in-process" {
			continue // a single call, without progress
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			steps := make(map[int]int) // number of reports, by total
			last := make(map[int]int)  // the last report, by total
			s := b.make(t, wgctrl.WithProgress(func(p wgctrl.Progress) {
				if p.Done < last[p.Total] {
					t.Errorf("progress of %d goes from %d to %d, want no decrease", p.Total, last[p.Total], p.Done)
				}
				steps[p.Total]++
				last[p.Total] = p.Done
			}))
			if err := s.client.ConfigureDevice(t.Context(), s.name, wgtest.ConfigOf(want)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.client.Device(t.Context(), s.name); err != nil {
				t.Fatal(err)
			}
			if last[peers] != peers || steps[peers] < 2 {
				t.Errorf("ConfigureDevice reported %d peers in %d steps, want %d peers in at least 2 steps", last[peers], steps[peers], peers)
			}
			if last[0] != peers || steps[0] != peers {
				t.Errorf("Device reported %d peers in %d steps, want %d peers in %d steps", last[0], steps[0], peers, peers)
			}
		})
	}
}

// TestPeerLimit adds one peer more than a device can have. The error has the
// errno and says which part of the change has an unknown state; the device has
// the peers before the last one; and a full device can still be changed.
//
// It needs 2 GiB of memory for wireguard-go and 6 GiB for a kernel, and runs
// only with WGTEST_LARGE=1.
func TestPeerLimit(t *testing.T) {
	if os.Getenv("WGTEST_LARGE") != "1" {
		t.Skip("needs 2 GiB of memory, or 6 GiB with a kernel; set WGTEST_LARGE=1 to run it")
	}
	for _, device := range []struct {
		backend
		limit int
		errno syscall.Errno
	}{
		{backend{"wireguard-go", userspace}, 1 << 16, syscall.EINVAL},
		{backend{"kernel", kernel}, 1 << 20, syscall.ENOMEM},
	} {
		t.Run(device.name, func(t *testing.T) { testPeerLimit(t, device.make(t), device.limit, device.errno) })
	}
}

func testPeerLimit(t *testing.T, s subject, limit int, errno syscall.Errno) {
	want := wgtypes.Config{}
	for i := range limit + 1 {
		want.Peers = append(want.Peers, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{9, byte(i), byte(i >> 8), byte(i >> 16)}})
	}
	err := s.client.ConfigureDevice(t.Context(), s.name, want)
	var partial *wgctrl.PartialError
	if !errors.Is(err, errno) || !errors.As(err, &partial) {
		t.Fatalf("ConfigureDevice(%q) with %d peers = %v, want a PartialError wrapping %v", s.name, limit+1, err, errno)
	}
	applied, unknown, left := len(partial.Applied.Peers), len(partial.Unknown.Peers), len(partial.NotSent.Peers)
	if applied > limit || applied+unknown+left != limit+1 || unknown == 0 {
		t.Errorf("the PartialError has %d peers applied, %d unknown and %d not sent; want at most %d applied, some unknown, %d in all",
			applied, unknown, left, limit, limit+1)
	}
	want.ReplacePeers, want.Peers = true, want.Peers[:limit]
	if got := s.read(t); len(got.Peers) != limit || !isZero(wgctrl.Diff(got, want)) {
		t.Fatalf("Device(%q) has %d peers, want the first %d", s.name, len(got.Peers), limit)
	}
	// SyncDevice adds peers before it removes others, so that no prefix is without
	// a peer in between. On a full device the caller must remove a peer first.
	gone := want.Peers[7]
	want.Peers[7].PublicKey = wgtypes.PublicKey{10}
	if _, err := s.client.SyncDevice(t.Context(), s.name, want, wgctrl.SyncOptions{}); !errors.Is(err, errno) {
		t.Errorf("SyncDevice(%q) with another peer on a full device = %v, want %v", s.name, err, errno)
	}
	s.configure(t, testutil.Peers(wgtypes.PeerConfig{PublicKey: gone.PublicKey, Remove: true}))
	if applied := s.sync(t, want, wgctrl.SyncOptions{}); len(applied.Peers) != 1 {
		t.Errorf("SyncDevice(%q) changed %d peers, want 1", s.name, len(applied.Peers))
	}
	if applied := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(applied) {
		t.Errorf("the second SyncDevice(%q) changed %d peers, want no change", s.name, len(applied.Peers))
	}
}
