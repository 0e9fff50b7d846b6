package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// daemonDir is the environment variable with the socket directory of the act
// "wireguard-go".
const daemonDir = "WGCTRL_TEST_DAEMON_DIR"

// wireguardGo runs wireguard-go without a network until its standard input ends.
func wireguardGo(context.Context) error {
	d, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Dir: os.Getenv(daemonDir), Bind: wireguardgo.Offline()})
	if err != nil {
		return err
	}
	defer d.Close()
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// process is a daemon that runs in a separate process.
type process struct {
	subject
	dir string
	cmd *exec.Cmd
}

// daemonProcess runs this test binary as wireguard-go, in a separate process.
func daemonProcess(t testing.TB) *process {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the pipes of Windows are not in a directory of their own")
	}
	dir := wgtest.SocketDir(t)
	p := &process{dir: dir}
	p.start(t)
	c, err := wgctrl.New(p.options()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	p.subject = subject{c, "wg0"}
	return p
}

// options are those of a Client that has the daemon's device only.
func (p *process) options() []wgctrl.Option {
	return []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(p.dir), wgctrl.WithReplyTimeout(-1)}
}

// start starts the daemon, also after it was killed.
func (p *process) start(t testing.TB) {
	t.Helper()
	// A killed daemon leaves its socket behind, and the next one does not
	// replace it.
	os.Remove(filepath.Join(p.dir, "wg0.sock"))
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), actAs+"=wireguard-go", daemonDir+"="+p.dir)
	in, out := startWithPipes(t, cmd)
	p.cmd = cmd
	t.Cleanup(func() {
		in.Close()
		p.kill()
	})
	if line, err := out.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the daemon printed %q, %v, want %q", line, err, "ready\n")
	}
}

// startWithPipes starts cmd with pipes for its standard input and output.
func startWithPipes(t testing.TB, cmd *exec.Cmd) (in io.WriteCloser, out *bufio.Reader) {
	t.Helper()
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return in, bufio.NewReader(stdout)
}

// kill kills the daemon with SIGKILL and waits until it has ended.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // reports the signal
}

// soakedDaemon starts wireguard-go for TestSoak.
func soakedDaemon(t *testing.T) soaked {
	p := daemonProcess(t)
	return soaked{
		name: p.name, pid: p.cmd.Process.Pid, options: p.options(),
	}
}

// largeDevice describes a device with n peers. With 1200 peers it takes several
// netlink messages, and more than the buffers of a socket hold.
func largeDevice(n int) wgtypes.Config {
	key := wgtypes.NewPrivateKey([wgtypes.KeyLen]byte{1: 7, 31: 0x40})
	c := wgtypes.Config{PrivateKey: &key, FirewallMark: new(uint32(7)), ReplacePeers: true}
	for i := range n {
		c.Peers = append(c.Peers, wgtypes.PeerConfig{
			PublicKey: wgtypes.PublicKey{1, byte(i), byte(i >> 8)}, ReplaceAllowedIPs: true,
			AllowedIPs: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)},
		})
	}
	return c
}

// TestDaemonIsKilled kills a daemon while a Client changes its device. The error
// reports the state of all peers as unknown, and the device no longer exists.
// After the daemon has been started again, the same description restores it.
func TestDaemonIsKilled(t *testing.T) {
	t.Parallel()
	want := largeDevice(1200)
	for _, percent := range []int{1, 100} {
		t.Run(fmt.Sprintf("%d percent", percent), func(t *testing.T) {
			t.Parallel()
			p := daemonProcess(t)
			c := newClient(t, append(p.options(), wgctrl.WithProgress(func(g wgctrl.Progress) {
				if g.Total > 0 && g.Done*100 >= g.Total*percent {
					p.kill()
				}
			}))...)
			err := c.ConfigureDevice(t.Context(), p.name, want)
			var partial *wgctrl.PartialError
			if !connectionEnded(err) || !errors.As(err, &partial) || len(partial.Unknown.Peers) != len(want.Peers) {
				t.Errorf("ConfigureDevice(%q) = %v, want a PartialError that wraps the end of the connection and has %d unknown peers", p.name, err, len(want.Peers))
			}
			p.mustBeGone(t)
			p.start(t)
			p.mustBecome(t, want)
		})
	}
}

// TestDaemonIsKilledWhileRead kills a daemon while a Client reads its device:
// Device returns an error and no part of the device.
func TestDaemonIsKilledWhileRead(t *testing.T) {
	t.Parallel()
	want := largeDevice(1200)
	p := daemonProcess(t)
	p.configure(t, want)
	c := newClient(t, append(p.options(), wgctrl.WithProgress(func(g wgctrl.Progress) {
		if g.Done == 20 {
			p.kill()
		}
	}))...)
	if d, err := c.Device(t.Context(), p.name); d != nil || !connectionEnded(err) {
		t.Errorf("Device(%q) = %v, %v, want no device and the end of the connection", p.name, d, err)
	}
	p.mustBeGone(t)
	p.start(t)
	p.mustBecome(t, want)
}

// connectionEnded reports whether err says that the daemon closed the connection.
func connectionEnded(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, io.ErrUnexpectedEOF) && errors.Is(err, uapi.ErrProtocol)
}

// mustBeGone checks that no device is left of a killed daemon.
func (p *process) mustBeGone(t *testing.T) {
	t.Helper()
	if _, err := p.client.Device(t.Context(), p.name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Device(%q) of a killed daemon = %v, want error wrapping fs.ErrNotExist", p.name, err)
	}
	if devices, err := p.client.Devices(t.Context()); err != nil || len(devices) != 0 {
		t.Errorf("Devices() with a killed daemon = %v, %v, want no devices and no error", devices, err)
	}
}

// mustBecome syncs the device to want. A second sync has nothing to change.
func (s subject) mustBecome(t testing.TB, want wgtypes.Config) {
	t.Helper()
	s.sync(t, want, wgctrl.SyncOptions{})
	if left := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(left) {
		t.Errorf("the second SyncDevice(%q) applied a change of %d peers, want no change", s.name, len(left.Peers))
	}
	got := s.read(t)
	if diff := compare(wginternal.Apply(&wgtypes.Device{Name: got.Name, Kind: got.Kind, Index: got.Index}, want), got); diff != "" {
		t.Errorf("Device(%q) after SyncDevice (-want +got):\n%s", s.name, diff)
	}
}
