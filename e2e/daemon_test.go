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

// daemonDir is where the act "wireguard-go" has its socket.
const daemonDir = "WGCTRL_TEST_DAEMON_DIR"

// wireguardGo is wireguard-go as a process of its own, without a network, until
// its standard input ends.
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

// process is a daemon in a process of its own.
type process struct {
	subject
	dir string
	cmd *exec.Cmd
}

// daemonProcess starts wireguard-go as this program under another name.
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

// start starts the daemon, anew if it was killed.
func (p *process) start(t testing.TB) {
	t.Helper()
	// A killed daemon leaves its socket, which the next one would not replace.
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
		t.Fatalf("the daemon says %q, %v", line, err)
	}
}

// startWithPipes starts a program that is told what to do, and says what it did.
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

// kill ends the daemon as kill -9 does, and waits for its end.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // it was killed, or ended before
}

// soakedDaemon is wireguard-go for TestSoak.
func soakedDaemon(t *testing.T) soaked {
	p := daemonProcess(t)
	return soaked{
		name: p.name, pid: p.cmd.Process.Pid,
		options: []wgctrl.Option{wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(p.dir)},
	}
}
