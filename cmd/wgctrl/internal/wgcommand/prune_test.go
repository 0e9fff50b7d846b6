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

// socketWorld returns a world of daemons in a directory.
func socketWorld(t *testing.T) (w world, dir string) {
	t.Helper()
	dir = wgtest.SocketDir(t)
	w = newWorld()
	w.change = func(e *wgcommand.Env) {
		e.SocketDir = dir
		e.Client = func() (*wgctrl.Client, error) {
			return wgctrl.New(wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir), wgctrl.WithUntrustedSockets())
		}
	}
	return w, dir
}

// dead makes a socket that nobody listens at any more.
func dead(t *testing.T, path string) {
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

// TestPrune: who comes across the socket of a daemon that has ended removes it,
// and nothing else.
func TestPrune(t *testing.T) {
	t.Parallel()
	for words, all := range map[string]bool{
		"show": true, "show interfaces": true, "show all dump": true, "show wg0": false, "showconf wg0": false, "set wg0 fwmark 1": false,
		"syncconf wg0 " + os.DevNull: false,
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			w, dir := socketWorld(t)
			at := func(name string) string { return filepath.Join(dir, name) }
			dead(t, at("wg0.sock"))
			dead(t, at("wg1.sock"))
			dead(t, at("wg2"))
			if err := os.WriteFile(at("file.sock"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(at("dir.sock"), 0o700); err != nil {
				t.Fatal(err)
			}
			w.run(t, strings.Fields(words)...)
			for name, want := range map[string]bool{"wg0.sock": false, "wg1.sock": !all, "wg2": true, "file.sock": true, "dir.sock": true} {
				if got := exists(t, at(name)); got != want {
					t.Errorf("%s exists after %q: %t, want %t", name, words, got, want)
				}
			}
		})
	}
}

// TestPruneNothing: without a directory of sockets nothing is removed, nor what
// is outside of it.
func TestPruneNothing(t *testing.T) {
	t.Parallel()
	w, dir := socketWorld(t)
	path := filepath.Join(dir, "wg0.sock")
	dead(t, path)
	inner := w.change
	w.change = func(e *wgcommand.Env) {
		inner(e)
		e.SocketDir = ""
	}
	w.run(t, "show")
	w.run(t, "show", "wg0")
	w.change = func(e *wgcommand.Env) {
		inner(e)
		e.SocketDir = filepath.Join(dir, "sub")
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.run(t, "show", "../wg0")
	if !exists(t, path) {
		t.Errorf("%s exists after show ../wg0: false, want true", path)
	}
}

// TestPruneLiving: a daemon that answers keeps its socket.
func TestPruneLiving(t *testing.T) {
	t.Parallel()
	w, dir := socketWorld(t)
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
	if got := w.run(t, "show", "wg0"); got.code != 1 {
		t.Errorf("show wg0 = %+v, want code 1", got)
	}
	if got := w.run(t, "show", "interfaces"); got != (result{out: "wg0\n"}) {
		t.Errorf("show interfaces = %+v, want %+v", got, result{out: "wg0\n"})
	}
	if !exists(t, filepath.Join(dir, "wg0.sock")) {
		t.Error("wg0.sock exists after show: false, want true")
	}
	l.Close()
	<-ended
}
