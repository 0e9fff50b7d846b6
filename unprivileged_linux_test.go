package wgctrl_test

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

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/userdev"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// asNobody in the environment makes this program act as an unprivileged
// caller, in place of running tests.
const asNobody = "WGCTRL_TEST_AS_NOBODY"

func TestMain(m *testing.M) {
	if os.Getenv(asNobody) != "" {
		if err := unprivileged(context.Background()); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestUnprivileged: a caller without privilege sees kernel devices, is told
// what reading them needs, and still reaches its userspace devices.
func TestUnprivileged(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	// Not by its path, which may lie in a folder that nobody may enter.
	child := exec.Command("/proc/self/exe")
	child.Env = append(os.Environ(), asNobody+"=1", "TMPDIR=/tmp")
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	var out []byte
	var err error
	d.NetNS().Do(t, func() { out, err = child.CombinedOutput() })
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// unprivileged is what the child does, in the namespace of the device wg0.
func unprivileged(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	own, err := userdev.New(userdev.Options{Name: "user0", Dir: dir, Bind: userdev.Offline()})
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
		"Read":            second(c.Read(ctx, "wg0")),
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
	return nil
}

func second[T any](_ T, err error) error { return err }
