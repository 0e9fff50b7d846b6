package wguser

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// pipeDaemon is a daemon that serves one client after the other.
type pipeDaemon struct {
	mu     sync.Mutex
	daemon testutil.Daemon
}

func (d *pipeDaemon) serve(f *os.File) {
	defer f.Close()
	testutil.ServeRequests(pipeConn{f}, func(request string) (text []byte, more bool) {
		d.mu.Lock()
		defer d.mu.Unlock()
		text = d.daemon.Reply(request)
		return text, len(text) > 0 && d.daemon.Implementation != testutil.Boringtun
	})
	flushPipe(f) // hanging up discards what the client has not read
}

// TestPipeDaemons reads and configures each kind of daemon and compares it with the
// model.
func TestPipeDaemons(t *testing.T) {
	t.Parallel()
	for name, implementation := range map[string]testutil.Implementation{
		"wireguard-go": testutil.WireguardGo, "old wireguard-go": testutil.OldWireguardGo,
		"boringtun": testutil.Boringtun, "GotaTun": testutil.GotaTun,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &pipeDaemon{daemon: testutil.Daemon{Implementation: implementation, Device: &wgtypes.Device{}}}
			dir := pipeDir()
			servePipe(t, dir+`\wg0`, server.serve)
			b := pipeBackend(t, dir, true)
			want := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindUserspace}
			for i, c := range []wgtypes.Config{
				{PrivateKey: &testutil.Key1, ListenPort: new(uint16(7))},
				testutil.Peers(testutil.FullPeer(testutil.PeerA, "10.0.0.0/8", "192.0.2.0/24"), testutil.Allow(testutil.PeerB, "fd00::/8")),
				testutil.Peers(testutil.Disallow(testutil.PeerA, "10.0.0.0/8"), wgtypes.PeerConfig{PublicKey: testutil.PeerB, Remove: true}),
			} {
				if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil {
					t.Fatalf("step %d: Configure() = %v, want nil", i, err)
				}
				want = wginternal.Apply(want, c)
				got, err := testutil.ReadDevice(t.Context(), b, "wg0")
				if err != nil {
					t.Fatal(err)
				}
				if implementation == testutil.Boringtun {
					got.PrivateKey = want.PrivateKey // which it does not return
				}
				if diff := cmp.Diff(testutil.Settled(want), testutil.Settled(got), cmpopts.EquateEmpty(),
					cmpopts.IgnoreFields(wgtypes.Peer{}, "ProtocolVersion"), cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
					cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal)); diff != "" {
					t.Errorf("device after step %d (-want +got):\n%s", i, diff)
				}
			}
			if len(server.daemon.Faults) > 0 {
				t.Errorf("the daemon complains: %q, want nothing", server.daemon.Faults)
			}
		})
	}
}

// say answers one request with a text and hangs up when the client has read it.
func say(text string) func(*os.File) {
	return func(f *os.File) {
		defer f.Close()
		if _, err := testutil.ReadRequest(bufio.NewReader(f)); err != nil {
			return
		}
		f.WriteString(text)
		flushPipe(f)
	}
}

// TestPipeCut cuts the replies to both requests at every byte.
func TestPipeCut(t *testing.T) {
	t.Parallel()
	key := testutil.Key1.PublicKey()
	const ok = "errno=0\n\n"
	reply := fmt.Sprintf("listen_port=7\npublic_key=%x\nallowed_ip=10.0.0.0/8\n", key[:]) + ok
	cut := make(chan int, 1)
	whole := make(chan string, 1)
	dir := pipeDir()
	servePipe(t, dir+`\wg0`, func(f *os.File) { say((<-whole)[:<-cut])(f) })
	b := pipeBackend(t, dir, true)
	for n := range len(reply) {
		whole <- reply
		cut <- n
		if d, err := testutil.ReadDevice(t.Context(), b, "wg0"); d != nil || !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("reading a reply cut at %d = %v, %v, want nil, %v", n, d, err, uapi.ErrProtocol)
		}
	}
	for n := range len(ok) {
		whole <- ok
		cut <- n
		err := testutil.ConfigureDevice(t.Context(), b, "wg0", wgtypes.Config{PrivateKey: &testutil.Key1})
		if _, partial := errors.AsType[*wginternal.PartialError](err); !partial || !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("Configure() with a reply cut at %d = %v, want a *PartialError with %v", n, err, uapi.ErrProtocol)
		}
	}
}

// TestPipeErrno refuses requests with numbers of Linux, which daemons on Windows send.
func TestPipeErrno(t *testing.T) {
	t.Parallel()
	number := make(chan int, 1)
	dir := pipeDir()
	servePipe(t, dir+`\wg0`, func(f *os.File) { say(fmt.Sprintf("errno=-%d\n\n", <-number))(f) })
	b := pipeBackend(t, dir, true)
	for n, want := range map[int]error{1: fs.ErrPermission, 2: fs.ErrNotExist, 13: fs.ErrPermission, 17: fs.ErrExist} {
		number <- n
		if _, err := testutil.ReadDevice(t.Context(), b, "wg0"); !errors.Is(err, want) {
			t.Errorf("reading with errno %d = %v, want %v", n, err, want)
		}
		number <- n
		err := testutil.ConfigureDevice(t.Context(), b, "wg0", wgtypes.Config{PrivateKey: &testutil.Key1})
		if _, ok := errors.AsType[*uapi.DeviceError](err); !ok || !errors.Is(err, want) {
			t.Errorf("Configure() with errno %d = %v, want %v", n, err, want)
		}
	}
}

// TestPipeTimeout uses a daemon that reads requests and does not reply.
func TestPipeTimeout(t *testing.T) {
	t.Parallel()
	dir := pipeDir()
	servePipe(t, dir+`\wg0`, hang)
	b := New(Config{Untrusted: true, ReplyTimeout: 20 * time.Millisecond})
	b.finder.(*sockets).dirs = []string{dir}
	defer b.Close()
	if _, err := testutil.ReadDevice(t.Context(), b, "wg0"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading = %v, want %v", err, os.ErrDeadlineExceeded)
	}
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", wgtypes.Config{PrivateKey: &testutil.Key1})
	if _, partial := errors.AsType[*wginternal.PartialError](err); !partial || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Configure() = %v, want a *PartialError with %v", err, os.ErrDeadlineExceeded)
	}
}

// TestPipeTrust opens a device whose pipe the user of the test owns. Nothing is sent to
// it, unless that user is LocalSystem.
func TestPipeTrust(t *testing.T) {
	t.Parallel()
	dir := pipeDir()
	servePipe(t, dir+`\wg0`, answer("listen_port=7\nerrno=0\n\n"))
	c, err := transport{untrusted: true}.dial(t.Context(), dir+`\wg0`)
	if err != nil {
		t.Fatal(err)
	}
	system := ownedBySystem(t, c.(pipeConn).file)
	c.Close()
	d, err := testutil.ReadDevice(t.Context(), pipeBackend(t, dir, false), "wg0")
	switch {
	case system && (err != nil || d.ListenPort != 7):
		t.Errorf("reading the pipe of LocalSystem = %v, %v, want port 7", d, err)
	case !system && !errors.Is(err, fs.ErrPermission):
		t.Errorf("reading the pipe of another user = %v, %v, want %v", d, err, fs.ErrPermission)
	}
}

// TestPipeProtected uses the directory of the daemons, where only administrators can
// create pipes.
func TestPipeProtected(t *testing.T) {
	t.Parallel()
	name := fmt.Sprintf("t%d", os.Getpid())
	b := New(Config{Untrusted: true})
	defer b.Close()
	if _, err := b.Open(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open() of a missing pipe = %v, want %v", err, fs.ErrNotExist)
	}
	dir := b.finder.(*sockets).dirs[0]
	if !mayCreatePipe(t, dir) {
		t.Skip("the test may not create pipes in " + dir + ": it needs an elevated administrator")
	}
	servePipe(t, dir+`\`+name, answer("listen_port=9\nerrno=0\n\n"))
	if d, err := testutil.ReadDevice(t.Context(), b, name); err != nil || d.ListenPort != 9 {
		t.Errorf("reading = %v, %v, want port 9", d, err)
	}
}

// TestNamesIn lists an ordinary directory, because Wine does not list pipes.
func TestNamesIn(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "pipes") // Wine cannot remove a T.TempDir
	if err != nil {
		t.Fatal(err)
	}
	files := []string{"wg-a", "wg-b c", "wg-" + string(make32('x')), "wg-" + string(make32('x')) + "y", "wg-", "other", "a-wg-c"}
	t.Cleanup(func() {
		for _, file := range files {
			os.Remove(filepath.Join(dir, file))
		}
		os.Remove(dir)
	})
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := namesIn(dir+`\`, "wg-")
	slices.Sort(got)
	if want := []string{"a", "b c", string(make32('x'))}; err != nil || !slices.Equal(got, want) {
		t.Errorf("namesIn() = %q, %v, want %q", got, err, want)
	}
	if got, err := namesIn(filepath.Join(dir, "missing")+`\`, ""); len(got) > 0 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("namesIn() of a missing directory = %q, %v, want %v", got, err, fs.ErrNotExist)
	}
	if _, err := namesIn("a\x00b", ""); err == nil {
		t.Error("namesIn() of a path with NUL = nil, want an error")
	}
}

// make32 returns 32 bytes, the longest name of a device.
func make32(b byte) []byte { return slices.Repeat([]byte{b}, wginternal.MaxNameWindows) }
