package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// acts are the programs that this test binary can run instead of tests.
var acts = map[string]func(context.Context) error{
	"unprivileged": unprivileged, "confined": confined, "wireguard-go": wireguardGo,
	"handler of keys": keyHandler, unprivilegedCaller: callUnprivileged,
}

// unprivilegedUser is the user and the group of acts. It is not 65534, which stands
// for users of other namespaces, so that a daemon of that user gets no key.
const unprivilegedUser = 65533

// runUnprivileged runs an act as an unprivileged user in the namespace here, with the
// given capabilities. File descriptor 3 refers to the namespace other.
func runUnprivileged(t *testing.T, act string, here, other *wgtest.Namespace, capabilities ...uintptr) {
	t.Helper()
	fd, err := unix.Dup(other.FD())
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "netns")
	defer file.Close()
	// The path of the binary may be in a directory that this user cannot enter.
	child := exec.Command("/proc/self/exe")
	child.Env = append(os.Environ(), actAs+"="+act, "TMPDIR=/tmp")
	child.ExtraFiles = []*os.File{file}
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: unprivilegedUser, Gid: unprivilegedUser}, AmbientCaps: capabilities}
	var out []byte
	here.Do(t, func() { out, err = child.CombinedOutput() })
	if err != nil {
		t.Errorf("act %q ended with %v, want exit code 0; it printed: %s", act, err, out)
	}
}

// TestUnprivileged checks what a caller without capabilities can do: it lists
// kernel devices, errors name the capability that it lacks, and it can use its
// own userspace devices.
func TestUnprivileged(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	runUnprivileged(t, "unprivileged", d.NetNS(), wgtest.NetNS(t))
}

// TestConfined checks a caller that may change links but may not enter another
// namespace. CreateDevice creates a link there, and none in the caller's namespace.
func TestConfined(t *testing.T) {
	t.Parallel()
	d, other := wgtest.Kernel(t), wgtest.NetNS(t)
	runUnprivileged(t, "confined", d.NetNS(), other, unix.CAP_NET_ADMIN)
	there := newClient(t, wgctrl.WithNetNS(other.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	if got := names(t, there); got != "wg1 " {
		t.Errorf("the other namespace has the devices %q, want only wg1", got)
	}
	if link, err := there.Link(t.Context(), "wg1"); err != nil || !link.Up {
		t.Errorf("Link(wg1) in the other namespace = %+v, %v, want it up", link, err)
	}
	if got := names(t, d.Client(t)); got != "wg0 " {
		t.Errorf("the namespace of the caller has the devices %q, want only wg0", got)
	}
}

// unprivileged is the act of TestUnprivileged. It runs in the namespace of wg0.
func unprivileged(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	own, err := wireguardgo.New(wireguardgo.Options{Name: "user0", Dir: dir, Bind: wireguardgo.Offline()})
	if err != nil {
		return err
	}
	defer own.Close()
	c, err := wgctrl.New(wgctrl.WithSocketDirs(dir))
	if err != nil {
		return err
	}
	defer c.Close()

	refs, err := c.List(ctx)
	if err != nil || len(refs) != 2 || refs[0].Name != "wg0" || refs[1].Name != "user0" {
		return fmt.Errorf("List: %v, %w", refs, err)
	}
	for what, err := range map[string]error{
		"Device":          second(c.Device(ctx, "wg0")),
		"StreamDevice":    second(c.StreamDevice(ctx, "wg0")),
		"ConfigureDevice": c.ConfigureDevice(ctx, "wg0", wgtypes.Config{ReplacePeers: true}),
		"CreateDevice":    c.CreateDevice(ctx, "wg1", wgctrl.LinkOptions{}),
		"DeleteDevice":    c.DeleteDevice(ctx, "wg0"),
	} {
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		return err
	}
	if err := c.ConfigureDevice(ctx, "user0", wgtypes.Config{PrivateKey: &key}); err != nil {
		return err
	}
	devices, err := c.Devices(ctx)
	if !errors.Is(err, fs.ErrPermission) || len(devices) != 1 || devices[0].PublicKey != key.PublicKey() {
		return fmt.Errorf("Devices: %v, %w", devices, err)
	}
	return watchUnprivileged(ctx, c)
}

// confined is the act of TestConfined. It runs with CAP_NET_ADMIN in the
// namespace of wg0.
func confined(ctx context.Context) error {
	const other = 3
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindKernel))
	if err != nil {
		return err
	}
	defer c.Close()
	there, err := wgctrl.New(wgctrl.WithNetNS(other), wgctrl.WithBackends(wgtypes.KindKernel))
	if err != nil {
		return err
	}
	defer there.Close()
	if _, err := there.Device(ctx, "wg0"); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "CAP_SYS_ADMIN") {
		return fmt.Errorf("Device: %w", err)
	}
	return c.CreateDevice(ctx, "wg1", wgctrl.LinkOptions{Up: true, NetNS: new(other)})
}

func second[T any](_ T, err error) error { return err }
