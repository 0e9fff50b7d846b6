//go:build unix

package wguser_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func newFake() *fakeDaemon { return &fakeDaemon{device: new(wgtypes.Device)} }

// silent is a daemon that hangs.
func silent(c net.Conn) {
	for b := make([]byte, 1024); ; {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

// makeStale creates a socket without a listener.
func makeStale(t *testing.T, dir, name string) {
	t.Helper()
	if err := testutil.MakeDeadSocket(filepath.Join(dir, name+".sock")); err != nil {
		t.Fatal(err)
	}
}

func names(refs []wgtypes.DeviceRef) (names []string) {
	for _, r := range refs {
		names = append(names, r.Name)
	}
	return names
}

// TestList lists a directory with files of every kind. Only sockets with a listener
// and a valid name are devices.
func TestList(t *testing.T) {
	t.Parallel()
	dir, second := tempDir(t), tempDir(t)
	listen(t, dir, "wg0", newFake().answer)
	listen(t, dir, "hung", silent)
	listen(t, second, "wg0", newFake().answer)
	listen(t, second, "other", newFake().answer)
	makeStale(t, dir, "stale")
	listen(t, dir, "name-of-20-bytes-....", newFake().answer)
	listen(t, dir, "", newFake().answer)
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "file.sock"), nil, 0o600),
		os.Mkdir(filepath.Join(dir, "directory.sock"), 0o700),
		os.Symlink(filepath.Join(dir, "wg0.sock"), filepath.Join(dir, "link.sock")),
		os.Symlink("nowhere", filepath.Join(dir, "dangling.sock")),
		os.Symlink(filepath.Join(dir, "wg0.sock"), filepath.Join(dir, "wg1.socket")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b := backend(t, filepath.Join(dir, "absent"), dir, second)
	refs, err := b.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(refs), []string{"hung", "link", "wg0", "other"}; !slices.Equal(got, want) {
		t.Errorf("List = %v, want %v", got, want)
	}
	for _, r := range refs {
		if r.Kind != wgtypes.KindUserspace || r.Index != 0 {
			t.Errorf("List = %+v, want a userspace device without an index", r)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "stale.sock")); err != nil {
		t.Errorf("Lstat of the stale socket = %v, want nil", err)
	}
}

func TestListFails(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	listen(t, dir, "wg0", newFake().answer)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refs, err := backend(t, file, dir).List(t.Context())
	if !slices.Equal(names(refs), []string{"wg0"}) || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("List with a file as a directory = %v, %v, want wg0 and %v", refs, err, syscall.ENOTDIR)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := backend(t, dir).List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("List = %v, want %v", err, context.Canceled)
	}
}

// TestErrorsOfDirectories checks that the errors of several directories are one
// line, and that they do not hide the devices of others.
func TestErrorsOfDirectories(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	listen(t, dir, "wg0", newFake().answer)
	var files []string
	for _, name := range []string{"a", "b"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	b := backend(t, files[0], files[1], dir)
	refs, err := b.List(t.Context())
	if got := names(refs); !slices.Equal(got, []string{"wg0"}) || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("List = %v, %v, want wg0 and %v", got, err, syscall.ENOTDIR)
	}
	mustBeOneLine(t, err, files...)
	if _, err := state(t.Context(), b, "wg0"); err != nil {
		t.Errorf("reading wg0 = %v, want nil", err)
	}
	_, err = b.Open(t.Context(), "wg1")
	if !errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open(wg1) = %v, want %v", err, syscall.ENOTDIR)
	}
	mustBeOneLine(t, err, files...)
}

func mustBeOneLine(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Fatalf("error = %q, want one line", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error = %v, want an error with %q", err, part)
		}
	}
}

func TestOpenAbsent(t *testing.T) {
	t.Parallel()
	dir, second := tempDir(t), tempDir(t)
	makeStale(t, dir, "stale")
	listen(t, second, "wg0", newFake().answer)
	if err := os.WriteFile(filepath.Join(dir, "file.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := backend(t, dir, second)
	for _, name := range []string{"stale", "file", "wg1"} {
		_, err := b.Open(t.Context(), name)
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, want %v", name, err, fs.ErrNotExist)
			continue
		}
		for _, d := range []string{dir, second} {
			if path := filepath.Join(d, name+".sock"); !strings.Contains(err.Error(), path) {
				t.Errorf("Open(%q) = %v, want an error with %q", name, err, path)
			}
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "a\nb", "a\x00b", "sixteen-bytes-16"} {
		var field *wgtypes.FieldError
		if _, err := b.Open(t.Context(), name); !errors.As(err, &field) {
			t.Errorf("Open(%q) = %v, want a *FieldError", name, err)
		}
	}
}

// TestOpenFirst checks that the first device with the name is used, and that an
// earlier socket without a listener is skipped.
func TestOpenFirst(t *testing.T) {
	t.Parallel()
	dirs := []string{tempDir(t), tempDir(t), tempDir(t)}
	makeStale(t, dirs[0], "wg0")
	for i, dir := range dirs[1:] {
		f := newFake()
		f.device.ListenPort = uint16(i + 1)
		listen(t, dir, "wg0", f.answer)
	}
	b := backend(t, dirs...)
	if ref := open(t, b, "wg0").Ref(); ref != (wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindUserspace}) {
		t.Errorf("Ref = %+v, want wg0, userspace", ref)
	}
	got, err := state(t.Context(), b, "wg0")
	if err != nil || got.ListenPort != 1 {
		t.Errorf("reading = %v, %v, want the device of the second directory", got, err)
	}
}

func TestPathTooLong(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), strings.Repeat("d", 100))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	short := tempDir(t)
	listen(t, short, "wg0", newFake().answer)
	// net.Listen refuses the long path.
	if err := os.Rename(filepath.Join(short, "wg0.sock"), filepath.Join(dir, "wg0.sock")); err != nil {
		t.Fatal(err)
	}
	b := backend(t, dir)
	_, err := b.Open(t.Context(), "wg0")
	if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "too long for a socket") {
		t.Errorf("Open = %v, want an error that says that the path is too long", err)
	}
	if refs, err := b.List(t.Context()); err != nil || len(refs) != 1 {
		t.Errorf("List = %v, %v, want the device", refs, err)
	}
}

// TestLongestPath checks a path of the largest length and one that is a byte longer.
func TestLongestPath(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	longest := len(syscall.RawSockaddrUnix{}.Path) - 1
	dir := filepath.Join(root, strings.Repeat("d", longest-len(root)-len("//wg0.sock")))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	listen(t, dir, "wg0", newFake().answer)
	if _, err := state(t.Context(), backend(t, dir), "wg0"); err != nil {
		t.Errorf("reading over a path of %d bytes = %v, want nil", longest, err)
	}
	if err := os.Rename(filepath.Join(dir, "wg0.sock"), filepath.Join(dir, "wg10.sock")); err != nil {
		t.Fatal(err)
	}
	_, err := backend(t, dir).Open(t.Context(), "wg10")
	if err == nil || !strings.Contains(err.Error(), "too long for a socket") {
		t.Errorf("Open over a path of %d bytes = %v, want an error that says that the path is too long", longest+1, err)
	}
}

// TestNoDirs checks that an empty list of directories does not mean the default.
func TestNoDirs(t *testing.T) {
	t.Parallel()
	b := backend(t, []string{}...)
	if refs, err := b.List(t.Context()); err != nil || len(refs) != 0 {
		t.Errorf("List = %v, %v, want no device", refs, err)
	}
	_, err := b.Open(t.Context(), "wg0")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no directory") {
		t.Errorf("Open = %v, want an fs.ErrNotExist with %q", err, "no directory")
	}
}

// TestSearched checks that Windows ignores Dirs, because its pipes have fixed names.
func TestSearched(t *testing.T) {
	t.Parallel()
	system := wguser.Searched(nil, wgtypes.KindUserspace, "linux")
	if len(system) != 1 {
		t.Fatalf("Searched(nil) = %q, want 1 directory", system)
	}
	for _, test := range []struct {
		goos        string
		given, want []string
	}{
		{"linux", []string{}, []string{}},
		{"linux", []string{"a", "b"}, []string{"a", "b"}},
		{"windows", nil, system},
		{"windows", []string{}, system},
		{"windows", []string{"a"}, system},
	} {
		if got := wguser.Searched(test.given, wgtypes.KindUserspace, test.goos); !slices.Equal(got, test.want) {
			t.Errorf("Searched(%q, %q) = %q, want %q", test.given, test.goos, got, test.want)
		}
	}
}

// TestPathIsNotAbstract checks that a path that begins with '@' is not taken for an abstract
// socket, which every user can create on Linux.
func TestPathIsNotAbstract(t *testing.T) {
	dir := tempDir(t)
	if err := os.Mkdir(filepath.Join(dir, "@dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	listen(t, dir, "@wg0", newFake().answer)
	listen(t, filepath.Join(dir, "@dir"), "wg1", newFake().answer)
	t.Chdir(dir)
	b := backend(t, ".", "@dir")
	refs, err := b.List(t.Context())
	if got := names(refs); err != nil || !slices.Equal(got, []string{"@wg0", "wg1"}) {
		t.Errorf("List = %v, %v, want [@wg0 wg1]", got, err)
	}
	for _, name := range []string{"@wg0", "wg1"} {
		if _, err := state(t.Context(), b, name); err != nil {
			t.Errorf("reading %q = %v, want nil", name, err)
		}
	}
}

// TestNoPermission cannot run as root.
func TestNoPermission(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root can connect to every socket")
	}
	dir := tempDir(t)
	listen(t, dir, "wg0", newFake().answer)
	if err := os.Chmod(filepath.Join(dir, "wg0.sock"), 0); err != nil {
		t.Fatal(err)
	}
	b := backend(t, dir)
	if refs, err := b.List(t.Context()); err != nil || len(refs) != 1 {
		t.Errorf("List = %v, %v, want the device", refs, err)
	}
	if _, err := open(t, b, "wg0").Read(t.Context()); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Read = %v, want %v", err, fs.ErrPermission)
	}
}

// TestAliased reads the files that wg-quick writes on macOS, and malformed ones.
func TestAliased(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 0)
	file := func(text string, age time.Duration) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(text), ModTime: at.Add(-age)}
	}
	dir := fstest.MapFS{
		"utun5.sock": file("", 0),
		"wg0.name":   file("utun5\n", 0),
		"older.name": file("utun5\n", 2*time.Second),
		"newer.name": file("utun5\n", -2*time.Second),
		"stale.name": file("utun5\n", 3*time.Second),
		"early.name": file("utun5\n", -3*time.Second),
		"gone.name":  file("utun6\n", 0),
		"long.name":  file("utun5\n"+strings.Repeat("\n", 1<<20), 0),
		"path.name":  file("../utun5\n", 0),
		"empty.name": file("", 0),
		"self.name":  file("self\n", 0),
		"self.sock":  file("", 0),
		// Reading it would block.
		"pipe.name": {Data: []byte("utun5\n"), ModTime: at, Mode: fs.ModeNamedPipe},
	}
	for name, want := range map[string]string{
		"wg0": "utun5", "older": "utun5", "newer": "utun5",
		"stale": "", "early": "", "gone": "", "long": "", "path": "", "empty": "", "self": "", "pipe": "", "absent": "",
	} {
		if got, ok := wguser.Aliased(dir, name); got != want && ok || ok != (want != "") {
			t.Errorf("Aliased(%q) = %q, %t, want %q", name, got, ok, want)
		}
	}
}

// readFS records the files that are read.
type readFS struct {
	fstest.MapFS
	read []string
}

func (r *readFS) ReadFile(name string) ([]byte, error) {
	r.read = append(r.read, name)
	return r.MapFS.ReadFile(name)
}

// TestAliasedReadsLittle checks that only small regular files are read.
func TestAliasedReadsLittle(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("u", wginternal.MaxNameUnix) + "\n"
	dir := &readFS{MapFS: fstest.MapFS{
		"longest.name":                           {Data: []byte(text)},
		"too-long.name":                          {Data: []byte(text + "\n")},
		"pipe.name":                              {Data: []byte(text), Mode: fs.ModeNamedPipe},
		strings.TrimSuffix(text, "\n") + ".sock": {},
	}}
	for name, want := range map[string]bool{"longest": true, "too-long": false, "pipe": false} {
		if got, ok := wguser.Aliased(dir, name); ok != want {
			t.Errorf("Aliased(%q) = %q, %t, want %t", name, got, ok, want)
		}
	}
	if want := []string{"longest.name"}; !slices.Equal(dir.read, want) {
		t.Errorf("files read = %q, want %q", dir.read, want)
	}
}

// TestListEndsConnections checks that List keeps no connection. It does not run in
// parallel, because it turns off the garbage collector, which would close them.
func TestListEndsConnections(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	ended := make(chan struct{})
	b := daemon(t, func(c net.Conn) {
		silent(c)
		close(ended)
	})
	if refs, err := b.List(t.Context()); err != nil || len(refs) != 1 {
		t.Errorf("List = %v, %v, want the device", refs, err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the connection is open after List, want it closed")
	}
}

// TestCloseEndsConnection checks that a device that was opened and not used does not
// keep its connection.
func TestCloseEndsConnection(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	var once sync.Once
	b := daemon(t, func(c net.Conn) {
		silent(c)
		once.Do(func() { close(ended) })
	})
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Errorf("Close = %v, want nil", err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the connection is open after Close, want it closed")
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	listen(t, dir, "wg0", silent)
	b := backend(t, dir)
	d := open(t, b, "wg0")
	begun := make(chan struct{})
	failed := make(chan error)
	go func() {
		close(begun)
		_, err := d.Read(t.Context())
		failed <- err
	}()
	<-begun
	b.Close()
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read during Close = %v, want %v", err, net.ErrClosed)
	}
	other := wguser.NewInProcess(wguser.InProcess{Name: "wg0"})
	kept := open(t, other, "wg0")
	other.Close()
	for _, b := range []*wguser.Backend{b, other} {
		_, listErr := b.List(t.Context())
		_, openErr := b.Open(t.Context(), "wg0")
		_, readErr := kept.Read(t.Context())
		for _, err := range []error{listErr, openErr, readErr, kept.Configure(t.Context(), wgtypes.Config{}, nil)} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("%v: operation after Close = %v, want %v", b.Kind(), err, net.ErrClosed)
			}
		}
		if err := b.Close(); err != nil {
			t.Errorf("second Close = %v, want nil", err)
		}
	}
}

var _ wginternal.Backend = (*wguser.Backend)(nil)
