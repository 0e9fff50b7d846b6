package schema

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/wgctrl/wgctrl/e2e/program"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// The states of a device in the text protocol.
const (
	device = "private_key=0800000000000000000000000000000000000000000000000000000000000040\nlisten_port=51820\nfwmark=7\n"
	peer   = "public_key=0100000000000000000000000000000000000000000000000000000000000000\n" +
		"preshared_key=0900000000000000000000000000000000000000000000000000000000000000\n" +
		"protocol_version=1\nallowed_ip=10.0.0.0/8\nallowed_ip=fd00::/64\npersistent_keepalive_interval=25\n"
	silent = device + peer + "endpoint=192.0.2.1:51820\n"
	live   = device + peer + "endpoint=[fe80::1%1]:51820\nlast_handshake_time_sec=4000000000\nlast_handshake_time_nsec=5\nrx_bytes=18446744073709551615\ntx_bytes=92\n"
)

// daemon is an imitated daemon whose state a test sets.
type daemon struct {
	mu    sync.Mutex
	state string // "" hangs up
}

func (d *daemon) set(state string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = state
}

// serve serves the device until stop is called.
func (d *daemon) serve(t *testing.T, dir, name string) (stop func()) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("pipes have a fixed place")
	}
	stop, err := testutil.ServeSocket(dir, name, func(c net.Conn) {
		defer c.Close()
		testutil.ServeRequests(c, func(string) ([]byte, bool) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.state == "" {
				return nil, false
			}
			return []byte(d.state + "errno=0\n\n"), true
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(stop)
}

// serveAmnezia serves a device of AmneziaWG with many parameters.
func serveAmnezia(t *testing.T, dir string) {
	t.Helper()
	const reply = device + "jc=4\njmin=8\njmax=80\ns1=15\ns2=16\ns3=17\ns4=18\nh1=11\nh2=22-29\nh3=33\nh4=44\ni1=<r 4>\n" +
		"header_protection_key=0707070707070707070707070707070707070707070707070707070707070707\n" +
		"rekey_timeout=5-9\nrandom_trailers=true\n" + peer
	t.Cleanup((&daemon{state: reply}).serve(t, dir, "awg0"))
}

// run runs the command and returns what it prints on standard output.
func run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(program.Path(), args...)
	out, err := cmd.Output()
	if cmd.ProcessState == nil || len(out) == 0 {
		t.Fatalf("wgctrl %q = %v, %q, want output", args, err, out)
	}
	return string(out)
}

// checkOutput checks that what the command prints conforms to a schema.
func checkOutput(t *testing.T, name string, args ...string) {
	t.Helper()
	out := run(t, args...)
	conforms(t, compile(t, name, true), out)
	conforms(t, compile(t, name, false), out)
}

// TestShow checks the output for devices, one device, single fields and names.
func TestShow(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	t.Cleanup((&daemon{state: live}).serve(t, dir, "wg0"))
	t.Cleanup((&daemon{state: "listen_port=7\n"}).serve(t, dir, "wg1"))
	amnezia := wgtest.SocketDir(t)
	serveAmnezia(t, amnezia)
	empty := wgtest.SocketDir(t)
	flags := []string{"--socket-dir", dir, "--amnezia-socket-dir", amnezia, "--backend", "userspace", "--backend", "amneziawg-userspace", "show", "--json"}
	for _, args := range []string{
		"", "all", "wg0", "wg1", "awg0", "all --show-keys", "wg0 --show-keys", "awg0 --show-keys", "interfaces", "wg0 dump", "wg0 peers", "wg0 transfer",
		"all latest-handshakes", "all allowed-ips", "wg0 endpoints", "awg0 h2", "awg0 header-protection-key", "all private-key", "all preshared-keys",
	} {
		checkOutput(t, "show", append(flags[:len(flags):len(flags)], strings.Fields(args)...)...)
	}
	checkOutput(t, "show", append(flags[:len(flags):len(flags)], "wg0", "--names", named(t))...)
	checkOutput(t, "show", "--socket-dir", empty, "--backend", "userspace", "show", "--json")
}

// named writes a file with the name of the peer, and other settings.
func named(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "named.conf")
	const text = "[Interface]\nListenPort = 5\n# alice\n[Peer]\nPublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" +
		"PresharedKey = CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAllowedIPs = 10.0.0.0/8, fd00::/64\nEndpoint = 192.0.2.1:51820\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSync checks the output for a peer that is added, changed and removed, and for no
// change.
func TestSync(t *testing.T) {
	t.Parallel()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	dir := wgtest.SocketDir(t)
	d, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Dir: dir, Bind: wireguardgo.Offline()})
	if err != nil {
		t.Skip(err) // on Windows only administrators may create pipes
	}
	t.Cleanup(func() { d.Close() })
	add := named(t)
	text, err := os.ReadFile(add)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	change := write("change.conf", strings.NewReplacer("CQAA", "CgAA", "10.0.0.0/8", "10.1.0.0/16", "51820", "5\nPersistentKeepalive = 25").Replace(string(text)))
	remove := write("remove.conf", "[Interface]\nFwMark = 7\n")
	all := filepath.Dir(write("wg0.conf", string(text)))
	for _, args := range [][]string{{add, "--dry-run"}, {add}, {add}, {change}, {remove}} {
		checkOutput(t, "sync", append([]string{"--socket-dir", dir, "--backend", "userspace", "sync", "--json", "wg0"}, args...)...)
	}
	for _, args := range [][]string{{"--dry-run"}, nil} {
		checkOutput(t, "sync", append([]string{"--socket-dir", dir, "--backend", "userspace", "sync", "--json", "--all", all}, args...)...)
	}
}

// TestCheckAndDoctor checks the output for a file with errors and warnings, and without.
func TestCheckAndDoctor(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	t.Cleanup((&daemon{state: silent}).serve(t, dir, "wg0"))
	t.Cleanup(new(daemon).serve(t, dir, "wg1"))
	conf := t.TempDir()
	for name, text := range map[string]string{
		"wrong.conf":   "x\n[Interface]\nListenPort = x\n[Peer]\nAllowedIPs = 10.0.0.1/8\n",
		"good.conf":    "[Interface]\nPrivateKey = CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA=\n",
		"differs.conf": "[Interface]\nListenPort = 5\n# alice\n[Peer]\nPublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAllowedIPs = 10.0.0.0/8\n",
	} {
		if err := os.WriteFile(filepath.Join(conf, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checkOutput(t, "check", "check", "--json", conf, filepath.Join(conf, "missing.conf"))
	checkOutput(t, "check", "check", "--json", filepath.Join(conf, "good.conf"))
	flags := []string{"--socket-dir", dir, "--backend", "userspace", "doctor", "--json"}
	for _, args := range [][]string{nil, {"wg0"}, {"wg1"}, {"wg9"}, {"wg0", filepath.Join(conf, "wrong.conf")}, {"wg0", filepath.Join(conf, "differs.conf")}} {
		checkOutput(t, "doctor", append(flags[:len(flags):len(flags)], args...)...)
	}
}

// TestWatch checks the events of a device and its peer from the first to the last. The
// state changes when the event before has been printed.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir := wgtest.SocketDir(t)
	d := &daemon{state: silent}
	stop := d.serve(t, dir, "wg0")
	t.Cleanup(stop)
	watch := exec.CommandContext(t.Context(), program.Path(), "--socket-dir", dir, "--backend", "userspace", "watch", "--json", "--interval", "20ms", "--names", named(t))
	out, err := watch.StdoutPipe()
	if err == nil {
		err = watch.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	strict, schema := compile(t, "watch", true), compile(t, "watch", false)
	in := bufio.NewScanner(out)
	for _, step := range []struct {
		kind string // of the event that precedes the change
		next func()
	}{
		{"ready", func() { d.set(live) }},
		{"transfer", func() { d.set(strings.Replace(live, "fwmark=7", "fwmark=8", 1)) }},
		{"device-changed", func() { d.set(strings.Replace(live, "_interval=25", "_interval=0", 1)) }},
		{"peer-changed", func() { d.set("") }},
		{"unreadable", func() { d.set(device) }},
		{"peer-removed", func() { d.set(silent) }},
		{"peer-added", stop},
		{"device-removed", func() {}},
	} {
		for found := false; !found; {
			if !in.Scan() {
				t.Fatalf("watch ended with %v before the event %s, want it to go on", in.Err(), step.kind)
			}
			conforms(t, strict, in.Text())
			conforms(t, schema, in.Text())
			found = strings.Contains(in.Text(), `"kind":"`+step.kind+`"`)
		}
		step.next()
	}
	if err := watch.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = watch.Wait() // it was killed
}

// TestQuick checks the output of up in a dry run.
func TestQuick(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	path := filepath.Join(t.TempDir(), "schema0.conf")
	const text = "[Interface]\nPrivateKey = CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA=\nAddress = 192.0.2.1/32\nMTU = 1400\nTable = off\nPostUp = true\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	checkOutput(t, "quick", "up", "--json", "--dry-run", path)
}
