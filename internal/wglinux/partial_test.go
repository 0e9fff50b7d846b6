//go:build linux

package wglinux

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// partialConfig replaces all peers and needs several messages of 1 to 2 KiB.
func partialConfig() wgtypes.Config {
	r := rand.New(rand.NewPCG(6, 6))
	d := testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: 24, MaxPeers: 24, MinAllowedIPs: 1, MaxAllowedIPs: 4})
	c := testutil.ConfigOf(d)
	c.ReplacePeers = true
	for i := range c.Peers {
		p := &c.Peers[i]
		p.Endpoint = wgtypes.PeerConfig{}.Endpoint // no zones to look up
		p.ReplaceAllowedIPs = true
		if i == 12 {
			p.AllowedIPs = manyPrefixes(60) // more than one message
		}
	}
	c.PrivateKey = new(wgtypes.NewPrivateKey([32]byte{1: 1, 31: 0x40}))
	c.ListenPort = nil // another test may use it
	c.FirewallMark = new(uint32(9))
	return c
}

// before returns the device before the change.
func before() *wgtypes.Device {
	return &wgtypes.Device{Name: "wg0", Index: nltest.IndexWG, Kind: wgtypes.KindKernel, FirewallMark: 3, Peers: []wgtypes.Peer{
		{PublicKey: wgtypes.PublicKey{7}, AllowedIPs: manyPrefixes(4)}, {PublicKey: wgtypes.PublicKey{8}},
	}}
}

// states yields every state of the device while a kernel applies c: after each
// attribute, each peer and each prefix. The kernel applies a peer's keepalive last.
func states(have *wgtypes.Device, c wgtypes.Config) func(yield func(*wgtypes.Device) bool) {
	return func(yield func(*wgtypes.Device) bool) {
		var part wgtypes.Config
		steps := []func(){
			func() {},
			func() { part.FirewallMark = c.FirewallMark },
			func() { part.ReplacePeers = c.ReplacePeers },
			func() { part.PrivateKey = c.PrivateKey },
		}
		for _, step := range steps {
			step()
			if !yield(wginternal.Apply(have, part)) {
				return
			}
		}
		for _, p := range c.Peers {
			whole, keepalive := p.AllowedIPs, p.PersistentKeepalive
			p.PersistentKeepalive = nil
			for n := range len(whole) + 1 {
				p.AllowedIPs = whole[:n]
				now := part
				now.Peers = append(slices.Clone(part.Peers), p)
				if !yield(wginternal.Apply(have, now)) {
					return
				}
			}
			p.AllowedIPs, p.PersistentKeepalive = whole, keepalive
			part.Peers = append(part.Peers, p)
			if !yield(wginternal.Apply(have, part)) {
				return
			}
		}
	}
}

// checkStateBetween fails unless the device is in one of the states from Applied
// alone to Applied with all of Unknown. It then configures the device again, which
// must make it what want describes.
func checkStateBetween(t *testing.T, d wginternal.Device, have *wgtypes.Device, want wgtypes.Config, err error) {
	t.Helper()
	var partial *wginternal.PartialError
	if !errors.As(err, &partial) {
		t.Errorf("error = %v, want a PartialError", err)
		return
	}
	got, err := wginternal.ReadDevice(t.Context(), d, nil)
	if err != nil {
		t.Error(err)
		return
	}
	got = settled(got)
	ordered := inOrder(got)
	found := false
	for state := range states(wginternal.Apply(have, partial.Applied), partial.Unknown) {
		if found = reflect.DeepEqual(inOrder(state), ordered); found {
			break
		}
	}
	if !found {
		t.Errorf("device with %d peers, want a state between %d applied peers and %d that may be", len(got.Peers), len(partial.Applied.Peers), len(partial.Unknown.Peers))
	}
	change := wginternal.Diff(got, want, nil)
	if err := d.Configure(t.Context(), change, nil); err != nil {
		t.Errorf("second Configure() = %v, want nil", err)
	}
	got, err = wginternal.ReadDevice(t.Context(), d, nil)
	if err != nil {
		t.Error(err)
		return
	}
	if left := wginternal.Diff(got, want, nil); !left.IsZero() {
		t.Errorf("Diff() after the second Configure() = %+v, want none", left)
	}
}

// inOrder returns d with sorted lists and without what a kernel chooses, so that devices
// can be compared with reflect.DeepEqual. cmp would be slow.
func inOrder(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	d.ListenPort, d.PublicKey = 0, wgtypes.PublicKey{}
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) })
	for i := range d.Peers {
		slices.SortFunc(d.Peers[i].AllowedIPs, func(a, b netip.Prefix) int { return strings.Compare(a.String(), b.String()) })
		d.Peers[i].ProtocolVersion = 1
		if len(d.Peers[i].AllowedIPs) == 0 {
			d.Peers[i].AllowedIPs = nil
		}
	}
	if len(d.Peers) == 0 {
		d.Peers = nil
	}
	return d
}

// TestPartialErrorStates lets each message of a change fail in turn, with nothing,
// with some or with all of it applied.
func TestPartialErrorStates(t *testing.T) {
	t.Parallel()
	want := partialConfig()
	// apply returns the part of c that the kernel applies. reply returns its reply.
	for name, fault := range map[string]struct {
		apply func(c wgtypes.Config) wgtypes.Config
		reply func(q nltest.Exchange) []byte
	}{
		"refused":          {nil, func(q nltest.Exchange) []byte { return nltest.Ack(q.Header, unix.ENOMEM) }},
		"half":             {half, func(q nltest.Exchange) []byte { return nltest.Ack(q.Header, unix.EINVAL) }},
		"reply lost":       {whole, func(nltest.Exchange) []byte { return nltest.Failure(unix.ENOBUFS) }},
		"half, reply lost": {half, func(nltest.Exchange) []byte { return nltest.Failure(unix.ENOBUFS) }},
		"malformed reply":  {whole, func(nltest.Exchange) []byte { return []byte("sixteen bytes and more of it") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for failing := 0; ; failing++ {
				k := nltest.NewKernel()
				k.MaxSend = 1500
				k.SetDevice(before())
				b := fakeBackend(t, k)
				hit := false
				k.SetFault(func(q nltest.Exchange) [][]byte {
					r, err := nltest.DecodeRequest(q.Payload)
					if err != nil || !r.Set {
						return nil
					}
					if hit || q.Sets != failing {
						return nil
					}
					hit = true
					if fault.apply != nil {
						link := q.Link(nltest.IndexWG)
						link.Device = *wginternal.Apply(&link.Device, fault.apply(r.Config))
					}
					return [][]byte{fault.reply(q)}
				})
				d, err := b.Open(t.Context(), "wg0")
				if err != nil {
					t.Fatal(err)
				}
				err = d.Configure(t.Context(), want, nil)
				if !hit {
					t.Logf("each of %d messages failed", failing)
					if err != nil {
						t.Errorf("Configure() = %v, want nil", err)
					}
					return
				}
				checkStateBetween(t, d, before(), want, err)
			}
		})
	}
}

func whole(c wgtypes.Config) wgtypes.Config { return c }

// half returns c up to the middle of its middle peer.
func half(c wgtypes.Config) wgtypes.Config {
	n := len(c.Peers) / 2
	if n == 0 {
		return c
	}
	c.Peers = slices.Clone(c.Peers[:n])
	last := &c.Peers[n-1]
	last.AllowedIPs, last.PersistentKeepalive = last.AllowedIPs[:len(last.AllowedIPs)/2], nil
	return c
}

// TestKernelPartialErrorStates is TestPartialErrorStates in a real kernel. An invalid
// mask makes each message fail in its middle, in turn.
func TestKernelPartialErrorStates(t *testing.T) {
	t.Parallel()
	real := kernelDevice(t)
	want := partialConfig()
	for i := range want.Peers { // each message needs a prefix of length 32
		want.Peers[i].AllowedIPs = append(want.Peers[i].AllowedIPs, manyPrefixes(1000)[400+i])
	}
	b := real.b
	for failing := 0; ; failing++ {
		start := wginternal.Diff(mustRead(t, real), wgtypes.Config{ReplacePeers: true, FirewallMark: new(uint32)}, nil)
		if err := real.Configure(t.Context(), start, nil); err != nil {
			t.Fatal(err)
		}
		have := settled(mustRead(t, real))
		sets, hit := 0, false
		tampered := newBackend(Config{}, func() (transport, error) {
			inner, err := b.genl.dial()
			return tampering{transport: inner, sent: func(m []byte) []byte {
				bad := attr(3, 1, 33)
				at := bytes.LastIndex(m, attr(3, 1, 32))
				if at < 0 {
					return m
				}
				if sets++; sets-1 == failing {
					hit = true
					m = bytes.Clone(m)
					copy(m[at:], bad)
				}
				return m
			}}, err
		}, b.route.dial)
		d := &device{b: tampered, link: real.link}
		x, family, err := d.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w := &writer{d: d, x: x, family: family, limit: 1500}
		err = w.partial(w.write(want), wgtypes.Config{})
		x.end()
		_ = tampered.Close()
		if !hit {
			if err != nil {
				t.Errorf("Configure() = %v, want nil", err)
			}
			t.Logf("each of %d messages failed on %s", failing, release())
			return
		}
		if !errors.Is(err, unix.EINVAL) {
			t.Errorf("message %d: Configure() = %v, want EINVAL", failing, err)
		}
		checkStateBetween(t, real, have, want, err)
	}
}

func mustRead(t *testing.T, d wginternal.Device) *wgtypes.Device {
	t.Helper()
	dev, err := wginternal.ReadDevice(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dev
}
