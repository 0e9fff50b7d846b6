//go:build unix

package wguser_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestQuestions checks which questions are asked before the first and the second change
// of peers. A state that shows the daemon needs none.
func TestQuestions(t *testing.T) {
	t.Parallel()
	const sort, version = "sort=1", "protocol_version=1"
	key, keyAndPort, port := twoPeers(), twoPeers(), twoPeers()
	key.Peers, key.ListenPort = nil, 0
	keyAndPort.Peers = nil
	port.Peers, port.PrivateKey, port.PublicKey = nil, wgtypes.PrivateKey{}, wgtypes.PublicKey{}
	for _, test := range []struct {
		implementation string
		state          string
		device         *wgtypes.Device
		first, second  []string
	}{
		{"wireguard-go", "peers", twoPeers(), nil, nil},
		{"wireguard-go", "key", key, nil, nil},
		{"wireguard-go", "key and port", keyAndPort, []string{version}, nil},
		{"wireguard-go", "port", port, []string{sort, version}, nil},
		{"wireguard-go", "nothing", &wgtypes.Device{}, []string{sort}, nil},
		{"boringtun", "peers", twoPeers(), nil, nil},
		{"boringtun", "key and port", keyAndPort, nil, nil},
		{"boringtun", "port", port, []string{sort}, nil},
		{"boringtun", "nothing", &wgtypes.Device{}, []string{sort}, nil},
		{"gotatun", "peers", twoPeers(), []string{version}, nil},
		{"gotatun", "key", key, []string{version}, nil},
		{"gotatun", "key and port", keyAndPort, []string{version}, nil},
		{"gotatun", "nothing", &wgtypes.Device{}, []string{sort, version}, nil},
	} {
		f := implementations[test.implementation]()
		f.device = test.device.Clone()
		b := daemon(t, f.answer)
		for i, want := range [][]string{test.first, test.second} {
			before := f.count()
			c := keepKey(f.current(), wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(byte(3 + i))}}})
			if err := configure(t.Context(), b, "wg0", c); err != nil {
				t.Errorf("%s with %s: Configure = %v, want nil", test.implementation, test.state, err)
			}
			var got []string
			for _, request := range f.requests[before:] {
				for _, text := range []string{sort, version} {
					if strings.Contains(request, text+"\n\n") {
						got = append(got, text)
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s with %s: questions before change %d = %q, want %q", test.implementation, test.state, i+1, got, want)
			}
		}
	}
}

// TestQuestionWithoutAnswer has daemons that do not answer the question, or with an
// errno. Only an errno is remembered.
func TestQuestionWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		answer    string
		questions int32 // in two changes
	}{{"", 2}, {"errno=", 2}, {"errno=-22\n\n", 1}, {"errno=71\n\n", 1}} {
		f := &fakeDaemon{device: &wgtypes.Device{ListenPort: 7, PrivateKey: twoPeers().PrivateKey}}
		var asked atomic.Int32
		b := daemon(t, onSet(f, func(c net.Conn, request string) {
			if request != question {
				c.Write(f.reply(request))
				return
			}
			asked.Add(1)
			io.WriteString(c, test.answer)
		}))
		for range 2 {
			c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(3), UpdateOnly: true}}}
			if err := configure(t.Context(), b, "wg0", c); err != nil {
				t.Errorf("Configure after the answer %q = %v, want nil", test.answer, err)
			}
		}
		if got := asked.Load(); got != test.questions {
			t.Errorf("questions after the answer %q = %d, want %d", test.answer, got, test.questions)
		}
	}
}

// lines returns the part of a request after its first line, with short keys.
func lines(request string) string {
	for i := range byte(10) {
		request = strings.ReplaceAll(request, strings.Repeat(fmt.Sprintf("%02x", i), 32), fmt.Sprint(i))
	}
	request = strings.Join(strings.Fields(strings.TrimPrefix(request, "set=1\n")), " ")
	// GotaTun lists its peers in random order, so that peers 1 and 2 may be reversed.
	const peer2 = "public_key=2 "
	parts := strings.SplitAfter(strings.ReplaceAll(request, "public_key=", "\npublic_key="), "\n")
	if len(parts) == 5 && strings.HasPrefix(parts[1], peer2) {
		parts[1], parts[2], parts[3], parts[4] = parts[2], parts[1], parts[4]+" \n", strings.TrimSuffix(parts[3], " \n")
	}
	return strings.ReplaceAll(strings.TrimPrefix(strings.Join(parts, ""), "\n"), "\n", "")
}

// threePeers is a device with a key and peers that have allowed IPs.
func threePeers() *wgtypes.Device {
	key := wgtypes.NewPrivateKey(repeated(0x48)).Clamped()
	d := &wgtypes.Device{PrivateKey: key, PublicKey: key.PublicKey(), ListenPort: 7}
	for i := range byte(3) {
		d.Peers = append(d.Peers, wgtypes.Peer{
			PublicKey: repeated(i + 1), LastHandshake: time.Unix(1_700_000_000, 0), ReceiveBytes: 5,
			AllowedIPs: prefixes(fmt.Sprintf("10.%d.0.0/16", i+1), fmt.Sprintf("10.1%d.0.0/16", i+1)),
		})
	}
	d.Peers[0].PresharedKey = wgtypes.NewPresharedKey(repeated(8))
	d.Peers[0].Endpoint = netip.MustParseAddrPort("192.0.2.1:1")
	d.Peers[0].PersistentKeepalive = 9 * time.Second
	return d
}

// TestGotaTunRequests checks the exact requests. The first peer has all settings.
func TestGotaTunRequests(t *testing.T) {
	t.Parallel()
	const (
		first  = "public_key=1 update_only=true preshared_key=8 endpoint=192.0.2.1:1 persistent_keepalive_interval=9 replace_allowed_ips=true"
		second = "public_key=2 update_only=true persistent_keepalive_interval=0 replace_allowed_ips=true"
	)
	create := func(text string) string { return strings.Replace(text, " update_only=true", "", 1) }
	peer := func(k byte, change func(p *wgtypes.PeerConfig)) wgtypes.PeerConfig {
		p := wgtypes.PeerConfig{PublicKey: repeated(k), UpdateOnly: true}
		change(&p)
		return p
	}
	allow := func(k byte, list ...string) wgtypes.PeerConfig {
		return peer(k, func(p *wgtypes.PeerConfig) { p.AllowedIPs = prefixes(list...) })
	}
	for name, test := range map[string]struct {
		config wgtypes.Config
		want   string // empty for no request
	}{
		"unchanged peers": {wgtypes.Config{Peers: []wgtypes.PeerConfig{
			allow(1, "10.1.0.0/16"), {PublicKey: repeated(2)}, {PublicKey: repeated(4), UpdateOnly: true}, {PublicKey: repeated(5), Remove: true},
		}}, ""},
		"only the device": {wgtypes.Config{FirewallMark: new(uint32(3))}, "fwmark=3"},
		"a new peer":      {testutil.Peers(wgtypes.PeerConfig{PublicKey: repeated(4), AllowedIPs: prefixes("10.9.0.0/16")}), "public_key=4 allowed_ip=10.9.0.0/16"},
		"a removed peer":  {testutil.Peers(wgtypes.PeerConfig{PublicKey: repeated(2), Remove: true}), "public_key=2 remove=true"},
		"all settings": {
			testutil.Peers(allow(1, "10.9.0.0/16")),
			first + " allowed_ip=10.1.0.0/16 allowed_ip=10.11.0.0/16 allowed_ip=10.9.0.0/16",
		},
		"a peer that must exist": {
			testutil.Peers(wgtypes.PeerConfig{PublicKey: repeated(1), AllowedIPs: prefixes("10.9.0.0/16")}),
			create(first) + " allowed_ip=10.1.0.0/16 allowed_ip=10.11.0.0/16 allowed_ip=10.9.0.0/16",
		},
		"a removed prefix": {
			testutil.Peers(peer(1, func(p *wgtypes.PeerConfig) { p.RemoveAllowedIPs = prefixes("10.1.0.0/16") })),
			first + " allowed_ip=10.11.0.0/16",
		},
		"a prefix that moves": {
			testutil.Peers(allow(2, "10.1.0.0/16")),
			first + " allowed_ip=10.11.0.0/16 " + second + " allowed_ip=10.2.0.0/16 allowed_ip=10.12.0.0/16 allowed_ip=10.1.0.0/16",
		},
		"two prefixes that change places": {
			testutil.Peers(allow(1, "10.2.0.0/16"), allow(2, "10.1.0.0/16")),
			first + " allowed_ip=10.11.0.0/16 " + second + " allowed_ip=10.12.0.0/16 " +
				first + " allowed_ip=10.11.0.0/16 allowed_ip=10.2.0.0/16 " + second + " allowed_ip=10.12.0.0/16 allowed_ip=10.1.0.0/16",
		},
		"a prefix of a removed peer": {
			testutil.Peers(allow(2, "10.3.0.0/16"), wgtypes.PeerConfig{PublicKey: repeated(3), Remove: true}),
			"public_key=3 remove=true " + second + " allowed_ip=10.2.0.0/16 allowed_ip=10.12.0.0/16 allowed_ip=10.3.0.0/16",
		},
		"no preshared key": {
			testutil.Peers(peer(1, func(p *wgtypes.PeerConfig) { p.PresharedKey = new(wgtypes.PresharedKey) })),
			"public_key=1 remove=true public_key=1 endpoint=192.0.2.1:1 persistent_keepalive_interval=9 allowed_ip=10.1.0.0/16 allowed_ip=10.11.0.0/16",
		},
		"no keepalive": {
			testutil.Peers(peer(1, func(p *wgtypes.PeerConfig) { p.PersistentKeepalive = new(time.Duration) })),
			strings.Replace(first, "val=9", "val=0", 1) + " allowed_ip=10.1.0.0/16 allowed_ip=10.11.0.0/16",
		},
		"removed and added": {
			testutil.Peers(wgtypes.PeerConfig{PublicKey: repeated(1), Remove: true}, wgtypes.PeerConfig{PublicKey: repeated(1)}),
			"public_key=1 remove=true public_key=1",
		},
		"replaced peers": {
			wgtypes.Config{ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: repeated(2)}, {PublicKey: repeated(3), UpdateOnly: true}}},
			"replace_peers=true public_key=2",
		},
	} {
		for _, implementation := range []string{"gotatun", "gotatun 0.1"} {
			f := implementations[implementation]()
			f.device = threePeers()
			if err := configure(t.Context(), daemon(t, f.answer), "wg0", test.config); err != nil {
				t.Errorf("%s: Configure of %s = %v, want nil", name, implementation, err)
			}
			var got []string
			for _, request := range f.sets() {
				got = append(got, lines(request))
			}
			if got := strings.Join(got, "; "); got != test.want {
				t.Errorf("%s: request of %s = %q, want %q", name, implementation, got, test.want)
			}
			if diff := cmp.Diff(unordered(wginternal.Apply(threePeers(), test.config)).Peers, unordered(f.current()).Peers, equal, ignoreSession); diff != "" {
				t.Errorf("%s: peers of %s (-want +got):\n%s", name, implementation, diff)
			}
			if f.panics() != nil || f.unrouted() != nil {
				t.Errorf("%s: crashes of %s = %q, unrouted prefixes = %v, want none", name, implementation, f.panics(), f.unrouted())
			}
		}
	}
}

var ignoreSession = cmpopts.IgnoreFields(wgtypes.Peer{}, "LastHandshake", "ReceiveBytes")

// TestGotaTunKeepsSessions makes random changes of peers that have sessions. Peers that
// the change leaves as they are must keep theirs.
func TestGotaTunKeepsSessions(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 4))
		f := &fakeDaemon{gotatun: true, device: threePeers()}
		b := daemon(t, f.answer)
		for range 10 {
			before := f.current().Clone()
			for i := range before.Peers {
				before.Peers[i].LastHandshake, before.Peers[i].ReceiveBytes = at, 5
			}
			f.reset(before.Clone())
			c := keepKey(before, testutil.RandomConfig(r, before, testutil.RandomOptions{MaxPeers: 5, MaxAllowedIPs: 5, Collisions: 0.8}))
			if c.PrivateKey != nil && r.IntN(2) == 0 {
				c.PrivateKey = nil
			}
			want := wginternal.Apply(before, c)
			if err := configure(t.Context(), b, "wg0", c); err != nil {
				t.Fatalf("seed %d: Configure = %v, want nil", seed, err)
			}
			got := f.current()
			if diff := cmp.Diff(unordered(want).Peers, unordered(got).Peers, equal, ignoreSession); diff != "" {
				t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
			}
			had, has := wginternal.PeersByKey(before), wginternal.PeersByKey(got)
			for _, p := range unordered(want).Peers {
				old := had[p.PublicKey]
				if old == nil || !cmp.Equal(unordered(&wgtypes.Device{Peers: []wgtypes.Peer{*old}}).Peers[0], p, equal) {
					continue
				}
				if now := has[p.PublicKey]; !now.LastHandshake.Equal(at) {
					t.Errorf("seed %d: last handshake of unchanged peer %v = %v, want %v", seed, p.PublicKey, now.LastHandshake, at)
				}
			}
			if f.panics() != nil || f.unrouted() != nil {
				t.Fatalf("seed %d: crashes = %q, unrouted prefixes = %v, want none", seed, f.panics(), f.unrouted())
			}
		}
	}
}

// TestSharedPrefix has a prefix that two peers list, because another program has moved
// it. A change that adds it to one of them must route it there, and other changes must
// not touch these peers.
func TestSharedPrefix(t *testing.T) {
	t.Parallel()
	for implementation := range numbersOnly {
		f := implementations[implementation]()
		f.device = threePeers()
		f.device.Peers[0].AllowedIPs = append(f.device.Peers[0].AllowedIPs, f.device.Peers[1].AllowedIPs[0])
		b := daemon(t, f.answer)
		other := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(3), UpdateOnly: true, AllowedIPs: prefixes("10.9.0.0/16")}}}
		if err := configure(t.Context(), b, "wg0", other); err != nil {
			t.Errorf("Configure of another peer of %s = %v, want nil", implementation, err)
		}
		for _, request := range f.sets() {
			if strings.Contains(lines(request), "public_key=1") || strings.Contains(lines(request), "public_key=2") {
				t.Errorf("request of %s = %q, want only peer 3", implementation, request)
			}
		}
		for _, k := range []byte{1, 2} {
			c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(k), UpdateOnly: true, AllowedIPs: prefixes("10.2.0.0/16")}}}
			if err := configure(t.Context(), b, "wg0", c); err != nil {
				t.Errorf("Configure of %s = %v, want nil", implementation, err)
			}
			for _, p := range f.current().Peers {
				if got, want := slices.Contains(p.AllowedIPs, prefixes("10.2.0.0/16")[0]), p.PublicKey == repeated(k); got != want {
					t.Errorf("%s: peer %v has the prefix = %t, want %t", implementation, p.PublicKey, got, want)
				}
			}
			if got := f.unrouted(); got != nil {
				t.Errorf("%s: unrouted prefixes = %v, want none", implementation, got)
			}
		}
	}
}

// TestGotaTunRefusals checks changes that neither boringtun nor GotaTun can make, or that
// would crash them: nothing may be sent.
func TestGotaTunRefusals(t *testing.T) {
	t.Parallel()
	peer := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1)}}}
	noKey := wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16(9))}
	both := wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), Peers: peer.Peers}
	for implementation, name := range numbersOnly {
		keyFirst := fmt.Sprintf("this daemon (%s) cannot have peers before it has a private key: set PrivateKey first", name)
		noRemoval := fmt.Sprintf("this daemon (%s) cannot remove its private key: unsupported operation", name)
		for _, test := range []struct {
			device *wgtypes.Device
			config wgtypes.Config
			want   string
		}{
			{&wgtypes.Device{}, peer, keyFirst},
			{&wgtypes.Device{}, noKey, noRemoval},
			{threePeers(), noKey, noRemoval},
			{threePeers(), both, noRemoval},
		} {
			f := implementations[implementation]()
			f.device = test.device
			err := configure(t.Context(), daemon(t, f.answer), "wg0", test.config)
			var partial *wginternal.PartialError
			if err == nil || err.Error() != test.want || errors.As(err, &partial) || errors.Is(err, errors.ErrUnsupported) != (test.want == noRemoval) {
				t.Errorf("Configure(%v) of %s = %v, want %s", test.config, implementation, err, test.want)
			}
			if got := f.sets(); len(got) > 0 {
				t.Errorf("Configure(%v) of %s sent %q, want nothing", test.config, implementation, got)
			}
		}
	}
}

// TestGotaTunBusyPort checks that GotaTun gets its old port again if it cannot open the
// new one, and that the error says what was stored.
func TestGotaTunBusyPort(t *testing.T) {
	t.Parallel()
	const stored = "device returned errno 22 (invalid argument): GotaTun has stored the change, but could not open UDP sockets with it; "
	newPeer := []wgtypes.PeerConfig{{PublicKey: repeated(9)}}
	for _, test := range []struct {
		port   uint16 // before
		config wgtypes.Config
		busy   []uint16
		want   string
		after  uint16
		sets   int
	}{
		{7, wgtypes.Config{ListenPort: new(uint16(8))}, []uint16{8}, "it listens on port 7", 7, 2},
		{7, wgtypes.Config{ListenPort: new(uint16(8)), Peers: newPeer}, []uint16{8}, "it listens on port 7", 7, 2},
		{7, wgtypes.Config{ListenPort: new(uint16(8))}, []uint16{7, 8}, "it has no sockets until another ListenPort or FirewallMark is set", 0, 2},
		{0, wgtypes.Config{ListenPort: new(uint16(8))}, []uint16{8}, "it has no sockets until another ListenPort or FirewallMark is set", 0, 1},
		{7, wgtypes.Config{FirewallMark: new(uint32(8))}, []uint16{7}, "it has no sockets until another ListenPort or FirewallMark is set", 0, 1},
	} {
		f := &fakeDaemon{gotatun: true, device: threePeers(), busy: test.busy}
		f.device.ListenPort = test.port
		err := configure(t.Context(), daemon(t, f.answer), "wg0", test.config)
		var partial *wginternal.PartialError
		if err == nil || err.Error() != stored+test.want || !errors.Is(err, syscall.EINVAL) || !errors.As(err, &partial) {
			t.Errorf("Configure(%v) with busy ports %d = %v, want a PartialError %s", test.config, test.busy, err, stored+test.want)
		}
		if got := f.current(); got.ListenPort != test.after || len(got.Peers) != 3+len(test.config.Peers) || len(f.sets()) != test.sets {
			t.Errorf("Configure(%v): port = %d, peers = %d, requests = %q, want port %d, %d peers and %d requests",
				test.config, got.ListenPort, len(got.Peers), f.sets(), test.after, 3+len(test.config.Peers), test.sets)
		}
	}
}

// TestGotaTunBusyPortUnreadable has a daemon that cannot be read after errno 22.
func TestGotaTunBusyPortUnreadable(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{gotatun: true, device: threePeers()}
	var refused atomic.Bool
	b := daemon(t, func(c net.Conn) {
		request, err := oneRequest(c)
		switch {
		case err != nil || refused.Load():
		case strings.HasPrefix(request, "set") && request != question:
			refused.Store(true)
			io.WriteString(c, "errno=22\n\n")
		default:
			c.Write(f.reply(request))
		}
	})
	err := configure(t.Context(), b, "wg0", testutil.Peers(wgtypes.PeerConfig{PublicKey: repeated(9)}))
	if err == nil || !errors.Is(err, syscall.EINVAL) || !strings.HasSuffix(err.Error(), "its state is unknown") {
		t.Errorf("Configure = %v, want %v and that the state is unknown", err, syscall.EINVAL)
	}
}

// TestGotaTunHangsUp checks the error if GotaTun closes the connection instead of
// replying, and that the change is sent once.
func TestGotaTunHangsUp(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{gotatun: true, device: threePeers()}
	var sent atomic.Int32
	b := daemon(t, onSet(f, func(c net.Conn, request string) {
		if request == question {
			c.Write(f.reply(request))
			return
		}
		sent.Add(1)
	}))
	const want = "wg0.sock: the daemon closed the connection without a reply: the daemon does not understand a line of the request, or has crashed"
	for _, c := range []wgtypes.Config{
		testutil.Peers(wgtypes.PeerConfig{PublicKey: repeated(9)}),
		testutil.Peers(wgtypes.PeerConfig{PublicKey: repeated(1), RemoveAllowedIPs: prefixes("10.1.0.0/16")}),
		{FirewallMark: new(uint32(3))},
	} {
		sent.Store(0)
		err := configure(t.Context(), b, "wg0", c)
		var partial *wginternal.PartialError
		if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &partial) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("Configure(%v) = %v, want %s", c, err, want)
		}
		if got := sent.Load(); got != 1 {
			t.Errorf("Configure(%v): requests = %d, want 1", c, got)
		}
	}
}
