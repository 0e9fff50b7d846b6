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
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// often is the interval for tests that wait for polls; never is for tests of what
// Watch reports without polling.
const (
	often = 5 * time.Millisecond
	never = time.Hour
)

// viewer reads the events of a Watch one at a time.
type viewer struct {
	t      *testing.T
	cancel context.CancelFunc
	next   func() (wgtypes.Event, error, bool)
}

// view starts a Watch that ends with the test, or after three minutes.
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

// sees checks that the next events are want. It returns the last one.
func (v *viewer) sees(want ...string) (last wgtypes.Event) {
	v.t.Helper()
	for _, w := range want {
		last = v.one()
		if got := brief(last); got != w {
			v.t.Fatalf("Watch yields %q, want %q of %q: %+v", got, w, want, last)
		}
	}
	return last
}

// awaits skips events until want.
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
		v.t.Fatalf("Watch yields %+v, %v, %t, want an event", e, err, ok)
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
		v.t.Fatalf("Watch yields %+v, %v after its end, want nothing", e, err)
	}
}

// brief returns the kind of an event with the fields that changed, or with the
// name of the device if the event is about the whole device.
func brief(e wgtypes.Event) string {
	switch {
	case e.Changed != nil:
		return fmt.Sprintf("%v%v", e.Kind, e.Changed)
	case e.Peer() == nil && e.Device.Name != "":
		return e.Kind.String() + " " + e.Device.Name
	}
	return e.Kind.String()
}

// TestWatchChanges checks that Watch reports each change of a device in one event
// for the device or the peer, with the old and the new state.
func TestWatchChanges(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			s.configure(t, testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8")))
			v := view(t, s.client, wgctrl.WatchOptions{Interval: often})
			v.sees("device-added "+s.name, "peer-added", "ready")
			change := func(c wgtypes.Config, want ...string) wgtypes.Event {
				t.Helper()
				s.configure(t, c)
				return v.sees(want...)
			}
			e := change(wgtypes.Config{PrivateKey: &testutil.Key1}, "device-changed[private_key public_key]")
			if e.OldDevice.PublicKey != (wgtypes.PublicKey{}) || e.NewDevice.PublicKey != testutil.Key1.PublicKey() || e.Device.Name != s.name {
				t.Errorf("Watch yields %+v, want device %s to get the public key %v", e, s.name, testutil.Key1.PublicKey())
			}
			old := e.NewDevice.ListenPort
			e = change(wgtypes.Config{ListenPort: new(uint16(0))}, "device-changed[listen_port]")
			if e.OldDevice.ListenPort != old || e.NewDevice.ListenPort == old {
				t.Errorf("Watch yields %+v, want a change from port %d to another one", e, old)
			}
			change(wgtypes.Config{FirewallMark: new(uint32(7))}, "device-changed[firewall_mark]")
			change(testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, PresharedKey: &testutil.PresharedKey1}), "peer-changed[preshared_key]")
			e = change(testutil.Peers(testutil.At(testutil.PeerA, "192.0.2.1:7")), "endpoint[endpoint]")
			if e.OldPeer.Endpoint.IsValid() || e.NewPeer.Endpoint.Port() != 7 {
				t.Errorf("Watch yields %+v, want a change from no endpoint to port 7", e)
			}
			s.configure(t, testutil.Peers(testutil.Allow(testutil.PeerB, "10.0.0.0/8")))
			for range 2 { // wireguard-go lists peers in random order
				e := v.one()
				switch loses := e.NewPeer.PublicKey == testutil.PeerA; {
				case loses && brief(e) == "peer-changed[allowed_ips]" && len(e.NewPeer.AllowedIPs) == 0:
				case !loses && brief(e) == "peer-added" && slices.Equal(e.NewPeer.AllowedIPs, testutil.Prefixes("10.0.0.0/8")):
				default:
					t.Errorf("Watch yields %+v, want %v to lose its prefix, and %v to be added with it", e, testutil.PeerA, testutil.PeerB)
				}
			}
			change(testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerB, Remove: true}), "peer-removed")
			change(wgtypes.Config{PrivateKey: &testutil.Key2, ReplacePeers: true}, "device-changed[private_key public_key]", "peer-removed")
			v.cancel()
			v.ends(nil)
		})
	}
}

// TestWatchTraffic watches a handshake, packets and a peer whose endpoint changes.
func TestWatchTraffic(t *testing.T) {
	t.Parallel()
	d1, d2 := wireguardgotest.Device(t), wireguardgotest.Device(t)
	a, b := newEnd(t, subject{d1.Client(t), d1.Name}), newEnd(t, subject{d2.Client(t), d2.Name})
	a.configure(t, testutil.Peers(wgtypes.PeerConfig{PublicKey: b.key.PublicKey()}))
	v := view(t, a.client, wgctrl.WatchOptions{Interval: often})
	v.awaits("ready")
	connect(t, a, b)
	e := v.awaits("handshake[last_handshake]")
	v.sees("connected")
	if e.NewPeer.PublicKey != b.key.PublicKey() || !e.OldPeer.LastHandshake.IsZero() || e.NewPeer.LastHandshake.IsZero() {
		t.Errorf("Watch yields %+v, want the first handshake of %v", e, b.key.PublicKey())
	}
	e = v.awaits("transfer[receive_bytes transmit_bytes]")
	if e.NewPeer.ReceiveBytes+e.NewPeer.TransmitBytes <= e.OldPeer.ReceiveBytes+e.OldPeer.TransmitBytes {
		t.Errorf("Watch yields %+v, want counters that grow", e)
	}
	b.configure(t, wgtypes.Config{ListenPort: new(uint16(0))}) // another one
	e = v.awaits("endpoint[endpoint]")
	if e.OldPeer.Endpoint.Port() != b.port || e.NewPeer.Endpoint.Port() == b.port {
		t.Errorf("Watch yields %+v, want a change from port %d to another one", e, b.port)
	}
}

// TestWatchHoldsNoSecret checks that neither the text nor the JSON of events has
// a secret key.
func TestWatchHoldsNoSecret(t *testing.T) {
	t.Parallel()
	s := userspace(t)
	s.configure(t, wgtypes.Config{PrivateKey: &testutil.Key1, Peers: []wgtypes.PeerConfig{{PublicKey: testutil.PeerA, PresharedKey: &testutil.PresharedKey1}}})
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
				t.Errorf("Watch yields %+v, want no preshared key", e)
			}
		}
		for _, secret := range []interface{ MarshalText() ([]byte, error) }{testutil.Key1, testutil.Key2, testutil.PresharedKey1, testutil.PresharedKey2} {
			base64, _ := secret.MarshalText()
			if strings.Contains(string(text), string(base64)) {
				t.Errorf("the event as text is %s, want no secret key", text)
			}
		}
		if e.Kind == wgtypes.EventReady {
			s.configure(t, wgtypes.Config{PrivateKey: &testutil.Key2, Peers: []wgtypes.PeerConfig{{PublicKey: testutil.PeerA, PresharedKey: &testutil.PresharedKey2}}})
		}
	}
}

// TestWatchClose checks that closing the Client ends a Watch of each backend.
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
