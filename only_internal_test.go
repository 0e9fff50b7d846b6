package wgctrl

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// operations are all methods that take the name of a device.
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

// fakeLinks has one link, wg0, with an index.
type fakeLinks struct {
	index   int
	created createdLink
}

func (l *fakeLinks) Link(_ context.Context, name string, index int) (wginternal.Link, error) {
	if name != "wg0" || index != 0 && index != l.index {
		return wginternal.Link{}, wginternal.Tag(fs.ErrNotExist, errors.New("no such link"))
	}
	return wginternal.Link{Index: l.index, MTU: 1420, Up: true}, nil
}

func (l *fakeLinks) Create(_ context.Context, _ string, mtu int, up bool, netNS int) error {
	l.created = createdLink{mtu, up, netNS}
	return nil
}

func (l *fakeLinks) SetLink(ctx context.Context, name string, index int, _ *int, _ *bool) error {
	_, err := l.Link(ctx, name, index)
	return err
}

func (l *fakeLinks) Delete(ctx context.Context, name string, index int) error {
	_, err := l.Link(ctx, name, index)
	return err
}

// TestOnly: a view reaches exactly the devices that match, with every method.
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
			c.links = &fakeLinks{index: 7}
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

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestOnlyCreates: a view can create the devices that it would contain.
func TestOnlyCreates(t *testing.T) {
	t.Parallel()
	c := clientOf()
	c.links = &fakeLinks{}
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

// TestOnlyClose: closing a view does nothing; closing the Client closes its views.
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

// TestOnlyWatch: a view watches its devices only.
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
