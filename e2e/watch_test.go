package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// often is an interval for tests that wait for readings, never one for tests
// that wait for what is seen without.
const (
	often = 5 * time.Millisecond
	never = time.Hour
)

// viewer watches, one event at a time.
type viewer struct {
	t      *testing.T
	cancel context.CancelFunc
	next   func() (wgtypes.Event, error, bool)
}

// view begins to watch; the test ends it, or its own time.
func view(t *testing.T, c *wgctrl.Client, o wgctrl.WatchOptions) *viewer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	next, stop := iter.Pull2(c.Watch(ctx, o))
	t.Cleanup(func() {
		stop()
		cancel()
	})
	return &viewer{t, cancel, next}
}

// sees expects these events, which are all that come.
func (v *viewer) sees(want ...string) (last wgtypes.Event) {
	v.t.Helper()
	for _, w := range want {
		last = v.one()
		if got := brief(last); got != w {
			v.t.Fatalf("saw %q, want %q of %q: %+v", got, w, want, last)
		}
	}
	return last
}

// awaits passes over events until this one.
func (v *viewer) awaits(want string) wgtypes.Event {
	v.t.Helper()
	for {
		if e := v.one(); brief(e) == want {
			return e
		}
	}
}

func (v *viewer) one() wgtypes.Event {
	v.t.Helper()
	e, err, ok := v.next()
	if err != nil || !ok {
		v.t.Fatalf("%v, %t", err, ok)
	}
	return e
}

// ends expects the end, with an error unless want is nil.
func (v *viewer) ends(want error) {
	v.t.Helper()
	e, err, ok := v.next()
	if ok != (want != nil) || !errors.Is(err, want) || e.Kind != wgtypes.EventUnknown {
		v.t.Fatalf("the watch yields %+v, %v, %t at its end, want the error %v", e, err, ok, want)
	}
	if e, err, ok := v.next(); ok {
		v.t.Fatalf("the watch yields %+v, %v after its end", e, err)
	}
}

// brief is the kind of an event with the fields that changed or, of a device as
// a whole, the name.
func brief(e wgtypes.Event) string {
	switch {
	case e.Changed != nil:
		return fmt.Sprintf("%v%v", e.Kind, e.Changed)
	case e.Peer() == nil && e.Device.Name != "":
		return e.Kind.String() + " " + e.Device.Name
	}
	return e.Kind.String()
}

// TestWatchChanges: each change of a device is told, in one event for each
// thing, with what was before and what is now, and without secrets.
func TestWatchChanges(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			s.configure(t, peers(allow(peerA, "10.0.0.0/8")))
			v := view(t, s.client, wgctrl.WatchOptions{Interval: often})
			v.sees("device-added "+s.name, "peer-added", "ready")
			change := func(c wgtypes.Config, want ...string) wgtypes.Event {
				t.Helper()
				s.configure(t, c)
				return v.sees(want...)
			}
			e := change(wgtypes.Config{PrivateKey: &key1}, "device-changed[private_key public_key]")
			if e.OldDevice.PublicKey != (wgtypes.PublicKey{}) || e.NewDevice.PublicKey != key1.PublicKey() || e.Device.Name != s.name {
				t.Errorf("%+v", e)
			}
			old := e.NewDevice.ListenPort
			e = change(wgtypes.Config{ListenPort: new(uint16(0))}, "device-changed[listen_port]")
			if e.OldDevice.ListenPort != old || e.NewDevice.ListenPort == old {
				t.Errorf("%+v", e)
			}
			change(wgtypes.Config{FirewallMark: new(uint32(7))}, "device-changed[firewall_mark]")
			change(peers(wgtypes.PeerConfig{PublicKey: peerA, PresharedKey: &psk1}), "peer-changed[preshared_key]")
			e = change(peers(at(peerA, "192.0.2.1:7")), "endpoint[endpoint]")
			if e.OldPeer.Endpoint.IsValid() || e.NewPeer.Endpoint.Port() != 7 {
				t.Errorf("%+v", e)
			}
			s.configure(t, peers(allow(peerB, "10.0.0.0/8")))
			for range 2 { // in the order of the peers, which wireguard-go's have none of
				e := v.one()
				switch loses := e.NewPeer.PublicKey == peerA; {
				case loses && brief(e) == "peer-changed[allowed_ips]" && len(e.NewPeer.AllowedIPs) == 0:
				case !loses && brief(e) == "peer-added" && slices.Equal(e.NewPeer.AllowedIPs, prefixes("10.0.0.0/8")):
				default:
					t.Errorf("%+v", e)
				}
			}
			change(peers(wgtypes.PeerConfig{PublicKey: peerB, Remove: true}), "peer-removed")
			change(wgtypes.Config{PrivateKey: &key2, ReplacePeers: true}, "device-changed[private_key public_key]", "peer-removed")
			v.cancel()
			v.ends(nil)
		})
	}
}

// TestWatchTraffic: a handshake, packets and a peer that roams.
func TestWatchTraffic(t *testing.T) {
	t.Parallel()
	d1, d2 := wireguardgotest.Device(t), wireguardgotest.Device(t)
	a, b := newEnd(t, subject{d1.Client(t), d1.Name}), newEnd(t, subject{d2.Client(t), d2.Name})
	a.configure(t, peers(wgtypes.PeerConfig{PublicKey: b.key.PublicKey()}))
	v := view(t, a.client, wgctrl.WatchOptions{Interval: often})
	v.awaits("ready")
	connect(t, a, b)
	e := v.awaits("handshake[last_handshake]")
	v.sees("connected")
	if e.NewPeer.PublicKey != b.key.PublicKey() || !e.OldPeer.LastHandshake.IsZero() || e.NewPeer.LastHandshake.IsZero() {
		t.Errorf("%+v", e)
	}
	e = v.awaits("transfer[receive_bytes transmit_bytes]")
	if e.NewPeer.ReceiveBytes+e.NewPeer.TransmitBytes <= e.OldPeer.ReceiveBytes+e.OldPeer.TransmitBytes {
		t.Errorf("%+v", e)
	}
	b.configure(t, wgtypes.Config{ListenPort: new(uint16(0))}) // another one
	e = v.awaits("endpoint[endpoint]")
	if e.OldPeer.Endpoint.Port() != b.port || e.NewPeer.Endpoint.Port() == b.port {
		t.Errorf("%+v", e)
	}
}

// TestWatchHoldsNoSecret: whatever changes, neither the text nor the JSON of
// its events has a key that is secret.
func TestWatchHoldsNoSecret(t *testing.T) {
	t.Parallel()
	s := userspace(t)
	s.configure(t, wgtypes.Config{PrivateKey: &key1, Peers: []wgtypes.PeerConfig{{PublicKey: peerA, PresharedKey: &psk1}}})
	v := view(t, s.client, wgctrl.WatchOptions{Interval: often})
	for _, want := range []string{"device-added wg0", "peer-added", "ready", "device-changed[private_key public_key]", "peer-changed[preshared_key]"} {
		e := v.sees(want)
		text, err := json.Marshal(e)
		if err != nil {
			t.Error(err)
		}
		for _, p := range []*wgtypes.Peer{e.OldPeer, e.NewPeer} {
			text = fmt.Appendf(text, "%+v", p)
			if p != nil && !p.PresharedKey.IsZero() {
				t.Errorf("%+v", e)
			}
		}
		for _, secret := range []interface{ MarshalText() ([]byte, error) }{key1, key2, psk1, psk2} {
			base64, _ := secret.MarshalText()
			if strings.Contains(string(text), string(base64)) {
				t.Errorf("a secret in %s", text)
			}
		}
		if e.Kind == wgtypes.EventReady {
			s.configure(t, wgtypes.Config{PrivateKey: &key2, Peers: []wgtypes.PeerConfig{{PublicKey: peerA, PresharedKey: &psk2}}})
		}
	}
}

// TestWatchClose: closing the Client ends what waits, in each backend.
func TestWatchClose(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for _, interval := range []time.Duration{often, never} {
				s := b.make(t)
				v := view(t, s.client, wgctrl.WatchOptions{Interval: interval})
				v.sees("device-added "+s.name, "ready")
				closed := make(chan error)
				go func() { closed <- s.client.Close() }()
				v.ends(net.ErrClosed)
				if err := <-closed; err != nil {
					t.Error(err)
				}
			}
		})
	}
}
