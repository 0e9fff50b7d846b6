package wgctrl

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgkernel"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

func TestNewInvalidOption(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]Option{
		"negative descriptor": {WithNetNS(-1)},
		"invalid kind":        {WithBackends(wgtypes.KindUnknown)},
		"kind above":          {WithBackends(wgtypes.KindAmneziaUserspace + 1)},
		"duplicate kind":      {WithBackends(wgtypes.KindUserspace, wgtypes.KindUserspace)},
		"nil device":          {WithDevice("wg0", nil)},
		"family too long":     {WithFamily("a-name-of-16-byte")},
		"device name":         {WithDevice("a/b", noDevice{})},
		"duplicate device":    {WithDevice("wg0", noDevice{}), WithDevice("wg1", noDevice{}), WithDevice("wg0", noDevice{})},
	} {
		if c, err := New(options...); c != nil || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: New() = %v, %v, want fs.ErrInvalid", name, c, err)
		}
	}
}

// TestWithBackendsText checks that the error for an invalid kind names the valid ones.
func TestWithBackendsText(t *testing.T) {
	t.Parallel()
	_, err := New(WithBackends(wgtypes.KindUnknown))
	const want = `invalid kind "unknown": must be one of [kernel amneziawg-kernel userspace amneziawg-userspace in-process]`
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("New(WithBackends(unknown)) = %v, want a text that ends with %s", err, want)
	}
}

func TestWithReplyTimeout(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{-1, 0, time.Nanosecond, time.Hour} {
		var o options
		if err := WithReplyTimeout(d)(&o); err != nil || o.replyTimeout != d {
			t.Errorf("WithReplyTimeout(%v) = %v and sets %v", d, err, o.replyTimeout)
		}
	}
}

func TestWithNetNSName(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"no such name": "/run/netns/no such name", "/no/such/path": "/no/such/path"} {
		_, err := New(WithNetNSName(name))
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("New(WithNetNSName(%q)) = %v, want %v with the path %s", name, err, fs.ErrNotExist, path)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	var opened []*os.File
	for _, path := range []string{"/dev/null", "/proc/self/ns/net"} {
		c, err := New(WithNetNSName(path), func(o *options) error { opened = append(opened, o.opened...); return nil })
		if err == nil {
			defer c.Close()
		}
	}
	for _, f := range opened {
		if err := f.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("New() leaves %s open, want it closed", f.Name())
		}
	}
	if len(opened) != 2 {
		t.Errorf("New() opened %d files, want 2", len(opened))
	}
	if _, err := New(WithNetNSName("/dev/null")); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("New(WithNetNSName(/dev/null)) = %v, want %v", err, fs.ErrInvalid)
	}
	c, err := New(WithNetNSName("/proc/self/ns/net"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

// noDevice is a device of this process without settings and peers.
type noDevice struct{}

func (noDevice) IpcGetOperation(io.Writer) error { return nil }
func (noDevice) IpcSetOperation(io.Reader) error { return nil }

// TestWithDevice checks that a Client has the devices that were added.
func TestWithDevice(t *testing.T) {
	t.Parallel()
	c, err := New(WithBackends(wgtypes.KindInProcess), WithDevice("b", noDevice{}), WithDevice("a", noDevice{}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var names []string
	refs, err := c.List(t.Context())
	for _, ref := range refs {
		names = append(names, ref.Name)
	}
	if slices.Sort(names); err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("List() = %v, %v, want a and b", refs, err)
	}
}

// TestWithProgress checks that a Client calls the function, but not concurrently.
func TestWithProgress(t *testing.T) {
	t.Parallel()
	entered, release := make(chan string), make(chan bool)
	c, err := New(WithBackends(), WithProgress(func(p Progress) {
		entered <- p.Op
		<-release
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	report := c.progressOf("test", wgtypes.DeviceRef{})
	for range 2 {
		go report(1, 2)
	}
	if op := <-entered; op != "test" {
		t.Errorf("the function is called with the operation %q, want test", op)
	}
	for range 1000 {
		runtime.Gosched()
		select {
		case <-entered:
			t.Fatal("the function is called twice at the same time, want once")
		default:
		}
	}
	release <- true
	<-entered
	release <- true
	silent, err := New(WithBackends())
	if err != nil || silent.progressOf("test", wgtypes.DeviceRef{}) != nil {
		t.Errorf("New() = %v and reports progress, want none without the option", err)
	}
}

// kindsOf returns the kinds of the backends of a new Client, in order.
func kindsOf(t *testing.T, opts ...Option) (kinds []wgtypes.Kind) {
	t.Helper()
	c, err := New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, b := range c.backends {
		kinds = append(kinds, b.Kind())
	}
	return kinds
}

// TestBackendOrder checks which backends a Client has, and in which order.
func TestBackendOrder(t *testing.T) {
	t.Parallel()
	all := []wgtypes.Kind{wgtypes.KindUserspace, wgtypes.KindAmneziaUserspace, wgtypes.KindInProcess}
	if wgkernel.AmneziaSupported {
		all = slices.Insert(all, 0, wgtypes.KindAmneziaKernel)
	}
	if wgkernel.Supported {
		all = slices.Insert(all, 0, wgtypes.KindKernel)
	}
	without := func(kind wgtypes.Kind) []wgtypes.Kind {
		return slices.DeleteFunc(slices.Clone(all), func(k wgtypes.Kind) bool { return k == kind })
	}
	reversed := []wgtypes.Kind{wgtypes.KindInProcess, wgtypes.KindAmneziaUserspace, wgtypes.KindUserspace}
	plain, amnezia := WithSocketDirs("/a"), WithAmneziaSocketDirs("/b")
	for name, test := range map[string]struct {
		opts []Option
		want []wgtypes.Kind
	}{
		"default":  {nil, all},
		"none":     {[]Option{WithBackends()}, nil},
		"reversed": {[]Option{WithBackends(reversed...)}, reversed},
		"last":     {[]Option{WithBackends(all...), WithBackends(wgtypes.KindInProcess)}, all[len(all)-1:]},
		// Sockets of AmneziaWG are not looked for where the caller did not ask for them.
		"socket directories":             {[]Option{plain}, without(wgtypes.KindAmneziaUserspace)},
		"no socket directory":            {[]Option{WithSocketDirs()}, without(wgtypes.KindAmneziaUserspace)},
		"directories of both":            {[]Option{plain, amnezia}, all},
		"directories of AmneziaWG":       {[]Option{amnezia}, all},
		"socket directories and backend": {[]Option{plain, WithBackends(wgtypes.KindAmneziaUserspace)}, []wgtypes.Kind{wgtypes.KindAmneziaUserspace}},
	} {
		if got := kindsOf(t, test.opts...); !slices.Equal(got, test.want) {
			t.Errorf("%s: the backends are %v, want %v", name, got, test.want)
		}
	}
}

// TestWithSocketDirs checks that the option copies the directories, and that no
// directory is not the default.
func TestWithSocketDirs(t *testing.T) {
	t.Parallel()
	var o options
	dirs := []string{"/a", "/b"}
	if err := WithSocketDirs(dirs...)(&o); err != nil {
		t.Fatal(err)
	}
	dirs[0] = "/c"
	if !slices.Equal(o.dirs, []string{"/a", "/b"}) {
		t.Errorf("the directories are %q after the caller changed its list, want %q", o.dirs, []string{"/a", "/b"})
	}
	if err := WithSocketDirs()(&o); err != nil || o.dirs == nil || len(o.dirs) > 0 {
		t.Errorf("WithSocketDirs() = %v and sets %#v, want an empty list that is not nil", err, o.dirs)
	}
}

// TestWithAmneziaSocketDirs is TestWithSocketDirs for the sockets of AmneziaWG, and checks
// that the Client looks there.
func TestWithAmneziaSocketDirs(t *testing.T) {
	t.Parallel()
	var o options
	dirs := []string{"/a", "/b"}
	if err := WithAmneziaSocketDirs(dirs...)(&o); err != nil {
		t.Fatal(err)
	}
	dirs[0] = "/c"
	if !slices.Equal(o.amneziaDirs, []string{"/a", "/b"}) || o.dirs != nil {
		t.Errorf("the directories are %q and %q after the caller changed its list, want %q and none", o.amneziaDirs, o.dirs, []string{"/a", "/b"})
	}
	if err := WithAmneziaSocketDirs()(&o); err != nil || o.amneziaDirs == nil || len(o.amneziaDirs) > 0 {
		t.Errorf("WithAmneziaSocketDirs() = %v and sets %#v, want an empty list that is not nil", err, o.amneziaDirs)
	}
	if runtime.GOOS == "windows" {
		return // pipes are not in a directory
	}
	dir := t.TempDir()
	c, err := New(WithBackends(wgtypes.KindUserspace, wgtypes.KindAmneziaUserspace), WithSocketDirs(dir), WithAmneziaSocketDirs(dir+"/amnezia"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Device(t.Context(), "wg0")
	if !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), dir+"/amnezia") != 1 || strings.Count(err.Error(), dir) != 2 {
		t.Errorf("Device(wg0) = %v, want that it is in neither directory", err)
	}
}

// TestWithFamily checks that the kernel devices of another family do not come with those
// of AmneziaWG, unless the caller asks for both.
func TestWithFamily(t *testing.T) {
	t.Parallel()
	if !wgkernel.AmneziaSupported {
		for _, opt := range []Option{WithFamily("other"), WithBackends(wgtypes.KindAmneziaKernel)} {
			if c, err := New(opt); c != nil || !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("New() = %v, %v, want errors.ErrUnsupported", c, err)
			}
		}
		return
	}
	for _, family := range []string{"other", "amneziawg"} {
		want := []wgtypes.Kind{wgtypes.KindKernel, wgtypes.KindUserspace, wgtypes.KindAmneziaUserspace, wgtypes.KindInProcess}
		if got := kindsOf(t, WithFamily(family)); !slices.Equal(got, want) {
			t.Errorf("the backends of the family %q are %v, want %v", family, got, want)
		}
	}
	both := []wgtypes.Kind{wgtypes.KindAmneziaKernel, wgtypes.KindKernel}
	if got := kindsOf(t, WithFamily("other"), WithBackends(both...)); !slices.Equal(got, both) {
		t.Errorf("the backends are %v, want %v", got, both)
	}
	for kind, want := range map[wgtypes.Kind]bool{wgtypes.KindKernel: false, wgtypes.KindAmneziaKernel: true} {
		c, err := New(WithBackends(kind))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if can, err := c.Capabilities(kind); err != nil || can.Amnezia != want || !can.Links || !can.NetNS || len(c.links) != 1 {
			t.Errorf("Capabilities(%v) = %+v, %v, want Amnezia: %t, and links", kind, can, err, want)
		}
	}
}

// TestZeroPublicKeys checks that only WithZeroPublicKeys accepts a peer without a
// key, also in a view.
func TestZeroPublicKeys(t *testing.T) {
	t.Parallel()
	peer := wgtypes.Config{Peers: []wgtypes.PeerConfig{{}}}
	for _, opts := range [][]Option{nil, {WithZeroPublicKeys()}} {
		created, err := New(opts...)
		if err != nil {
			t.Fatal(err)
		}
		defer created.Close()
		c, _, _ := clientWith([]*fakeDevice{{name: "wg0"}}, nil)
		c.zeroKeys = created.zeroKeys
		for _, c := range []*Client{c, c.Only(wgtypes.DeviceRef{}), c.Only(wgtypes.DeviceRef{}).Only(wgtypes.DeviceRef{})} {
			_, syncErr := c.SyncDevice(t.Context(), "wg0", peer, SyncOptions{})
			for _, err := range []error{c.ConfigureDevice(t.Context(), "wg0", peer), syncErr} {
				if (err == nil) != (len(opts) > 0) || err != nil && !errors.Is(err, fs.ErrInvalid) {
					t.Errorf("a peer without a key = %v with %d options, want fs.ErrInvalid without the option", err, len(opts))
				}
			}
		}
	}
}

// TestOptionsReachDaemons checks that the options of userspace devices have an effect.
func TestOptionsReachDaemons(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pipes are not in a directory")
	}
	t.Parallel()
	dir, err := testutil.TempSocketDir()
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	stop, err := testutil.ServeSocket(dir, "wg0", func(c net.Conn) {
		for r := bufio.NewReader(c); ; {
			line, err := r.ReadString('\n')
			switch {
			case err != nil:
				return
			case line == "get=1\n":
				_, _ = r.ReadString('\n') // and no reply
			case line == "\n":
				_, _ = io.WriteString(c, "errno=0\n\n") // to a change
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := os.Chmod(dir, 0o777); err != nil { // so that everyone may replace the socket
		t.Fatal(err)
	}
	opts := []Option{WithBackends(wgtypes.KindUserspace), WithSocketDirs(dir), WithReplyTimeout(10 * time.Millisecond)}
	c, err := New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Device(t.Context(), "wg0"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Device(wg0) of a silent daemon = %v, want os.ErrDeadlineExceeded", err)
	}
	change := wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey([32]byte{1}))}
	if err := c.ConfigureDevice(t.Context(), "wg0", change); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("ConfigureDevice(wg0) with a socket that others can replace = %v, want fs.ErrPermission", err)
	}
	c, err = New(append(opts, WithUntrustedSockets(), WithReplyTimeout(-1))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.ConfigureDevice(t.Context(), "wg0", change); err != nil {
		t.Errorf("ConfigureDevice(wg0) with WithUntrustedSockets = %v, want nil", err)
	}
}
