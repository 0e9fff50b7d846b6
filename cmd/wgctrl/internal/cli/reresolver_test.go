package cli

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// hosts are host names and their addresses, separated by blanks.
type hosts map[string]string

func (h hosts) LookupNetIP(_ context.Context, _, host string) (addrs []netip.Addr, err error) {
	if h[host] == "" {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	for text := range strings.FieldsSeq(h[host]) {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs, nil
}

// reresolveTest is a reresolver with a fake device, resolver and clock.
type reresolveTest struct {
	*testing.T
	*reresolver
	fake  *wgtest.Fake
	hosts hosts
	clock time.Time
}

// newReresolveTest returns a test with a device that has these peers and a file.
func newReresolveTest(t *testing.T, file string, peers ...wgtypes.Peer) *reresolveTest {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &reresolveTest{T: t, hosts: make(hosts), clock: time.Unix(1_700_000_000, 0)}
	r.fake = wgtest.NewFake(t, &wgtypes.Device{Peers: peers})
	r.reresolver = &reresolver{
		client: r.fake.Client(t), resolver: r.hosts, now: func() time.Time { return r.clock },
		path: func(wgtypes.DeviceRef) string { return path },
	}
	return r
}

// wants runs a round and checks the endpoints afterwards.
func (r *reresolveTest) wants(endpoints ...string) {
	r.Helper()
	changes, errs := r.round(r.Context(), []string{r.fake.Name})
	if len(errs) > 0 {
		r.Fatalf("round() = %v, errors %v, want no error", changes, errs)
	}
	if got := r.endpoints(); !slices.Equal(got, endpoints) {
		r.Fatalf("after %v the endpoints are %q, want %q", changes, got, endpoints)
	}
}

// endpoints returns the endpoints of the device.
func (r *reresolveTest) endpoints() (endpoints []string) {
	for _, p := range r.fake.State().Peers {
		endpoints = append(endpoints, p.Endpoint.String())
	}
	return endpoints
}

// setPeer changes the first peer of the device.
func (r *reresolveTest) setPeer(change func(*wgtypes.Peer)) {
	d := r.fake.State()
	change(&d.Peers[0])
	r.fake.SetState(d)
}

// peerAt returns a peer with an endpoint.
func peerAt(n byte, endpoint string) wgtypes.Peer {
	return wgtypes.Peer{PublicKey: wgtypes.PublicKey{n}, Endpoint: netip.MustParseAddrPort(endpoint)}
}

// peerSection returns the section of a peer in a file.
func peerSection(n byte, endpoint string) string {
	return fmt.Sprintf("[Peer]\nPublicKey = %s\nEndpoint = %s\n", wgtypes.PublicKey{n}, endpoint)
}

// TestReresolveAges checks that only peers without a recent handshake change, unless
// force is set.
func TestReresolveAges(t *testing.T) {
	t.Parallel()
	const before, after = "192.0.2.1:5", "192.0.2.9:5"
	for _, c := range []struct {
		age    time.Duration // negative for none
		force  bool
		rekey  uint32 // of AmneziaWG
		silent bool
	}{
		{age: -1, silent: true}, {age: 0}, {age: 135 * time.Second}, {age: 136 * time.Second, silent: true}, {age: time.Hour, silent: true},
		{age: 0, force: true, silent: true},
		{age: 136 * time.Second, rekey: 300}, {age: 315 * time.Second, rekey: 300}, {age: 316 * time.Second, rekey: 300, silent: true},
		{age: 100 * time.Second, rekey: 10}, {age: 136 * time.Second, rekey: 10, silent: true},
	} {
		r := newReresolveTest(t, peerSection(1, "vpn.example:5"), peerAt(1, before))
		r.hosts["vpn.example"] = "192.0.2.9"
		r.force = c.force
		d := r.fake.State()
		if c.age >= 0 {
			d.Peers[0].LastHandshake = r.clock.Add(-c.age)
		}
		if c.rekey > 0 {
			d.Amnezia = &wgtypes.Amnezia{Version: wgtypes.AmneziaV31, RekeyAfterTime: wgtypes.Range{Lo: c.rekey, Hi: c.rekey}}
		}
		if got := isSilent(d, &d.Peers[0], r.clock); !c.force && got != c.silent {
			t.Errorf("isSilent(age %v, rekey %d) = %t, want %t", c.age, c.rekey, got, c.silent)
		}
		if c.rekey > 0 {
			continue
		}
		r.fake.SetState(d)
		want := before
		if c.silent {
			want = after
		}
		r.wants(want)
	}
}

// TestReresolveSendsOnlyEndpoint checks the change that the device gets.
func TestReresolveSendsOnlyEndpoint(t *testing.T) {
	t.Parallel()
	file := peerSection(1, "old.example:5") + peerSection(1, "vpn.example:5") + "AllowedIPs = 10.0.0.0/8\nPersistentKeepalive = 9\n" + peerSection(2, "vpn.example:5") + peerSection(3, "vpn.example:5")
	r := newReresolveTest(t, file, peerAt(1, "192.0.2.1:5"), peerAt(2, "192.0.2.9:5"))
	r.hosts["vpn.example"] = "::ffff:192.0.2.9"
	r.wants("192.0.2.9:5", "192.0.2.9:5")
	sets := r.fake.Sets()
	if len(sets) != 1 || len(sets[0].Peers) != 1 {
		t.Fatalf("the device got %+v, want one change of one peer", sets)
	}
	want := wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey: wgtypes.PublicKey{1}, UpdateOnly: true, Endpoint: netip.MustParseAddrPort("192.0.2.9:5"),
	}}}
	if got := fmt.Sprintf("%+v", sets[0]); got != fmt.Sprintf("%+v", want) {
		t.Errorf("the device got %s, want %+v", got, want)
	}
	r.wants("192.0.2.9:5", "192.0.2.9:5")
	if sets := r.fake.Sets(); len(sets) != 1 {
		t.Errorf("the device got %+v, want no second change", sets)
	}
}

// TestReresolveRotates checks that a silent peer gets each address of its name in turn,
// whatever the order of the answers, and no sooner than after tryTime.
func TestReresolveRotates(t *testing.T) {
	t.Parallel()
	const a, b, c = "192.0.2.1", "192.0.2.2", "2001:db8::1"
	r := newReresolveTest(t, peerSection(1, "vpn.example:5"), peerAt(1, "192.0.2.99:5"))
	r.watch = true
	r.setPeer(func(p *wgtypes.Peer) { p.PersistentKeepalive = 25 * time.Second })
	answers := []string{c + " " + a + " " + b, c + " " + b + " " + a, a + " " + c + " " + b}
	for i, want := range []string{"[" + c + "]:5", a + ":5", b + ":5", "[" + c + "]:5", a + ":5"} {
		r.hosts["vpn.example"] = answers[i%len(answers)]
		r.wants(want)
		r.clock = r.clock.Add(tryTime - 1)
		r.wants(want)
		r.clock = r.clock.Add(1)
	}
	// An address that the name no longer has gets no more time.
	r.hosts["vpn.example"] = b
	r.wants(b + ":5")
	r.wants(b + ":5")
	r.hosts["vpn.example"] = c
	r.wants("[" + c + "]:5")

	// A peer that answers keeps its address, and begins again when it is silent.
	r.hosts["vpn.example"] = a + " " + b + " " + c
	r.setPeer(func(p *wgtypes.Peer) { p.LastHandshake = r.clock })
	r.wants("[" + c + "]:5")
	r.clock = r.clock.Add(silentAfter + 1)
	r.wants(a + ":5")
}

// TestReresolveOnce checks that single runs, which have no memory, try each address.
func TestReresolveOnce(t *testing.T) {
	t.Parallel()
	r := newReresolveTest(t, peerSection(1, "vpn.example:5"), peerAt(1, "192.0.2.1:5"))
	r.hosts["vpn.example"] = "2001:db8::1 192.0.2.1"
	for _, want := range []string{"[2001:db8::1]:5", "192.0.2.1:5", "[2001:db8::1]:5"} {
		r.tried = nil
		r.wants(want)
	}
	// With force, a peer with a session keeps an address that its name still has.
	r.force = true
	r.setPeer(func(p *wgtypes.Peer) { p.LastHandshake = r.clock })
	r.wants("[2001:db8::1]:5")
	r.hosts["vpn.example"] = "192.0.2.3"
	r.wants("192.0.2.3:5")
}

// TestReresolveIgnoredAddress checks that the next address is tried if the device did
// not take one, as without IPv6.
func TestReresolveIgnoredAddress(t *testing.T) {
	t.Parallel()
	const a, b, c = "192.0.2.1:5", "192.0.2.2:5", "192.0.2.3:5"
	r := newReresolveTest(t, peerSection(1, "vpn.example:5"), peerAt(1, a))
	r.hosts["vpn.example"] = "192.0.2.1 192.0.2.2 192.0.2.3"
	r.wants(b)
	r.setPeer(func(p *wgtypes.Peer) { p.Endpoint = netip.MustParseAddrPort(a) })
	r.clock = r.clock.Add(tryTime)
	r.wants(c)
}

// TestReresolveIdle checks that a peer which sends nothing stays at an address of its
// name, and follows the resolver's order of the families.
func TestReresolveIdle(t *testing.T) {
	t.Parallel()
	const a, b, six = "192.0.2.1:5", "192.0.2.2:5", "[2001:db8::1]:5"
	r := newReresolveTest(t, peerSection(1, "vpn.example:5"), peerAt(1, b))
	r.watch = true
	for _, step := range []struct {
		answer, want string
		sends        bool
	}{
		{"192.0.2.1 192.0.2.2 2001:db8::1", b, false},
		{"192.0.2.2 192.0.2.1 2001:db8::1", b, false},
		{"2001:db8::1 192.0.2.1 192.0.2.2", six, false}, // now the system has a route for IPv6
		{"192.0.2.1 192.0.2.2", a, false},
		{"192.0.2.1 192.0.2.2 2001:db8::1", b, true},
		{"192.0.2.1 192.0.2.2 2001:db8::1", six, true},
		{"192.0.2.1 192.0.2.2 2001:db8::1", a, false},
	} {
		r.hosts["vpn.example"] = step.answer
		if step.sends {
			r.setPeer(func(p *wgtypes.Peer) { p.TransmitBytes += 148 })
		}
		r.clock = r.clock.Add(tryTime)
		r.wants(step.want)
	}
}

// TestReresolveFailures checks that a name that fails and a device that fails keep
// nothing else from changing, and that a failed change is tried again.
func TestReresolveFailures(t *testing.T) {
	t.Parallel()
	file := "# Name = \x1b[31malice\n" + peerSection(1, "gone.example:5") + peerSection(2, "vpn.example:5") + peerSection(3, "192.0.2.7:5")
	r := newReresolveTest(t, file, peerAt(1, "192.0.2.1:5"), peerAt(2, "192.0.2.2:5"), peerAt(3, "192.0.2.3:5"))
	r.hosts["vpn.example"] = "192.0.2.9"
	changes, errs := r.round(t.Context(), []string{"missing", r.fake.Name})
	want := fmt.Sprintf("%s: peer %s: 192.0.2.2:5 -> 192.0.2.9:5 (vpn.example)", r.fake.Name, wgtypes.PublicKey{2})
	if len(changes) != 1 || changes[0].String() != want {
		t.Errorf("round() = %v, want %q", changes, want)
	}
	if len(errs) != 2 || !strings.Contains(errs[1].Error(), "lookup gone.example: no such host") || strings.Contains(errs[1].Error(), "\x1b") {
		t.Errorf("round() has the errors %q, want one about missing and one about gone.example", errs)
	}

	r.hosts["vpn.example"] = "192.0.2.10"
	r.fake.OnSet(len(r.fake.Sets())+1, wgtest.Fail(uapi.Errno(5)))
	if changes, errs := r.round(t.Context(), []string{r.fake.Name}); len(changes) != 0 || len(errs) != 2 {
		t.Errorf("round() = %v, %v, want no change and two errors", changes, errs)
	}
	delete(r.hosts, "gone.example")
	if changes, _ := r.round(t.Context(), []string{r.fake.Name}); len(changes) != 1 || r.endpoints()[1] != "192.0.2.10:5" {
		t.Errorf("round() = %v, endpoints %q, want 192.0.2.10:5", changes, r.endpoints())
	}
}

// TestReresolveDryRun checks that a dry run sends nothing.
func TestReresolveDryRun(t *testing.T) {
	t.Parallel()
	r := newReresolveTest(t, peerSection(1, "vpn.example:5"), peerAt(1, "192.0.2.1:5"))
	r.hosts["vpn.example"] = "192.0.2.9"
	r.dryRun = true
	changes, errs := r.round(t.Context(), nil)
	if len(changes) != 1 || len(errs) != 0 || len(r.fake.Sets()) != 0 {
		t.Errorf("round() = %v, %v, sent %v, want one change, none sent", changes, errs, r.fake.Sets())
	}
}

// blocking is a resolver that answers when want different names are looked up.
type blocking struct {
	mu   sync.Mutex
	want int
	all  chan struct{}
}

func (b *blocking) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	b.mu.Lock()
	if b.want--; b.want == 0 {
		close(b.all)
	}
	b.mu.Unlock()
	select {
	case <-b.all:
		return []netip.Addr{netip.MustParseAddr("192.0.2.9")}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestReresolveConcurrent checks that names are looked up concurrently, each once.
func TestReresolveConcurrent(t *testing.T) {
	t.Parallel()
	file := peerSection(1, "a.example:5") + peerSection(2, "b.example:5") + peerSection(3, "a.example:5")
	r := newReresolveTest(t, file, peerAt(1, "192.0.2.1:5"), peerAt(2, "192.0.2.2:5"), peerAt(3, "192.0.2.3:5"))
	b := &blocking{want: 2, all: make(chan struct{})}
	r.resolver = b
	r.wants("192.0.2.9:5", "192.0.2.9:5", "192.0.2.9:5")
	if b.want != 0 {
		t.Errorf("%d lookups too many, want one for each name", -b.want)
	}
}
