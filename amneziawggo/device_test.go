package amneziawggo

import (
	"bytes"
	"io"
	"net"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/amnezia-vpn/amneziawg-go/conn"
	"github.com/amnezia-vpn/amneziawg-go/device"
	"github.com/amnezia-vpn/amneziawg-go/tun"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// release returns the release of amneziawg-go in this program, from the path of its
// source. The build information of a test does not have it.
func release(t testing.TB) testutil.AmneziaRelease {
	t.Helper()
	file, _ := runtime.FuncForPC(reflect.ValueOf(device.NewDevice).Pointer()).FileLine(0)
	version := regexp.MustCompile(`amneziawg-go@v([^/]*)/`).FindStringSubmatch(file)
	if version == nil {
		t.Fatalf("file of NewDevice = %q, want one with a version", file)
	}
	r, ok := testutil.AmneziaReleases[version[1]]
	if !ok {
		t.Fatalf("AmneziaReleases has no %q, want it", version[1])
	}
	return r
}

// process guards the variables of the process in which releases before 0.2.16 keep the
// message types of all devices.
var process sync.Mutex

// idle is a device that is down, and so sends no packets.
type idle struct{ *device.Device }

// newIdle returns a device without settings.
func newIdle(t testing.TB) idle {
	t.Helper()
	process.Lock()
	defer process.Unlock()
	d := device.NewDevice(&idleTUN{events: make(chan tun.Event)}, conn.NewDefaultBind(), device.NewLogger(device.LogLevelSilent, ""))
	t.Cleanup(d.Close)
	return idle{d}
}

func (d idle) IpcSetOperation(r io.Reader) error {
	text, err := io.ReadAll(r) // before the lock
	if err != nil {
		return err
	}
	process.Lock()
	defer process.Unlock()
	return d.Device.IpcSetOperation(bytes.NewReader(text))
}

func (d idle) IpcGetOperation(w io.Writer) error {
	process.Lock()
	defer process.Unlock()
	return d.Device.IpcGetOperation(w)
}

// idleTUN is an interface that never goes up.
type idleTUN struct {
	events chan tun.Event
	once   sync.Once
}

func (t *idleTUN) File() *os.File                             { return nil }
func (t *idleTUN) Name() (string, error)                      { return "awg0", nil }
func (t *idleTUN) MTU() (int, error)                          { return 1420, nil }
func (t *idleTUN) BatchSize() int                             { return 1 }
func (t *idleTUN) Events() <-chan tun.Event                   { return t.events }
func (t *idleTUN) Write(packets [][]byte, _ int) (int, error) { return len(packets), nil }

func (t *idleTUN) Read([][]byte, []int, int) (int, error) {
	<-t.events // until Close
	return 0, os.ErrClosed
}

func (t *idleTUN) Close() error {
	t.once.Do(func() { close(t.events) })
	return nil
}

// backends return a backend of a new device and its name.
var backends = map[string]func(t testing.TB) (wginternal.Backend, string){
	"in process": func(t testing.TB) (wginternal.Backend, string) {
		b := wguser.NewInProcess(wguser.InProcess{Name: "awg0", Device: newIdle(t)})
		t.Cleanup(func() { b.Close() })
		return b, "awg0"
	},
	"socket": func(t testing.TB) (wginternal.Backend, string) {
		dir, err := testutil.TempSocketDir()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		l, err := uapinet.ListenIn(dir, "awg0")
		if err != nil {
			t.Fatal(err)
		}
		d := newIdle(t)
		served := make(chan error)
		r := release(t)
		go func() { served <- d.serve(l, r) }()
		b := wguser.New(wguser.Config{Kind: wgtypes.KindAmneziaUserspace, Dirs: []string{dir}})
		t.Cleanup(func() {
			b.Close()
			l.Close()
			if err := <-served; err != nil {
				t.Errorf("ServeFunc = %v, want nil", err)
			}
		})
		return b, "awg0"
	},
}

// serve serves l with amneziawg-go's own code, except for releases that share variables
// between devices.
func (d idle) serve(l net.Listener, r testutil.AmneziaRelease) error {
	if r < testutil.AmneziaGo16 {
		return uapinet.Serve(l, d)
	}
	return uapinet.ServeFunc(l, d.IpcHandle)
}

// TestJudge compares the release with the model.
func TestJudge(t *testing.T) {
	t.Parallel()
	j := testutil.AmneziaJudge(release(t))
	adapt, canonical := j.Adapt, j.Canonical
	j.Adapt = func(have *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
		// A device that never had a private key takes a peer without a key for itself.
		c.Peers = slices.DeleteFunc(c.Peers, func(p wgtypes.PeerConfig) bool { return p.PublicKey.IsZero() })
		return adapt(have, c)
	}
	j.Canonical = func(d *wgtypes.Device) {
		canonical(d)
		testutil.SortedAllowedIPs(d)
		slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) })
	}
	for name, newBackend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := j
			of.New = newBackend
			t.Run("scenarios", of.Scenarios)
			t.Run("random", of.Random)
		})
	}
}
