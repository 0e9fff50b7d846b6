//go:build unix

package wgcommand_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// socketMachine returns a machine whose daemons have their sockets in dir.
func socketMachine(t *testing.T) (m machine, dir string) {
	t.Helper()
	dir = wgtest.SocketDir(t)
	m = newMachine()
	m.change = func(e *wgcommand.Env) {
		e.SocketDir = dir
		e.Client = func() (*wgctrl.Client, error) {
			return wgctrl.New(wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir), wgctrl.WithUntrustedSockets())
		}
	}
	return m, dir
}

// makeDeadSocket creates a socket without a listener.
func makeDeadSocket(t *testing.T, path string) {
	t.Helper()
	if err := testutil.MakeDeadSocket(path); err != nil {
		t.Fatal(err)
	}
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

// TestPrune checks that subcommands remove the sockets of ended daemons that they
// come across, and nothing else.
func TestPrune(t *testing.T) {
	t.Parallel()
	for words, all := range map[string]bool{
		"show": true, "show interfaces": true, "show all dump": true, "show wg0": false, "showconf wg0": false, "set wg0 fwmark 1": false,
		"syncconf wg0 " + os.DevNull: false,
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			m, dir := socketMachine(t)
			at := func(name string) string { return filepath.Join(dir, name) }
			makeDeadSocket(t, at("wg0.sock"))
			makeDeadSocket(t, at("wg1.sock"))
			makeDeadSocket(t, at("wg2"))
			if err := os.WriteFile(at("file.sock"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(at("dir.sock"), 0o700); err != nil {
				t.Fatal(err)
			}
			m.run(t, strings.Fields(words)...)
			for name, want := range map[string]bool{"wg0.sock": false, "wg1.sock": !all, "wg2": true, "file.sock": true, "dir.sock": true} {
				if got := exists(t, at(name)); got != want {
					t.Errorf("%s exists after %q: %t, want %t", name, words, got, want)
				}
			}
		})
	}
}

// TestPruneOutside checks that nothing outside SocketDir is removed.
func TestPruneOutside(t *testing.T) {
	t.Parallel()
	m, dir := socketMachine(t)
	path := filepath.Join(dir, "wg0.sock")
	makeDeadSocket(t, path)
	inner := m.change
	m.change = func(e *wgcommand.Env) {
		inner(e)
		e.SocketDir = ""
	}
	m.run(t, "show")
	m.run(t, "show", "wg0")
	m.change = func(e *wgcommand.Env) {
		inner(e)
		e.SocketDir = filepath.Join(dir, "sub")
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	m.run(t, "show", "../wg0")
	if !exists(t, path) {
		t.Errorf("%s exists after show ../wg0: false, want true", path)
	}
}

// TestPruneRunning checks that the socket of a running daemon stays.
func TestPruneRunning(t *testing.T) {
	t.Parallel()
	m, dir := socketMachine(t)
	l, err := net.Listen("unix", filepath.Join(dir, "wg0.sock"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	if got := m.run(t, "show", "wg0"); got.code != 1 {
		t.Errorf("show wg0 = %+v, want code 1", got)
	}
	if got := m.run(t, "show", "interfaces"); got != (result{out: "wg0\n"}) {
		t.Errorf("show interfaces = %+v, want %+v", got, result{out: "wg0\n"})
	}
	if !exists(t, filepath.Join(dir, "wg0.sock")) {
		t.Error("wg0.sock exists after show: false, want true")
	}
	l.Close()
	<-ended
}

// TestPruneOnlyRefused checks that a socket stays if the connection fails for another
// reason than that nobody listens: here, because it is a datagram socket.
func TestPruneOnlyRefused(t *testing.T) {
	t.Parallel()
	m, dir := socketMachine(t)
	path := filepath.Join(dir, "wg0.sock")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, words := range []string{"show", "show wg0"} {
		m.run(t, strings.Fields(words)...)
		if !exists(t, path) {
			t.Errorf("%s exists after %s: false, want true", path, words)
		}
	}
}

// TestPruneMissingDirectory checks that a missing directory of sockets is not an
// error.
func TestPruneMissingDirectory(t *testing.T) {
	t.Parallel()
	m := newMachine("wg0", "")
	m.change = func(e *wgcommand.Env) { e.SocketDir = filepath.Join(t.TempDir(), "missing") }
	if got, want := m.run(t, "show", "interfaces"), (result{out: "wg0\n"}); got != want {
		t.Errorf("show interfaces = %+v, want %+v", got, want)
	}
}
