package cli

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// serverFile is the file of a server with one peer.
const serverFile = `[Interface]
Address = 10.8.0.1/24, fd00:8::1/64
ListenPort = 51820
PrivateKey = CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA=

# Name = first
[Peer]
PublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
AllowedIPs = 10.8.0.2/32
`

// peerWorld is a device of a daemon with its file.
type peerWorld struct {
	sockets, confs string
	mu             sync.Mutex
	daemon         testutil.Daemon
	onSet          func() // called after each change
	fails          bool   // changes fail
}

// newPeerWorld starts the daemon of the device wg0.
func newPeerWorld(t *testing.T) *peerWorld {
	t.Helper()
	key, err := wgtypes.ParsePrivateKey("CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA=")
	if err != nil {
		t.Fatal(err)
	}
	sockets, _ := newSocketDir(t)
	w := &peerWorld{sockets: sockets, confs: t.TempDir(), onSet: func() {}}
	w.daemon.Device = &wgtypes.Device{PrivateKey: key, PublicKey: key.PublicKey(), Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{1}}}}
	serveSocket(t, sockets, "wg0", func(c net.Conn) {
		testutil.ServeRequests(c, func(request string) ([]byte, bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if request == testutil.GetRequest {
				return w.daemon.Reply(request), true
			}
			if w.fails {
				return w.daemon.Errno(syscall.EIO), true
			}
			defer w.onSet()
			return w.daemon.Reply(request), true
		})
	})
	if err := os.WriteFile(w.path(), []byte(serverFile), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *peerWorld) path() string { return filepath.Join(w.confs, "wg0.conf") }

// run runs a command of peer.
func (w *peerWorld) run(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	return runCommand(t, append([]string{"--backend", "userspace", "--socket-dir", w.sockets, "peer", "--config-dir", w.confs}, args...)...)
}

// check checks the file and the keys of the device's peers.
func (w *peerWorld) check(t *testing.T, file string, peers ...wgtypes.PublicKey) {
	t.Helper()
	if got, err := os.ReadFile(w.path()); string(got) != file || err != nil {
		t.Errorf("file = %q, %v, want %q", got, err, file)
	}
	var keys []wgtypes.PublicKey
	for _, p := range w.daemon.Device.Peers {
		keys = append(keys, p.PublicKey)
	}
	if !slices.Equal(keys, peers) {
		t.Errorf("peers of the device = %v, want %v", keys, peers)
	}
	if entries, err := os.ReadDir(w.confs); len(entries) != 1 || err != nil {
		t.Errorf("entries of the directory = %v, %v, want only wg0.conf", entries, err)
	}
}

// loseNewFiles makes each change of the device remove the new file that would replace
// wg0.conf, so that the replacement fails.
func (w *peerWorld) loseNewFiles(t *testing.T) {
	w.onSet = func() {
		names, err := filepath.Glob(filepath.Join(w.confs, ".wgctrl-*"))
		if err != nil {
			t.Error(err)
		}
		for _, name := range names {
			if err := os.Remove(name); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestPeerUndo checks that the device is as before if the file cannot be replaced.
func TestPeerUndo(t *testing.T) {
	t.Parallel()
	w := newPeerWorld(t)
	w.loseNewFiles(t)
	for _, args := range [][]string{{"add", "wg0", "--name", "alice"}, {"remove", "wg0", "first"}} {
		code, out, errs := w.run(t, args...)
		if code != 1 || out != "" || !strings.Contains(errs, "; the change of wg0 was undone\n") {
			t.Errorf("peer %q = %d, %q, %q, want 1, nothing, and that the change was undone", args, code, out, errs)
		}
		w.check(t, serverFile, wgtypes.PublicKey{1})
	}
}

// TestPeerUndoFails checks that the message says what was changed if it cannot be
// undone.
func TestPeerUndoFails(t *testing.T) {
	t.Parallel()
	w := newPeerWorld(t)
	w.loseNewFiles(t)
	lose := w.onSet
	w.onSet = func() {
		lose()
		w.fails = true
	}
	code, out, errs := w.run(t, "remove", "wg0", "first")
	if want := "; wg0 was changed before, and undoing that failed\n"; code != 1 || out != "" || !strings.Contains(errs, want) {
		t.Errorf("peer remove = %d, %q, %q, want 1, nothing, and %q", code, out, errs, want)
	}
	w.check(t, serverFile)
}

// TestPeerAddOutputError checks that the message says that the peer was added, and how
// to remove it, if the client's file cannot be written.
func TestPeerAddOutputError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(path, []byte(serverFile), 0o600); err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	code := Run(t.Context(), []string{"peer", "add", path, "--name", "alice"}, Streams{In: strings.NewReader(""), Out: fullDisk{}, Err: &errs})
	want := "the peer was added to " + path + ", but the client's file was not written: no space left; run: wgctrl peer remove " + path + " "
	if code != 1 || !strings.Contains(errs.String(), want) {
		t.Errorf("peer add = %d, %q, want 1, %q", code, errs.String(), want)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "# Name = alice\n") {
		t.Errorf("file = %q, %v, want the peer in it", text, err)
	}
}

// TestPeerAddConcurrently checks that commands that run at once choose different
// addresses, and lose no peer.
func TestPeerAddConcurrently(t *testing.T) {
	t.Parallel()
	w := newPeerWorld(t)
	const commands = 8
	names := strings.Split("abcdefgh", "")
	var all sync.WaitGroup
	for i := range commands {
		target := "wg0"
		if i%2 == 0 {
			target = w.path() // the same file
		}
		all.Go(func() {
			if code, _, errs := w.run(t, "add", target, "--name", names[i]); code != 0 {
				t.Errorf("peer add %s = %d, %q, want 0", target, code, errs)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(w.path())
	if err != nil {
		t.Fatal(err)
	}
	file := wgconf.Parse("wg0.conf", text)
	s, err := file.Settings(wgconf.DialectWGQuick)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, p := range s.Peers {
		for _, a := range p.AllowedIPs {
			if seen[a.Prefix.String()] {
				t.Errorf("two peers have the address %s, want one", a.Prefix)
			}
			seen[a.Prefix.String()] = true
		}
	}
	if got, want := len(file.PeerNames()), commands+1; got != want || len(s.Peers) != want {
		t.Errorf("the file has %d peers with %d names, want %d", len(s.Peers), got, want)
	}
	if got, want := len(w.daemon.Device.Peers), commands/2+1; got != want {
		t.Errorf("the device has %d peers, want %d", got, want)
	}
}

// TestPeerAmnezia checks that the file of a client has the parameters of AmneziaWG of
// the device.
func TestPeerAmnezia(t *testing.T) {
	t.Parallel()
	w := newPeerWorld(t)
	a := wgtypes.DefaultAmnezia()
	a.Version, a.S1, a.HeaderProtectionKey = wgtypes.AmneziaV31, 20, wgtypes.NewHeaderProtectionKey(testutil.SecretBytes)
	a.S2, a.S3, a.S4 = 20, 20, 20
	w.daemon.Device.Amnezia = &a
	code, out, errs := w.run(t, "add", "wg0", "--name", "alice")
	if code != 0 {
		t.Fatalf("peer add = %d, %q, want 0", code, errs)
	}
	s, err := wgconf.Parse("alice.conf", []byte(out)).Settings(wgconf.DialectAWGQuick)
	if err != nil {
		t.Fatal(err)
	}
	want := wgconf.FromDevice(&wgtypes.Device{Amnezia: &a}).Interface.Amnezia
	if got := s.Interface.Amnezia; got == nil || got.String() != want.String() || !got.HeaderProtectionKey.Equal(a.HeaderProtectionKey) {
		t.Errorf("the parameters of the client are %v, want %v", got, want)
	}
	if text, err := os.ReadFile(w.path()); err != nil || testutil.FindSecret(string(text)+errs) != "" {
		t.Errorf("the file of the server = %q, %v, stderr %q, want no header protection key", text, err, errs)
	}
}
