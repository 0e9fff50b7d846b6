package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// running is a command that runs until its context is cancelled.
type running struct {
	t      *testing.T
	cancel context.CancelFunc
	lines  *bufio.Scanner
	code   chan int
	stderr bytes.Buffer // to be read after the end
}

// start runs the command in the background.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	out, in := io.Pipe()
	r := &running{t: t, cancel: cancel, lines: bufio.NewScanner(out), code: make(chan int, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		code := Run(ctx, args, Streams{In: strings.NewReader(""), Out: in, Err: &r.stderr})
		in.Close()
		r.code <- code
	}()
	t.Cleanup(func() {
		cancel()
		out.Close()
		<-ended
	})
	return r
}

// awaits reads lines until one matches the pattern, and returns it.
func (r *running) awaits(pattern string) string {
	r.t.Helper()
	p := regexp.MustCompile(pattern)
	var seen []string
	for r.lines.Scan() {
		line := r.lines.Text()
		if strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) {
			r.t.Errorf("line %q, want printable characters only", line)
		}
		if p.MatchString(line) {
			return line
		}
		seen = append(seen, line)
	}
	r.t.Fatalf("output is\n%s\nwant a line that matches %s", strings.Join(seen, "\n"), pattern)
	return ""
}

// awaitsAll reads lines until each pattern has matched one, in any order.
func (r *running) awaitsAll(patterns ...string) {
	r.t.Helper()
	for len(patterns) > 0 {
		line := r.awaits(strings.Join(patterns, "|"))
		patterns = slices.DeleteFunc(patterns, func(p string) bool { return regexp.MustCompile(p).MatchString(line) })
	}
}

// ends cancels the command and checks its exit code and standard error.
func (r *running) ends(wantCode int, wantErr string) {
	r.t.Helper()
	r.cancel()
	for r.lines.Scan() {
		r.t.Logf("remaining line: %s", r.lines.Text())
	}
	if code := <-r.code; code != wantCode || r.stderr.String() != wantErr {
		r.t.Errorf("Run = %d, stderr %q, want %d, %q", code, r.stderr.String(), wantCode, wantErr)
	}
}

// newSocketDir returns a new directory for sockets and the flags that restrict the
// command to it.
func newSocketDir(t *testing.T) (dir string, flags []string) {
	t.Helper()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	dir = wgtest.SocketDir(t)
	return dir, []string{"--backend", "userspace", "--socket-dir", dir}
}

// startDevice starts a userspace device without a network.
func startDevice(t *testing.T, dir, name string) *wireguardgo.Device {
	t.Helper()
	d, err := wireguardgo.New(wireguardgo.Options{Name: name, Dir: dir, Bind: wireguardgo.Offline()})
	if err != nil {
		t.Skip(err) // on Windows only administrators may create pipes
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// configure changes a device whose socket is in dir.
func configure(t *testing.T, dir, name string, c wgtypes.Config) {
	t.Helper()
	client, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir), wgctrl.WithReplyTimeout(-1))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ConfigureDevice(t.Context(), name, c); err != nil {
		t.Fatal(err)
	}
}

// hang serves a socket that accepts connections and never answers.
func hang(t *testing.T, dir, name string) {
	t.Helper()
	serveSocket(t, dir, name, func(net.Conn) {})
}

// serveSocket serves a socket until the test ends.
func serveSocket(t *testing.T, dir, name string, handle func(net.Conn)) {
	t.Helper()
	stop, err := testutil.ServeSocket(dir, name, handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

var (
	watchedKey  = wgtypes.NewPrivateKey(testutil.SecretBytes)
	watchedPeer = wgtypes.PublicKey{1}
)

// TestWatchLines checks the line of each kind of change, and that cancelling watch
// prints no error.
func TestWatchLines(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	r := start(t, append(flags, "watch", "--interval", "10ms")...)
	const at = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d) `
	r.awaits(at + `device-added wg0 userspace$`)
	r.awaits(at + `ready$`)
	key := watchedPeer.String()
	change := func(c wgtypes.Config, want string) {
		t.Helper()
		configure(t, dir, "wg0", c)
		r.awaits(at + want)
	}
	peer := func(p wgtypes.PeerConfig) wgtypes.Config {
		p.PublicKey = watchedPeer
		return wgtypes.Config{Peers: []wgtypes.PeerConfig{p}}
	}
	change(wgtypes.Config{PrivateKey: &watchedKey}, `device-changed wg0 private_key \(hidden\), public_key \(none\) -> \S{44}$`)
	change(wgtypes.Config{FirewallMark: new(uint32(7))}, `device-changed wg0 firewall_mark 0x0 -> 0x7$`)
	change(wgtypes.Config{ListenPort: new(uint16(7))}, `device-changed wg0 listen_port \d+ -> 7$`)
	change(peer(wgtypes.PeerConfig{AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}), `peer-added wg0 `+key+` allowed ips 10.0.0.0/8$`)
	change(peer(wgtypes.PeerConfig{PresharedKey: new(wgtypes.NewPresharedKey(testutil.SecretBytes))}), `peer-changed wg0 `+key+` preshared_key \(hidden\)$`)
	change(peer(wgtypes.PeerConfig{Endpoint: netip.MustParseAddrPort("192.0.2.1:7")}), `endpoint wg0 `+key+` endpoint \(none\) -> 192.0.2.1:7$`)
	change(peer(wgtypes.PeerConfig{PersistentKeepalive: new(25 * time.Second)}), `peer-changed wg0 `+key+` persistent_keepalive off -> every 25 seconds$`)
	change(peer(wgtypes.PeerConfig{Remove: true}), `peer-removed wg0 `+key+`$`)
	r.ends(1, "")
}

// TestWatchJSON checks that each line is an event without secrets.
func TestWatchJSON(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	configure(t, dir, "wg0", wgtypes.Config{PrivateKey: &watchedKey, Peers: []wgtypes.PeerConfig{
		{PublicKey: watchedPeer, PresharedKey: new(wgtypes.NewPresharedKey(testutil.SecretBytes)), Endpoint: netip.MustParseAddrPort("192.0.2.1:7")},
	}})
	r := start(t, append(flags, "watch", "--json", "wg0")...)
	for _, want := range []wgtypes.EventKind{wgtypes.EventDeviceAdded, wgtypes.EventPeerAdded, wgtypes.EventReady} {
		line := r.awaits(`^\{.*\}$`)
		var e wgtypes.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Kind != want || e.Time.IsZero() {
			t.Errorf("Unmarshal(%s) = %v, %v, want kind %v and a time", line, e.Kind, err, want)
		}
		if f := testutil.FindSecret(line); f != "" {
			t.Errorf("line %s contains %s, want no secret", line, f)
		}
		if want == wgtypes.EventPeerAdded && (e.NewPeer == nil || e.NewPeer.PublicKey != watchedPeer || e.NewPeer.Endpoint.Port() != 7) {
			t.Errorf("line %s, want peer %v with an endpoint of port 7", line, watchedPeer)
		}
	}
	r.ends(1, "")
}

// TestWatchNames checks that lines have the name of the peer after its key.
func TestWatchNames(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	key := watchedPeer.String()
	files := t.TempDir()
	for name, text := range map[string]string{"named.conf": "# Alice\n[Peer]\nPublicKey = " + key + "\n", "unnamed.conf": ""} {
		if err := os.WriteFile(filepath.Join(files, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure(t, dir, "wg0", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: watchedPeer}}})
	for _, test := range []struct{ form, file, want string }{
		{"--json=false", "named.conf", `peer-added wg0 ` + key + ` \(Alice\) allowed ips \(none\)$`},
		{"--json=false", "unnamed.conf", `peer-added wg0 ` + key + ` allowed ips \(none\)$`},
		{"--json", "named.conf", `"kind":"peer-added",.*"peer":"` + key + `","peer_name":"Alice","new"`},
		{"--json", "unnamed.conf", `"kind":"peer-added",.*"peer":"` + key + `","new"`},
	} {
		r := start(t, append(flags, "watch", "--names", filepath.Join(files, test.file), test.form)...)
		r.awaits(test.want)
		r.ends(1, "")
	}
}

// TestWatchUnreadable checks that daemons that hang, send nonsense or end are
// reported, and that the other devices are still watched.
func TestWatchUnreadable(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	going := startDevice(t, dir, "going")
	hang(t, dir, "hung")
	serveSocket(t, dir, "nonsense", func(c net.Conn) {
		_, _ = io.WriteString(c, "listen_port=\x1b[2J\u009b\n\n")
		c.Close()
	})
	r := start(t, append(flags, "watch", "--interval", "10ms")...)
	r.awaitsAll(` device-added wg0 `, ` device-added going `, ` unreadable nonsense uapi: protocol error: `)
	configure(t, dir, "wg0", wgtypes.Config{FirewallMark: new(uint32(1))})
	r.awaits(` device-changed wg0 firewall_mark 0x0 -> 0x1$`)
	going.Close()
	r.awaits(` device-removed going userspace$`)
	r.awaits(` device-added hung userspace$`)
	r.awaits(` unreadable hung .*no reply from \S+ for 5s: `)
	r.awaits(` ready$`)
	configure(t, dir, "wg0", wgtypes.Config{FirewallMark: new(uint32(2))})
	r.awaits(` device-changed wg0 firewall_mark 0x1 -> 0x2$`)
	r.ends(1, "")
}

// TestWatchUntrustedZone checks that control characters in a zone sent by a daemon
// do not reach the output.
func TestWatchUntrustedZone(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	serveSocket(t, dir, "wg0", func(c net.Conn) {
		_, _ = io.WriteString(c, "public_key="+strings.Repeat("01", 32)+"\nendpoint=[fe80::1%\x1b[2J\u009b31m\u202e\x7f]:7\nerrno=0\n\n")
		c.Close()
	})
	for _, format := range [][]string{{"watch"}, {"watch", "--json"}} {
		r := start(t, append(flags, format...)...)
		r.awaits(`ready`) // awaits checks the lines before it
		r.ends(1, "")
	}
}

// TestWatchMissing checks that watch waits for a missing device and reports it.
func TestWatchMissing(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	r := start(t, append(flags, "watch", "wg1")...)
	r.awaits(` ready$`)
	startDevice(t, dir, "wg1")
	r.awaits(` device-added wg1 `)
	r.ends(1, "wgctrl: no such device: \"wg1\": waiting for it\n  hint: existing devices: wg0\n")
}

// TestWatchOutputError checks that watch ends if its output cannot be written.
func TestWatchOutputError(t *testing.T) {
	t.Parallel()
	_, flags := newSocketDir(t)
	var stderr bytes.Buffer
	code := Run(t.Context(), append(flags, "watch"), Streams{In: new(bytes.Buffer), Out: fullDisk{}, Err: &stderr})
	if code != 1 || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("Run(watch) = %d, stderr %q, want 1, %q", code, stderr.String(), "no space left")
	}
}

// TestInvalidInterval checks that invalid values of flags are rejected.
func TestInvalidInterval(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"watch", "--interval", "0s"}, {"top", "--interval", "-1s"}, {"watch", "--interval", "x"}, {"top", "--count", "0"}} {
		if code, out, errs := runCommand(t, args...); code != 1 || out != "" || !strings.HasPrefix(errs, "wgctrl: ") {
			t.Errorf("Run(%q) = %d, stdout %q, stderr %q; want 1, no stdout, an error", args, code, out, errs)
		}
	}
}

// TestMissingDevices checks that a named device is missing until it is added and
// after it is removed, and that it is reported once each time.
func TestMissingDevices(t *testing.T) {
	t.Parallel()
	cf := &clientFlags{backends: []string{"none"}} // no hint
	m := newMissingDevices([]string{"wg1", "wg0"})
	event := func(event wgtypes.EventKind, name string, kind wgtypes.Kind) {
		m.apply(wgtypes.Event{Kind: event, Device: wgtypes.DeviceRef{Name: name, Kind: kind}})
	}
	expect := func(missing bool, want string) {
		t.Helper()
		var text strings.Builder
		m.report(t.Context(), cf, &text, ": waiting for it")
		if m.any() != missing || text.String() != want {
			t.Errorf("any() = %t, report prints %q; want %t, %q", m.any(), text.String(), missing, want)
		}
	}
	const wg0, wg1 = "wgctrl: no such device: \"wg0\": waiting for it\n", "wgctrl: no such device: \"wg1\": waiting for it\n"
	expect(true, wg0+wg1)
	event(wgtypes.EventDeviceAdded, "wg0", wgtypes.KindKernel)
	event(wgtypes.EventDeviceAdded, "other", wgtypes.KindKernel)
	expect(true, "")
	event(wgtypes.EventDeviceAdded, "wg1", wgtypes.KindKernel)
	expect(false, "")
	event(wgtypes.EventDeviceAdded, "wg1", wgtypes.KindUserspace)
	event(wgtypes.EventDeviceRemoved, "wg1", wgtypes.KindKernel)
	expect(false, "") // the userspace device still has the name
	event(wgtypes.EventDeviceRemoved, "wg1", wgtypes.KindUserspace)
	expect(true, wg1)
}

// TestWatchExisting checks that devices which exist are not reported as missing
// before all of them have been read.
func TestWatchExisting(t *testing.T) {
	t.Parallel()
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "wg0")
	startDevice(t, dir, "wg1")
	r := start(t, append(flags, "watch", "wg0", "wg1")...)
	r.awaits(` ready$`)
	r.ends(1, "")
}
