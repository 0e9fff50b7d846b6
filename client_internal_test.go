package wgctrl

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestRouting checks that the first backend that has the device gets the request,
// and that an error of one backend does not hide the devices of others.
func TestRouting(t *testing.T) {
	t.Parallel()
	wg0 := func() []*fakeDevice { return []*fakeDevice{{name: "wg0"}} }
	failing := func(err error) []*fakeDevice { return []*fakeDevice{{name: "wg0", openErr: err}} }
	other := wginternal.Tag(wginternal.ErrNotWireGuard, errors.New("a bridge"))
	for name, test := range map[string]struct {
		kernel, user []*fakeDevice
		kind         wgtypes.Kind
		want         error
		text         string
	}{
		"in both":                     {kernel: wg0(), user: wg0(), kind: wgtypes.KindKernel},
		"in the second":               {user: wg0(), kind: wgtypes.KindUserspace},
		"no permission for the first": {kernel: failing(syscall.EPERM), user: wg0(), kind: wgtypes.KindUserspace},
		"the first is not WireGuard":  {kernel: failing(other), user: wg0(), kind: wgtypes.KindUserspace},
		"in none":                     {want: fs.ErrNotExist, text: "not in kernel; not in userspace"},
		"no permission, no other":     {kernel: failing(syscall.EPERM), want: fs.ErrPermission},
		"not WireGuard, no other":     {kernel: failing(other), want: ErrNotWireGuard, text: "a bridge"},
		"both fail, the first error":  {kernel: failing(syscall.EPERM), user: failing(syscall.EBUSY), want: fs.ErrPermission},
		"both fail, the second error": {kernel: failing(syscall.EPERM), user: failing(syscall.EBUSY), want: syscall.EBUSY},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, k, u := clientWith(test.kernel, test.user)
			d, err := c.Device(t.Context(), "wg0")
			for _, fd := range slices.Concat(k.devices, u.devices) {
				if fd.opened != 0 {
					t.Errorf("%d openings of %q were not closed, want 0", fd.opened, fd.name)
				}
			}
			if test.want == nil {
				if err != nil || d.Kind != test.kind || len(d.Peers) != 2 {
					t.Errorf("Device(wg0) = %v, %v, want a %v device with 2 peers", d, err, test.kind)
				}
				return
			}
			var op *OpError
			if !errors.Is(err, test.want) || !errors.As(err, &op) || op.Device != "wg0" || op.Op != "read" {
				t.Errorf("%v, want %v", err, test.want)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("Device(wg0) = %v, want a text with %q", err, test.text)
			}
			if test.want != fs.ErrNotExist && errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Device(wg0) = %v, which wraps fs.ErrNotExist, want only %v", err, test.want)
			}
		})
	}
}

// TestOpenErrors checks that an error names the backends that failed.
func TestOpenErrors(t *testing.T) {
	t.Parallel()
	failing := func(err error) []*fakeDevice { return []*fakeDevice{{name: "wg0", openErr: err}} }
	var op *OpError
	c, _, _ := clientWith(failing(syscall.EPERM), nil)
	if _, err := c.Device(t.Context(), "wg0"); !errors.As(err, &op) || op.Kind != wgtypes.KindKernel {
		t.Errorf("Device(wg0) = %v, want an OpError of the kernel", err)
	}
	c, _, _ = clientWith(failing(syscall.EPERM), failing(syscall.EBUSY))
	_, err := c.Device(t.Context(), "wg0")
	if !errors.As(err, &op) || op.Kind != wgtypes.KindUnknown {
		t.Errorf("Device(wg0) = %v, want an OpError of no single kind", err)
	}
	for _, want := range []string{"kernel: " + syscall.EPERM.Error(), "userspace: " + syscall.EBUSY.Error()} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, _, _ = clientWith(failing(context.Canceled), failing(context.Canceled))
	if _, err := c.Device(ctx, "wg0"); !errors.As(err, &op) || op.Err != context.Canceled {
		t.Errorf("Device(wg0) with a cancelled context = %v, want context.Canceled", err)
	}
	c = clientOf()
	if _, err := c.Device(t.Context(), "wg0"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no backend") {
		t.Errorf("Device(wg0) without backends = %v, want fs.ErrNotExist that says so", err)
	}
}

// TestOperationNames checks the name of each operation in its errors.
func TestOperationNames(t *testing.T) {
	t.Parallel()
	c, _, _ := clientWith(nil, nil)
	c.links = []kernelLinks{{&fakeLinks{}, wgtypes.KindKernel}}
	names := map[string]string{
		"Device": "read", "StreamDevice": "read", "ConfigureDevice": "configure", "SyncDevice": "sync",
		"Link": "link", "SetLink": "set link", "DeleteDevice": "delete",
	}
	for method, do := range operations {
		var op *OpError
		if err := do(t.Context(), c, "absent"); !errors.As(err, &op) || op.Op != names[method] || op.Device != "absent" || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s(absent) = %v, want fs.ErrNotExist of the operation %q", method, err, names[method])
		}
	}
}

// TestClosed checks that Close closes every backend once, even if one fails, and
// that every method returns net.ErrClosed afterwards.
func TestClosed(t *testing.T) {
	t.Parallel()
	c, k, u := clientWith([]*fakeDevice{{name: "wg0"}}, nil)
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), "userspace") {
		t.Errorf("Close() = %v, want the errors of both backends", err)
	}
	if err := c.Close(); err != nil || k.closed != 1 || u.closed != 1 {
		t.Errorf("Close() again = %v after closing %d and %d times, want nil after 1 and 1", err, k.closed, u.closed)
	}
	ctx := t.Context()
	_, listErr := c.List(ctx)
	_, devicesErr := c.Devices(ctx)
	_, deviceErr := c.Device(ctx, "wg0")
	_, linkErr := c.Link(ctx, "wg0")
	_, streamErr := c.StreamDevice(ctx, "wg0")
	for i, err := range []error{
		listErr, devicesErr, deviceErr, streamErr, c.ConfigureDevice(ctx, "wg0", wgtypes.Config{}),
		c.CreateDevice(ctx, "wg0", LinkOptions{}), c.SetLink(ctx, "wg0", LinkChange{}), c.DeleteDevice(ctx, "wg0"), linkErr,
	} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("call %d of a closed Client = %v, want net.ErrClosed", i, err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	c, _, _ := clientWith(nil, nil)
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "a\nb", "a\x00b", "a\x7f"} {
		if _, err := c.Device(t.Context(), name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Device(%q) = %v, want fs.ErrInvalid", name, err)
		}
	}
}

// TestProgress checks that each operation reports its name, its device and its
// peers, and that reports are not concurrent.
func TestProgress(t *testing.T) {
	t.Parallel()
	var got []Progress
	c, _, _ := clientWith([]*fakeDevice{{name: "wg0", index: 7}}, []*fakeDevice{{name: "wg1"}, {name: "wg2"}})
	c.progress = serialized(func(p Progress) { got = append(got, p) })
	kernel := wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel, Index: 7}
	for name, test := range map[string]struct {
		do   func() error
		want []Progress
	}{
		"Device": {
			func() error { _, err := c.Device(t.Context(), "wg0"); return err },
			[]Progress{{"read", kernel, 1, 0}, {"read", kernel, 2, 0}},
		},
		"Device of a view": {
			func() error { _, err := c.Only(kernel).Device(t.Context(), "wg0"); return err },
			[]Progress{{"read", kernel, 1, 0}, {"read", kernel, 2, 0}},
		},
		"ConfigureDevice": {
			func() error { return c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{ReplacePeers: true}) },
			[]Progress{{"configure", kernel, 3, 4}},
		},
		"SyncDevice": {
			func() error {
				_, err := c.SyncDevice(t.Context(), "wg0", wgtypes.Config{FirewallMark: new(uint32(1))}, SyncOptions{})
				return err
			},
			[]Progress{{"sync", kernel, 1, 0}, {"sync", kernel, 2, 0}, {"sync", kernel, 3, 4}},
		},
	} {
		got = nil
		if err := test.do(); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s reports %+v, %v, want %+v", name, got, err, test.want)
		}
	}
	got = nil
	if _, err := c.Devices(t.Context()); err != nil || len(got) != 6 {
		t.Errorf("Devices() of 3 devices with 2 peers reports %+v, %v, want 6 reports", got, err)
	}
}

// operations are all methods that have the name of a device as an argument.
var operations = map[string]func(ctx context.Context, c *Client, name string) error{
	"Device": func(ctx context.Context, c *Client, name string) error { _, err := c.Device(ctx, name); return err },
	"StreamDevice": func(ctx context.Context, c *Client, name string) error {
		r, err := c.StreamDevice(ctx, name)
		if err == nil {
			err = r.Close()
		}
		return err
	},
	"ConfigureDevice": func(ctx context.Context, c *Client, name string) error {
		return c.ConfigureDevice(ctx, name, wgtypes.Config{ReplacePeers: true})
	},
	"SyncDevice": func(ctx context.Context, c *Client, name string) error {
		_, err := c.SyncDevice(ctx, name, wgtypes.Config{FirewallMark: new(uint32(7))}, SyncOptions{})
		return err
	},
	"Link":         func(ctx context.Context, c *Client, name string) error { _, err := c.Link(ctx, name); return err },
	"SetLink":      func(ctx context.Context, c *Client, name string) error { return c.SetLink(ctx, name, LinkChange{}) },
	"DeleteDevice": func(ctx context.Context, c *Client, name string) error { return c.DeleteDevice(ctx, name) },
}

// TestOnly checks that every method of a view reaches exactly the devices that
// match.
func TestOnly(t *testing.T) {
	t.Parallel()
	const kernel, userspace = wgtypes.KindKernel, wgtypes.KindUserspace
	notLink := []string{"Device", "StreamDevice", "ConfigureDevice", "SyncDevice"}
	all := append([]string{"Link", "SetLink", "DeleteDevice"}, notLink...)
	for name, test := range map[string]struct {
		only      []wgtypes.DeviceRef
		listed    []wgtypes.Kind
		reachable []string
		kind      wgtypes.Kind
	}{
		"all":               {[]wgtypes.DeviceRef{{}}, []wgtypes.Kind{kernel, userspace}, all, kernel},
		"kernel":            {[]wgtypes.DeviceRef{{Kind: kernel}}, []wgtypes.Kind{kernel}, all, kernel},
		"userspace":         {[]wgtypes.DeviceRef{{Kind: userspace}}, []wgtypes.Kind{userspace}, notLink, userspace},
		"kernel ref":        {[]wgtypes.DeviceRef{{Name: "wg0", Kind: kernel, Index: 7}}, []wgtypes.Kind{kernel}, all, kernel},
		"userspace ref":     {[]wgtypes.DeviceRef{{Name: "wg0", Kind: userspace}}, []wgtypes.Kind{userspace}, notLink, userspace},
		"replaced":          {[]wgtypes.DeviceRef{{Name: "wg0", Kind: kernel, Index: 8}}, nil, nil, 0},
		"another name":      {[]wgtypes.DeviceRef{{Name: "wg1"}}, nil, nil, 0},
		"view of a view":    {[]wgtypes.DeviceRef{{Index: 7}, {Kind: kernel}, {Name: "wg0"}}, []wgtypes.Kind{kernel}, all, kernel},
		"conflicting kind":  {[]wgtypes.DeviceRef{{Kind: kernel}, {Kind: userspace}}, nil, nil, 0},
		"conflicting index": {[]wgtypes.DeviceRef{{Kind: kernel, Index: 8}, {Kind: kernel, Index: 7}}, nil, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, u := &fakeDevice{name: "wg0", index: 7}, &fakeDevice{name: "wg0"}
			c, _, _ := clientWith([]*fakeDevice{k}, []*fakeDevice{u})
			c.links = []kernelLinks{{&fakeLinks{index: 7}, wgtypes.KindKernel}}
			for _, ref := range test.only {
				c = c.Only(ref)
			}
			var listed []wgtypes.Kind
			refs, err := c.List(t.Context())
			for _, ref := range refs {
				listed = append(listed, ref.Kind)
			}
			if err != nil || !slices.Equal(listed, test.listed) {
				t.Errorf("List() = %v, %v, want %v", refs, err, test.listed)
			}
			if devices, err := c.Devices(t.Context()); err != nil || len(devices) != len(test.listed) {
				t.Errorf("Devices() = %v, %v, want those of %v", devices, err, test.listed)
			}
			for op, do := range operations {
				err := do(t.Context(), c, "wg0")
				switch {
				case slices.Contains(test.reachable, op):
					if err != nil {
						t.Errorf("%s(wg0) = %v, want nil", op, err)
					}
				case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errors.ErrUnsupported):
					t.Errorf("%s(wg0) = %v, want fs.ErrNotExist or errors.ErrUnsupported", op, err)
				}
			}
			if d, err := c.Device(t.Context(), "wg0"); err == nil && d.Kind != test.kind {
				t.Errorf("Device(wg0) is a %v device, want %v", d.Kind, test.kind)
			}
			if got, want := len(k.configured), 2*btoi(test.kind == kernel); got != want {
				t.Errorf("the kernel device was configured %d times, want %d", got, want)
			}
			if got, want := len(u.configured), 2*btoi(test.kind == userspace); got != want {
				t.Errorf("the userspace device was configured %d times, want %d", got, want)
			}
			if k.opened != 0 || u.opened != 0 {
				t.Errorf("%d and %d devices are open, want 0 and 0", k.opened, u.opened)
			}
		})
	}
}

// TestOnlyCreates checks that a view can create the devices that it would contain.
func TestOnlyCreates(t *testing.T) {
	t.Parallel()
	c := clientOf()
	c.links = []kernelLinks{{&fakeLinks{}, wgtypes.KindKernel}}
	for only, want := range map[wgtypes.DeviceRef]error{
		{Name: "wg1"}: fs.ErrNotExist,
		{Name: "wg0", Kind: wgtypes.KindKernel, Index: 7}: errors.ErrUnsupported,
		{Kind: wgtypes.KindUserspace}:                     errors.ErrUnsupported,
	} {
		if err := c.Only(only).CreateDevice(t.Context(), "wg0", LinkOptions{}); !errors.Is(err, want) {
			t.Errorf("Only(%+v).CreateDevice(wg0) = %v, want %v", only, err, want)
		}
	}
}

// TestOnlyClose checks that closing a view does nothing, and that closing the
// Client closes its views.
func TestOnlyClose(t *testing.T) {
	t.Parallel()
	c, k, _ := clientWith([]*fakeDevice{{name: "wg0"}}, nil)
	view := c.Only(wgtypes.DeviceRef{Kind: wgtypes.KindKernel})
	if err := view.Close(); err != nil || k.closed != 0 {
		t.Errorf("Close of the view = %v and closed the backend %d times, want nil and 0", err, k.closed)
	}
	if _, err := view.Device(t.Context(), "wg0"); err != nil {
		t.Errorf("Device(wg0) = %v after Close of the view, want nil", err)
	}
	_ = c.Close()
	if _, err := view.Device(t.Context(), "wg0"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Device(wg0) = %v after Close of the Client, want net.ErrClosed", err)
	}
}

// TestOnlyWatch checks that a view watches only its devices.
func TestOnlyWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, u := newWorld(wgtypes.KindKernel, "wg0", "wg1"), newWorld(wgtypes.KindUserspace, "wg0")
		s := spectate(t, clientOf(k, u).Only(k.ref("wg1")), WatchOptions{})
		s.saw(t, "device-added wg1", "peer-added wg1 10", "ready")
		k.announce(func() { k.devices["wg1"] = &wgtypes.Device{Name: "wg1", Index: 30} })
		s.saw(t, "device-removed wg1")
		s.end()
	})
}

// TestKernelNames checks that names which only Linux interfaces can have reach the
// kernel's backend and no other one.
func TestKernelNames(t *testing.T) {
	t.Parallel()
	const name = "a\\b\x1b"
	c, _, u := clientWith([]*fakeDevice{{name: name}}, []*fakeDevice{{name: name}, {name: "a\\c"}})
	if _, err := c.Device(t.Context(), name); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Device(%q) without Linux's links = %v, want fs.ErrInvalid", name, err)
	}
	c.links = []kernelLinks{{&fakeLinks{}, wgtypes.KindKernel}}
	if d, err := c.Device(t.Context(), name); err != nil || d.Name != name || d.Kind != wgtypes.KindKernel {
		t.Errorf("Device(%q) = %v, %v, want the kernel device", name, d, err)
	}
	if _, err := c.Device(t.Context(), "a\\c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Device of a userspace device with an invalid name = %v, want fs.ErrNotExist", err)
	}
	if n := u.devices[0].reads + u.devices[1].reads; n != 0 {
		t.Errorf("userspace devices were read %d times, want 0", n)
	}
	if err := c.DeleteDevice(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("DeleteDevice(%q) = %v, want the error of the links, fs.ErrNotExist", name, err)
	}
	for _, invalid := range []string{"", "a/b", "a\x00b", "long\\name\\of\\many"} {
		for what, err := range map[string]error{
			"Device": second(c.Device(t.Context(), invalid)), "DeleteDevice": c.DeleteDevice(t.Context(), invalid),
			"Watch": first(c.Watch(t.Context(), WatchOptions{Devices: []string{invalid}})),
		} {
			if !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%s(%q) = %v, want fs.ErrInvalid", what, invalid, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// first returns the error of the first element of a watch.
func first(events iter.Seq2[wgtypes.Event, error]) (err error) {
	for _, err = range events {
		break
	}
	return err
}
