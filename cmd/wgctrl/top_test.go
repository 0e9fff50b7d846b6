//go:build linux || darwin || freebsd || openbsd

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// office is a directory of userspace devices, a client for them, and the flags with
// which top shows them.
type office struct {
	dir    string
	client *wgctrl.Client
	flags  []string
	near   *wireguardgo.Device
}

// newOffice returns an office with two devices that are peers of each other over
// loopback, with traffic from far to near.
func newOffice(t *testing.T) *office {
	t.Helper()
	o := newEmptyOffice(t)
	var far *wireguardgo.Device
	o.near, far = o.add(t, "near", nil), o.add(t, "far", nil)
	alice, bob := newKey(t), newKey(t)
	o.join(t, "near", bob, "far", alice.PublicKey(), "10.0.0.1/32")
	o.join(t, "far", alice, "near", bob.PublicKey(), "10.0.0.2/32")
	names := filepath.Join(t.TempDir(), "names.conf")
	text := "# Alice's laptop\n[Peer]\nPublicKey = " + alice.PublicKey().String() + "\n\n# Bob \x1b[31m\n[Peer]\nPublicKey = " + bob.PublicKey().String() + "\n"
	if err := os.WriteFile(names, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o.flags = append(o.flags, "--names", names)
	traffic(t, far, o.near)
	return o
}

// newEmptyOffice returns an office without devices.
func newEmptyOffice(t *testing.T) *office {
	t.Helper()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	dir := wgtest.SocketDir(t)
	// A daemon takes long to add ten thousand peers on a busy machine.
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir), wgctrl.WithReplyTimeout(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &office{dir: dir, client: c, flags: []string{"top", "--backend", "userspace", "--socket-dir", dir, "--interval", "0.2"}}
}

func newKey(t *testing.T) wgtypes.PrivateKey {
	t.Helper()
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// add starts a device. config may change its options.
func (o *office) add(t *testing.T, name string, config func(*wireguardgo.Options)) *wireguardgo.Device {
	t.Helper()
	options := wireguardgo.Options{Name: name, Dir: o.dir}
	if config != nil {
		config(&options)
	}
	d, err := wireguardgo.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func (o *office) configure(t *testing.T, name string, c wgtypes.Config) {
	t.Helper()
	if err := o.client.ConfigureDevice(t.Context(), name, c); err != nil {
		t.Fatal(err)
	}
}

// join gives a device a key and makes another device its peer.
func (o *office) join(t *testing.T, name string, key wgtypes.PrivateKey, other string, peer wgtypes.PublicKey, allowed string) {
	t.Helper()
	d, err := o.client.Device(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	o.configure(t, name, wgtypes.Config{PrivateKey: &key, Peers: []wgtypes.PeerConfig{{
		PublicKey: peer, Endpoint: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), d.ListenPort),
		AllowedIPs: []netip.Prefix{netip.MustParsePrefix(allowed)},
	}}})
}

// traffic sends packets from one device to the other until the test ends.
func traffic(t *testing.T, from, to *wireguardgo.Device) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	packet := wireguardgo.Datagram{
		Src: netip.MustParseAddrPort("10.0.0.1:7"), Dst: netip.MustParseAddrPort("10.0.0.2:7"), Payload: make([]byte, 1000),
	}.AppendPacket(nil)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		paced := time.NewTicker(5 * time.Millisecond)
		defer paced.Stop()
		for from.Send(ctx, packet) == nil {
			select {
			case <-paced.C:
			case <-ctx.Done():
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// serveSocket serves the socket of a daemon that sends answer and closes the
// connection. If answer is empty, it does neither.
func (o *office) serveSocket(t *testing.T, name, answer string) {
	t.Helper()
	stop, err := testutil.ServeSocket(o.dir, name, func(c net.Conn) {
		if answer != "" {
			_, _ = io.WriteString(c, answer)
			c.Close()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

// busy matches the line of a peer with traffic and a graph.
var busy = regexp.MustCompile(`(?m)^  Alice's laptop .* \d+(\.\d+)? KiB .*[\x{2801}-\x{28ff}]`)

// TestTop runs top in a terminal and checks names, rates and graphs, keys, other
// sizes, and that quitting restores the terminal.
func TestTop(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	x := newTerminal(t, 80, 24, o.flags...)
	screen := x.awaits("traffic", busy.MatchString)
	for _, want := range []string{"  near  ", "  far  ", "  Bob ?[31m", " 2 devices  2 peers ", "peers 1 to 2 of 2", "q quit  / filter"} {
		if !strings.Contains(screen, want) {
			t.Errorf("screen is\n%s\nwant it to contain %q", screen, want)
		}
	}
	x.press("s")
	x.shows("s by handshake")
	x.press("r")
	x.shows("r reversed")
	x.press("/", "z", "Z", "z")
	x.shows("/zZz_", "no peers, 2 not shown")
	x.press("BSpace", "BSpace", "BSpace", "a", "L", "i", "Enter")
	x.shows("peers 1 to 1 of 1, 1 not shown, filter: aLi (esc clears it)")
	x.press("Escape")
	x.shows("peers 1 to 2 of 2", "/ filter")
	x.press("d")
	x.shows("> far", "peers 1 to 1 of 1, 1 not shown", "d far")
	x.press("d", "d")
	x.shows("d all devices")
	x.press("v", "v")
	x.shows("no peers, 2 not shown", "v silent")
	x.press("v", "?")
	x.shows("any key goes back", "scroll by a line")
	x.press("x")
	x.shows("PEER")

	x.resize(40, 10)
	screen = x.awaits("a small screen", func(s string) bool { return strings.Contains(s, "Alice") && strings.Contains(s, "q quit / filter") })
	if lines := strings.Split(strings.TrimSuffix(screen, "\n"), "\n"); len(lines) != 10 || !strings.HasPrefix(lines[9], "q quit / filter") {
		t.Errorf("screen of 40x10 is\n%s\nwant 10 lines, the last with prefix %q", screen, "q quit / filter")
	}
	x.resize(200, 60)
	x.shows("ALLOWED IPS", "10.0.0.1/32", "RECEIVED")
	x.resize(80, 24)
	x.hides("ALLOWED IPS")

	x.press("q")
	screen = x.shows("exit code 0")
	if strings.Contains(screen, "Alice") {
		t.Errorf("screen after q is\n%s\nwant it without %q", screen, "Alice")
	}
	x.isRestored()
}

// TestTopDetails moves the cursor and opens the details of peers, also on a small
// terminal.
func TestTopDetails(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	key := func(device string) string {
		d, err := o.client.Device(t.Context(), device)
		if err != nil {
			t.Fatal(err)
		}
		return d.Peers[0].PublicKey.String()
	}
	x := newTerminal(t, 80, 24, o.flags...)
	x.awaits("traffic", busy.MatchString)
	x.press("/", "A", "l", "i", "c", "e", "Enter", "Down")
	x.shows("\n >Alice's laptop ")
	x.press("Enter")
	x.shows("  Alice's laptop, peer of near", "  key         "+key("near"), "  endpoint    127.0.0.1:", "  handshake   ", " ago\n", "  allowed IPs 10.0.0.1/32\n")
	x.awaits("a tall graph", regexp.MustCompile(`(?m)^  history +[\x{2801}-\x{28ff}]+\n  \d+(\.\d+)? [KM]iB/s .*\n +[\x{2801}-\x{28ff}]+$`).MatchString)
	x.resize(40, 10)
	x.shows("  key         "+key("near")[:26]+"\n              "+key("near")[26:]+"\n", " >Alice", "  allowed IPs 10.0.0.1/32\n")
	x.resize(80, 24)
	x.press("/", "C-u", "B", "o", "b", "Enter")
	x.shows("  Bob ?[31m, peer of far", "  key         "+key("far"))
	x.press("Escape")
	x.hides("peer of far")
	x.shows("filter: Bob")
	x.press("q")
	x.shows("exit code 0")
}

// TestTopDeviceList scrolls through more devices than there are lines.
func TestTopDeviceList(t *testing.T) {
	t.Parallel()
	o := newEmptyOffice(t)
	const n = 9
	for i := range n {
		o.serveSocket(t, fmt.Sprintf("wg%d", i), "nonsense\n\n")
	}
	x := newTerminal(t, 80, 24, o.flags...)
	x.shows("9 devices", "! wg0  unreadable", "! wg5  unreadable", "3 more devices")
	x.press("Tab")
	x.shows("devices 1 to 6 of 9 (tab: peers)")
	x.press("NPage", "NPage", "Down")
	x.shows("devices 4 to 9 of 9", "!>wg8  unreadable")
	x.press("Home", "Down")
	x.shows("devices 1 to 6 of 9", "!>wg0  unreadable")
	x.press("Tab", "D", "D")
	x.shows("!>wg8  unreadable", "3 more devices")
	x.resize(40, 10)
	x.shows("!>wg8  unreadable")
	x.press("q")
	x.shows("exit code 0")
}

// TestTopUnits runs top with --units and changes the units with a key.
func TestTopUnits(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	x := newTerminal(t, 80, 24, append(o.flags, "--units", "bits")...)
	shows := func(unit string) {
		t.Helper()
		x.awaits("rates in "+unit, regexp.MustCompile(`(?m)^  Alice's laptop .* \d+(\.\d+)? `+unit+` `).MatchString)
	}
	shows("[kM]b")
	x.press("u")
	shows("[KM]ib")
	x.press("u")
	shows("KiB")
	x.press("u")
	shows("kB")
	x.press("q")
	x.shows("exit code 0")
}

// TestTopHelp scrolls through the help on a small terminal.
func TestTopHelp(t *testing.T) {
	t.Parallel()
	o := newEmptyOffice(t)
	x := newTerminal(t, 40, 10, o.flags...)
	x.shows("no WireGuard devices found")
	x.press("?")
	x.shows("q, ctrl+c", "up, down: scroll  other keys go back")
	x.press("NPage")
	x.hides("q, ctrl+c")
	x.press("End")
	x.shows("at the right, relative to the highest\n  one shown.\n")
	x.press("Home", "Down")
	x.shows("q, ctrl+c")
	x.press("x")
	x.shows("no WireGuard devices found")
	x.press("q")
	x.shows("exit code 0")
}

// TestTopUnreadable checks that a daemon that hangs and one that sends nonsense are
// shown as unreadable, that a closed device disappears, and that the others stay
// live.
func TestTopUnreadable(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.serveSocket(t, "nonsense", "\x1b[2Jnonsense\n\n")
	x := newTerminal(t, 80, 24, o.flags...)
	x.awaits("traffic", busy.MatchString)
	x.shows("! nonsense  unreadable for ", "uapi: protocol error")
	o.serveSocket(t, "hung", "")
	x.shows("! hung  unreadable for ", "no reply from ")
	x.awaits("traffic", busy.MatchString)
	x.press("v") // keys act while a daemon hangs
	x.shows("v live peers")
	o.add(t, "late", func(o *wireguardgo.Options) { o.Bind = wireguardgo.Offline() })
	x.shows("  late ", "5 devices", "2 unreadable")
	if err := o.near.Close(); err != nil {
		t.Fatal(err)
	}
	x.hides("  near ")
	x.shows("  far ", "! hung", "! nonsense")
	x.press("C-c")
	x.shows("exit code 130")
}

// TestTopTerminated checks that SIGTERM ends top and that the terminal is restored.
func TestTopTerminated(t *testing.T) {
	t.Parallel()
	o := newEmptyOffice(t)
	x := newTerminal(t, 80, 24, o.flags...)
	x.shows("no WireGuard devices found; looked at", o.dir)
	x.signal(syscall.SIGTERM)
	x.shows("exit code 143")
	x.isRestored()
}

// TestTopOrder checks that idle peers are sorted by their last handshake, and that a
// handshake moves a peer.
func TestTopOrder(t *testing.T) {
	t.Parallel()
	o := newEmptyOffice(t)
	var handshake atomic.Int64 // of the first peer
	handshake.Store(1_500_000_000)
	stop, err := testutil.ServeSocket(o.dir, "wg0", func(c net.Conn) {
		defer c.Close()
		if _, err := c.Read(make([]byte, 64)); err != nil {
			return
		}
		fmt.Fprintf(c, "listen_port=1\npublic_key=01%062d\nlast_handshake_time_sec=%d\nlast_handshake_time_nsec=0\n", 0, handshake.Load())
		fmt.Fprintf(c, "public_key=02%062d\nlast_handshake_time_sec=1600000000\nlast_handshake_time_nsec=0\nerrno=0\n\n", 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	x := newTerminal(t, 80, 24, o.flags...)
	x.awaits("the second peer first", regexp.MustCompile(`(?s)! AgAAA.*! AQAAA`).MatchString)
	handshake.Store(1_700_000_000)
	x.awaits("the first peer first", regexp.MustCompile(`(?s)! AQAAA.*! AgAAA`).MatchString)
}

// TestTopLarge scrolls to the last of ten thousand peers.
func TestTopLarge(t *testing.T) {
	t.Parallel()
	o := newEmptyOffice(t)
	o.add(t, "wg0", func(o *wireguardgo.Options) { o.Bind = wireguardgo.Offline() })
	const n = 10_000
	c := wgtypes.Config{Peers: make([]wgtypes.PeerConfig, n)}
	for i := range c.Peers {
		c.Peers[i] = wgtypes.PeerConfig{
			PublicKey:  wgtypes.PublicKey{1, byte(i), byte(i >> 8)},
			AllowedIPs: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}), 32)},
		}
	}
	o.configure(t, "wg0", c)
	x := newTerminal(t, 80, 24, o.flags...)
	x.shows("10000 peers", "peers 1 to 17 of 10000")
	x.wheel(12, true)
	x.shows("peers 4 to 20 of 10000")
	x.wheel(12, true)
	x.wheel(12, false)
	x.wheel(12, false)
	x.shows("peers 1 to 17 of 10000")
	x.press("End")
	x.shows("peers 9984 to 10000 of 10000")
	x.press("/", "10.38.255.1", "Enter")
	x.shows("peers 1 to 1 of 1, 9999 not shown")
	x.press("q")
	x.shows("exit code 0")
}
