//go:build linux || darwin || freebsd || openbsd

package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wgctrl/wgctrl"
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
	dir, err := wireguardgo.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &process{dir: dir}
	p.start(t)
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	p.subject = subject{c, "wg0"}
	return p
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
		name: p.name, pid: p.cmd.Process.Pid,
		options: []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(p.dir)},
	}
}
