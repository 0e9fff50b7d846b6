package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// oracle is a kernel device, to compare the Client with wg(8).
type oracle struct {
	subject
	ns *wgtest.Namespace
}

// needWG returns a kernel device, or skips the test if wg(8) is missing. With
// WGTEST_KERNEL=1 a missing wg(8) fails the test.
func needWG(t *testing.T) oracle {
	t.Helper()
	d := wgtest.Kernel(t)
	if _, err := exec.LookPath("wg"); err != nil {
		if os.Getenv("WGTEST_KERNEL") == "1" {
			t.Fatalf("LookPath(%q) = %v, want the program, since WGTEST_KERNEL=1 is set", "wg", err)
		}
		t.Skip(err)
	}
	return oracle{subject{d.Client(t, wgctrl.WithZeroPublicKeys()), d.Name}, d.NetNS()}
}

// wg runs wg(8) in the device's namespace and returns what it prints.
func (o oracle) wg(t *testing.T, args ...string) string {
	t.Helper()
	return in(t, o.ns, "wg", args...)
}

// in runs a command in the network namespace ns and returns its output.
func in(t *testing.T, ns *wgtest.Namespace, name string, args ...string) string {
	t.Helper()
	var out []byte
	var err error
	cmd := exec.Command(name, args...)
	ns.Do(t, func() { out, err = cmd.CombinedOutput() })
	if err != nil {
		t.Fatalf("%s failed: %v, want success; it printed: %s", cmd, err, out)
	}
	return string(out)
}

// agree checks that wg(8) and the Client read the same device.
func (o oracle) agree(t *testing.T) {
	t.Helper()
	got := o.read(t)
	if diff := cmp.Diff(parseDump(t, o.wg(t, "show", o.name, "dump")), stateOf(got), same...); diff != "" {
		t.Fatalf("Device(%q) compared with wg show dump (-want +got):\n%s", o.name, diff)
	}
	if diff := cmp.Diff(o.wg(t, "showconf", o.name), confOf(got)); diff != "" {
		t.Fatalf("Device(%q) compared with wg showconf (-want +got):\n%s", o.name, diff)
	}
}

// TestWGReadsWhatWeSet checks that wg(8) and the Client read the same device
// after every step of every scenario.
func TestWGReadsWhatWeSet(t *testing.T) {
	t.Parallel()
	for _, scenario := range testutil.Scenarios() {
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			o := needWG(t)
			o.agree(t)
			for _, c := range scenario.Steps {
				o.configure(t, c)
				o.agree(t)
			}
		})
	}
	for seed := range uint64(10) {
		t.Run("random "+strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			o, r := needWG(t), rand.New(rand.NewPCG(seed, 2))
			for range 10 {
				have := o.read(t)
				c := testutil.RandomConfig(r, have, testutil.RandomOptions{MaxPeers: 20, MaxAllowedIPs: 100, Collisions: 0.5, Unnormalized: true})
				o.configure(t, possible(have, c))
				o.agree(t)
			}
		})
	}
}

// TestWeReadWhatWGSets configures a device with wg(8), and checks that wg(8) and
// the Client read the same.
func TestWeReadWhatWGSets(t *testing.T) {
	t.Parallel()
	o := needWG(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := func(n byte) string { return wgtypes.PublicKey{n, 8}.String() }
	secret := file("secret", key(0x40)+"\n")
	for _, args := range []string{
		"listen-port 51820 fwmark 0xca6c private-key " + secret,
		"peer " + key(1) + " preshared-key " + secret + " endpoint 192.0.2.1:1 persistent-keepalive 25 allowed-ips 10.0.0.0/8,2001:db8::/32",
		"peer " + key(2) + " endpoint [fe80::1%lo]:2 allowed-ips 10.0.0.0/8,10.1.0.0/16",
		"peer " + key(3) + " endpoint [2001:db8::1]:3 allowed-ips 0.0.0.0/0,::/0",
		"peer " + key(1) + " preshared-key /dev/null persistent-keepalive off allowed-ips 10.2.0.0/16",
		"peer " + key(2) + " remove",
		"fwmark off private-key /dev/null",
	} {
		o.wg(t, append([]string{"set", o.name}, strings.Fields(args)...)...)
		o.agree(t)
	}
	o.wg(t, "setconf", o.name, file("large.conf", confWith(500)))
	o.agree(t)
	o.wg(t, "syncconf", o.name, file("small.conf", confWith(200)))
	o.agree(t)
	o.wg(t, "addconf", o.name, file("none.conf", ""))
	o.agree(t)
}

// confWith returns a configuration file with the given number of peers.
func confWith(peers int) string {
	var b strings.Builder
	b.WriteString("[Interface]\nListenPort = 51821\n")
	for i := range peers {
		fmt.Fprintf(&b, "[Peer]\nPublicKey = %s\nAllowedIPs = 10.%d.%d.0/24, 2001:db8:%x::/48\n",
			wgtypes.PublicKey{byte(i), byte(i >> 8), 9}, i/256, i%256, i)
	}
	return b.String()
}

// TestSnapshotWhileOthersWrite reads a device while another process switches it
// between two states. The kernel sends the firewall mark in the first message of
// a dump and the last peer in the last one: both must be of one state, unless
// Device returns ErrInterrupted.
func TestSnapshotWhileOthersWrite(t *testing.T) {
	t.Parallel()
	o := needWG(t)
	c := testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA})
	for i := range 100 {
		p := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{byte(i), 3}}
		for j := range 30 {
			p.AllowedIPs = append(p.AllowedIPs, nth(i*30+j))
		}
		c.Peers = append(c.Peers, p)
	}
	c.Peers = append(c.Peers, wgtypes.PeerConfig{PublicKey: testutil.PeerB})
	o.configure(t, c)
	state := func(n int) string {
		return fmt.Sprintf("wg set %s fwmark %d peer %s persistent-keepalive %d peer %s persistent-keepalive %d", o.name, n, testutil.PeerA, n, testutil.PeerB, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	writer := exec.CommandContext(ctx, "sh", "-e", "-c", state(1)+"; while "+state(2)+"; do "+state(1)+"; done")
	o.ns.Do(t, func() {
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
	})
	defer writer.Wait()
	defer cancel()
	seen := make(map[uint32]int)
	for seen[1] == 0 || seen[2] == 0 || seen[1]+seen[2] < 30 {
		d, err := o.client.Device(t.Context(), o.name)
		if errors.Is(err, wgctrl.ErrInterrupted) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		first, last := d.Peers[0].PersistentKeepalive, d.Peers[len(d.Peers)-1].PersistentKeepalive
		if want := time.Duration(d.FirewallMark) * time.Second; len(d.Peers) != 102 || first != want || last != want {
			t.Fatalf("Device(%q) has mark %d, %d peers, keepalive %v of the first and %v of the last; want 102 peers and %v for both",
				o.name, d.FirewallMark, len(d.Peers), first, last, want)
		}
		seen[d.FirewallMark]++
	}
}

// same are the options for comparing devices with the output of wg(8).
var same = []cmp.Option{cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })}

// stateOf returns the part of d that `wg show dump` prints: without name, index
// and kind, and with handshakes in whole seconds.
func stateOf(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	d.Name, d.Index, d.Kind = "", 0, wgtypes.KindUnknown
	for i := range d.Peers {
		p := &d.Peers[i]
		p.ProtocolVersion = 0
		p.LastHandshake = p.LastHandshake.Truncate(time.Second)
		if len(p.AllowedIPs) == 0 {
			p.AllowedIPs = nil
		}
	}
	return d
}

// parseDump reads the output of `wg show DEV dump`.
func parseDump(t *testing.T, text string) *wgtypes.Device {
	t.Helper()
	d := &wgtypes.Device{}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		f := strings.Split(line, "\t")
		switch {
		case i == 0 && len(f) == 4:
			unmarshal(t, &d.PrivateKey, f[0])
			unmarshal(t, &d.PublicKey, f[1])
			d.ListenPort = uint16(number(t, f[2]))
			d.FirewallMark = uint32(number(t, f[3]))
		case i > 0 && len(f) == 8:
			d.Peers = append(d.Peers, parsePeer(t, f))
		default:
			t.Fatalf("line %d of the dump is %q, want 4 fields in line 0 and 8 in others", i, line)
		}
	}
	return d
}

func parsePeer(t *testing.T, f []string) (p wgtypes.Peer) {
	t.Helper()
	unmarshal(t, &p.PublicKey, f[0])
	unmarshal(t, &p.PresharedKey, f[1])
	unmarshal(t, &p.Endpoint, f[2])
	if f[3] != "(none)" {
		for s := range strings.SplitSeq(f[3], ",") {
			p.AllowedIPs = append(p.AllowedIPs, netip.MustParsePrefix(s))
		}
	}
	if seconds := number(t, f[4]); seconds != 0 {
		p.LastHandshake = time.Unix(int64(seconds), 0).UTC()
	}
	p.ReceiveBytes, p.TransmitBytes = number(t, f[5]), number(t, f[6])
	p.PersistentKeepalive = time.Duration(number(t, f[7])) * time.Second
	return p
}

func unmarshal(t *testing.T, to interface{ UnmarshalText([]byte) error }, s string) {
	t.Helper()
	if s == "(none)" {
		return
	}
	if err := to.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, s string) uint64 {
	t.Helper()
	if s == "off" {
		return 0
	}
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// confOf writes d as `wg showconf` does.
func confOf(d *wgtypes.Device) string {
	var b strings.Builder
	line := func(set bool, key string, value any) {
		if set {
			fmt.Fprintf(&b, "%s = %v\n", key, value)
		}
	}
	b.WriteString("[Interface]\n")
	line(d.ListenPort != 0, "ListenPort", d.ListenPort)
	line(d.FirewallMark != 0, "FwMark", fmt.Sprintf("%#x", d.FirewallMark))
	line(!d.PrivateKey.IsZero(), "PrivateKey", text(d.PrivateKey))
	b.WriteString("\n")
	for i, p := range d.Peers {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("[Peer]\n")
		line(true, "PublicKey", p.PublicKey)
		line(!p.PresharedKey.IsZero(), "PresharedKey", text(p.PresharedKey))
		ips := make([]string, len(p.AllowedIPs))
		for i, ip := range p.AllowedIPs {
			ips[i] = ip.String()
		}
		line(len(ips) > 0, "AllowedIPs", strings.Join(ips, ", "))
		line(p.Endpoint.IsValid(), "Endpoint", p.Endpoint)
		line(p.PersistentKeepalive != 0, "PersistentKeepalive", int(p.PersistentKeepalive/time.Second))
	}
	return b.String()
}

func text(k interface{ MarshalText() ([]byte, error) }) string {
	b, _ := k.MarshalText()
	return string(b)
}
