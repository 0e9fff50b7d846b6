package wgctrl

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// backendOf returns a backend of that kind with devices.
func backendOf(kind wgtypes.Kind, devices ...*fakeDevice) *fakeBackend {
	b := &fakeBackend{kind: kind, devices: devices, can: wginternal.Capabilities{
		FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true, Amnezia: kind != wgtypes.KindKernel,
	}}
	for _, d := range devices {
		d.kind = kind
		if isKernel(kind) {
			d.index = 7
		}
	}
	return b
}

// TestAmneziaDevices checks that devices of each kind are found, in order, and that each
// of several devices with one name can be reached.
func TestAmneziaDevices(t *testing.T) {
	t.Parallel()
	devices := make(map[wgtypes.Kind]*fakeDevice)
	c := clientOf()
	for _, kind := range allKinds {
		devices[kind] = &fakeDevice{name: "wg0"}
		c.backends = append(c.backends, backendOf(kind, devices[kind]))
	}
	ctx := t.Context()
	refs, err := c.List(ctx)
	var kinds []wgtypes.Kind
	for _, ref := range refs {
		kinds = append(kinds, ref.Kind)
	}
	if err != nil || !slices.Equal(kinds, allKinds) {
		t.Errorf("List() = %v, %v, want one device of each of %v", refs, err, allKinds)
	}
	var want []string
	for _, kind := range allKinds {
		want = append(want, kind.String()+" wg0")
	}
	if all, err := c.Devices(ctx); err != nil || !slices.Equal(names(all), want) {
		t.Errorf("Devices() = %v, %v, want %v", names(all), err, want)
	}
	if d, err := c.Device(ctx, "wg0"); err != nil || d.Kind != wgtypes.KindKernel {
		t.Errorf("Device(wg0) = %v, %v, want the first one, of the kernel", d, err)
	}
	for _, ref := range refs {
		view := c.Only(ref)
		if d, err := view.Device(ctx, "wg0"); err != nil || d.Kind != ref.Kind {
			t.Errorf("Only(%v).Device(wg0) = %v, %v, want its kind", ref, d, err)
		}
		if err := view.ConfigureDevice(ctx, "wg0", wgtypes.Config{ReplacePeers: true}); err != nil || len(devices[ref.Kind].configured) != 1 {
			t.Errorf("Only(%v).ConfigureDevice(wg0) = %v and configures %v, want only this device", ref, err, devices[ref.Kind].configured)
		}
		if can, err := c.Capabilities(ref.Kind); err != nil || can.Amnezia != (ref.Kind != wgtypes.KindKernel) {
			t.Errorf("Capabilities(%v) = %+v, %v, want Amnezia for all kinds except the kernel's", ref.Kind, can, err)
		}
	}
}

// TestForeignLink checks that the error of a link has what the backend of its kind says,
// and that it is not repeated by the other one.
func TestForeignLink(t *testing.T) {
	t.Parallel()
	foreign := func(kind string) error { return fmt.Errorf("link %q is of kind %q: %w", "wg0", kind, ErrNotWireGuard) }
	absent := wginternal.Tag(fs.ErrNotExist, errors.New(`no link "wg0"`))
	const notWireGuard = `link "wg0" is of kind "bridge": not a WireGuard device`
	denied := syscall.EPERM.Error()
	for name, test := range map[string]struct {
		kernel, amnezia, user error
		want                  string
	}{
		"missing":            {absent, absent, nil, `wgctrl: read "wg0": no such device: no link "wg0"; not in userspace`},
		"a bridge":           {foreign("bridge"), foreign("bridge"), nil, `wgctrl: read "wg0" (kernel): ` + notWireGuard},
		"an AmneziaWG link":  {foreign("amneziawg"), syscall.EPERM, nil, `wgctrl: read "wg0" (amneziawg-kernel): ` + denied},
		"a WireGuard link":   {syscall.EPERM, foreign("wireguard"), nil, `wgctrl: read "wg0" (kernel): ` + denied},
		"without the module": {foreign("bridge"), absent, nil, `wgctrl: read "wg0" (kernel): ` + notWireGuard},
		"with a daemon": {foreign("tun"), foreign("tun"), syscall.EBUSY,
			`wgctrl: read "wg0": kernel: link "wg0" is of kind "tun": not a WireGuard device; userspace: ` + syscall.EBUSY.Error()},
		"both fail": {syscall.EPERM, syscall.EPERM, nil, `wgctrl: read "wg0": kernel and amneziawg-kernel: ` + denied},
	} {
		u := backendOf(wgtypes.KindUserspace)
		if test.user != nil {
			u.devices = []*fakeDevice{{name: "wg0", openErr: test.user}}
		}
		c := clientOf(
			backendOf(wgtypes.KindKernel, &fakeDevice{name: "wg0", openErr: test.kernel}),
			backendOf(wgtypes.KindAmneziaKernel, &fakeDevice{name: "wg0", openErr: test.amnezia}), u)
		if _, err := c.Device(t.Context(), "wg0"); err == nil || err.Error() != test.want {
			t.Errorf("%s: Device(wg0) = %v, want %s", name, err, test.want)
		}
	}
}

// clientWithLinks returns a Client with the links wg0 of WireGuard and awg0 of AmneziaWG.
func clientWithLinks() (c *Client, kernel, amnezia *fakeLinks) {
	foreign := fmt.Errorf("a foreign link: %w", ErrNotWireGuard)
	kernel, amnezia = &fakeLinks{index: 7, foreign: foreign}, &fakeLinks{name: "awg0", index: 8, foreign: foreign}
	c = clientOf(backendOf(wgtypes.KindKernel), backendOf(wgtypes.KindAmneziaKernel))
	c.links = []kernelLinks{{kernel, wgtypes.KindKernel}, {amnezia, wgtypes.KindAmneziaKernel}}
	return c, kernel, amnezia
}

// TestAmneziaLinks checks that Link, SetLink and DeleteDevice find the links of both
// modules, and the errors of other links.
func TestAmneziaLinks(t *testing.T) {
	t.Parallel()
	c, kernel, amnezia := clientWithLinks()
	ctx := t.Context()
	for name, index := range map[string]int{"wg0": 7, "awg0": 8} {
		if link, err := c.Link(ctx, name); err != nil || link.Index != index {
			t.Errorf("Link(%q) = %+v, %v, want the index %d", name, link, err, index)
		}
	}
	if err := c.SetLink(ctx, "awg0", LinkChange{MTU: new(1280)}); err != nil || amnezia.mtu == nil {
		t.Errorf("SetLink(awg0) = %v and sets the MTU %v, want nil and 1280", err, amnezia.mtu)
	}
	amnezia.setErr = syscall.EPERM
	for _, test := range []struct {
		c    *Client
		name string
		want string
	}{
		{c, "br0", `wgctrl: set link "br0" (amneziawg-kernel): ` + syscall.EPERM.Error()},
		{c.Only(wgtypes.DeviceRef{Kind: wgtypes.KindKernel}), "awg0", `wgctrl: set link "awg0" (kernel): a foreign link: not a WireGuard device`},
		{c.Only(wgtypes.DeviceRef{Name: "wg0"}), "awg0", `wgctrl: set link "awg0" (kernel): "awg0" is not in this view, which contains only "wg0"`},
	} {
		if err := test.c.SetLink(ctx, test.name, LinkChange{}); err == nil || err.Error() != test.want {
			t.Errorf("SetLink(%q) = %v, want %s", test.name, err, test.want)
		}
	}
	want := `wgctrl: link "br0" (kernel): a foreign link: not a WireGuard device`
	if _, err := c.Link(ctx, "br0"); !errors.Is(err, ErrNotWireGuard) || err.Error() != want {
		t.Errorf("Link(br0) = %v, want %s", err, want)
	}
	kernel.foreign, amnezia.foreign = nil, nil
	want = `wgctrl: delete "wg9" (kernel): no such link`
	if err := c.DeleteDevice(ctx, "wg9"); !errors.Is(err, fs.ErrNotExist) || err.Error() != want {
		t.Errorf("DeleteDevice(wg9) = %v, want %s", err, want)
	}
	if err := c.Only(wgtypes.DeviceRef{Name: "awg0", Index: 9}).DeleteDevice(ctx, "awg0"); !errors.Is(err, fs.ErrNotExist) || amnezia.deleted {
		t.Errorf("DeleteDevice(awg0) in a view of another index = %v, want fs.ErrNotExist", err)
	}
	if err := c.DeleteDevice(ctx, "awg0"); err != nil || !amnezia.deleted || kernel.deleted {
		t.Errorf("DeleteDevice(awg0) = %v, want that only this link is deleted", err)
	}
}

// TestAmneziaCreates checks which module creates a link, and that the other one does not
// create it if the first one fails.
func TestAmneziaCreates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		only   wgtypes.Kind
		newErr error
		want   error
		text   string
	}{
		"WireGuard": {},
		"AmneziaWG": {only: wgtypes.KindAmneziaKernel},
		"missing":   {newErr: fs.ErrNotExist, want: fs.ErrNotExist, text: `wgctrl: create "wg1" (kernel): `},
		"refused":   {newErr: syscall.EPERM, want: fs.ErrPermission, text: `wgctrl: create "wg1" (kernel): `},
		"AmneziaWG refused": {only: wgtypes.KindAmneziaKernel, newErr: syscall.EPERM, want: fs.ErrPermission,
			text: `wgctrl: create "wg1" (amneziawg-kernel): `},
		"userspace": {only: wgtypes.KindUserspace, want: errors.ErrUnsupported, text: `wgctrl: create "wg1" (kernel): `},
	} {
		c, kernel, amnezia := clientWithLinks()
		kernel.newErr, amnezia.newErr = test.newErr, test.newErr
		if test.only != 0 {
			c = c.Only(wgtypes.DeviceRef{Kind: test.only})
		}
		err := c.CreateDevice(t.Context(), "wg1", LinkOptions{MTU: 1280})
		if !errors.Is(err, test.want) || err != nil && !strings.HasPrefix(err.Error(), test.text) {
			t.Errorf("%s: CreateDevice(wg1) = %v, want %v and %q", name, err, test.want, test.text)
		}
		if got, want := kernel.created.mtu != 0, test.only == 0; got != want {
			t.Errorf("%s: WireGuard created the link: %t, want %t", name, got, want)
		}
		if got, want := amnezia.created.mtu != 0, test.only == wgtypes.KindAmneziaKernel; got != want {
			t.Errorf("%s: AmneziaWG created the link: %t, want %t", name, got, want)
		}
	}
}

// TestAmneziaUnsupported checks that a device which cannot be one of AmneziaWG gets
// nothing if a change sets a parameter, and that it ignores the defaults.
func TestAmneziaUnsupported(t *testing.T) {
	t.Parallel()
	defaults := wginternal.AmneziaConfigOf(new(wgtypes.DefaultAmnezia()))
	keepalive := func(hi time.Duration) wgtypes.Config {
		return wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}, PersistentKeepalive: new(22 * time.Second), PersistentKeepaliveMax: hi}}}
	}
	port := new(uint16(7))
	for name, test := range map[string]struct {
		config wgtypes.Config
		want   string // of the error
	}{
		"a parameter":         {wgtypes.Config{ListenPort: port, Amnezia: &wgtypes.AmneziaConfig{Jmin: new(uint16(0)), Jmax: new(uint16(9))}}, "Amnezia.Jmax"},
		"a range":             {wgtypes.Config{ListenPort: port, Amnezia: &wgtypes.AmneziaConfig{H1: &wgtypes.Range{Lo: 1, Hi: 9}}}, "Amnezia.H1"},
		"a key":               {wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{HeaderProtectionKey: new(wgtypes.NewHeaderProtectionKey([32]byte{1}))}}, "Amnezia.HeaderProtectionKey"},
		"a keepalive range":   {keepalive(30 * time.Second), "peer 0 (" + wgtypes.PublicKey{1}.String() + "): PersistentKeepaliveMax"},
		"the defaults":        {wgtypes.Config{ListenPort: port, Amnezia: &defaults}, ""},
		"nothing":             {wgtypes.Config{ListenPort: port, Amnezia: new(wgtypes.AmneziaConfig)}, ""},
		"one keepalive":       {keepalive(22 * time.Second), ""},
		"a removed keepalive": {wgtypes.Config{ListenPort: port, Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{100}, Remove: true, PersistentKeepaliveMax: 9}}}, ""},
	} {
		d := &fakeDevice{name: "wg0"}
		c := clientOf(backendOf(wgtypes.KindKernel, d))
		_, syncErr := c.SyncDevice(t.Context(), "wg0", test.config, SyncOptions{})
		_, dryErr := c.SyncDevice(t.Context(), "wg0", test.config, SyncOptions{DryRun: true})
		for call, err := range map[string]error{
			"ConfigureDevice": c.ConfigureDevice(t.Context(), "wg0", test.config), "SyncDevice": syncErr, "SyncDevice with DryRun": dryErr,
		} {
			switch {
			case test.want == "" && err != nil:
				t.Errorf("%s: %s() = %v, want nil", name, call, err)
			case test.want != "" && (!errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), test.want+": not supported by kernel devices")):
				t.Errorf("%s: %s() = %v, want errors.ErrUnsupported for %s", name, call, err, test.want)
			}
		}
		if want := 2 * btoi(test.want == ""); len(d.configured) != want {
			t.Errorf("%s: the device got %v, want %d changes", name, d.configured, want)
		}
		for _, got := range d.configured {
			if got.Amnezia != nil || len(got.Peers) > 0 && got.Peers[0].PersistentKeepaliveMax != 0 {
				t.Errorf("%s: the device got %v, want nothing of AmneziaWG", name, got)
			}
		}
	}
	d := &fakeDevice{name: "wg0"}
	c := clientOf(backendOf(wgtypes.KindAmneziaKernel, d))
	if err := c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{Amnezia: &defaults}); err != nil || len(d.configured) != 1 || d.configured[0].Amnezia != &defaults {
		t.Errorf("ConfigureDevice() of an AmneziaWG device = %v and sends %v, want the parameters", err, d.configured)
	}
}

// TestAmneziaWatch checks that Watch reports devices of both kernel kinds, also with the
// same name, and which parameters changed.
// TestAmneziaDryRun checks that a dry run refuses what the device would not accept with
// the parameters that it has.
func TestAmneziaDryRun(t *testing.T) {
	t.Parallel()
	has := wgtypes.DefaultAmnezia()
	has.Jmin, has.Jmax = 8, 80
	d := &fakeDevice{name: "awg0", amnezia: &has}
	c := clientOf(backendOf(wgtypes.KindAmneziaKernel, d))
	for jmin, valid := range map[uint16]bool{80: true, 81: false} {
		config := wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{Jmin: &jmin}}
		_, err := c.SyncDevice(t.Context(), "awg0", config, SyncOptions{DryRun: true})
		if valid != (err == nil) || !valid && !strings.Contains(err.Error(), "Amnezia.Jmin: ") {
			t.Errorf("SyncDevice() with Jmin = %d and DryRun = %v, want an error about Jmin: %t", jmin, err, !valid)
		}
	}
}

func TestAmneziaWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, a := newWorld(wgtypes.KindKernel, "wg0"), newWorld(wgtypes.KindAmneziaUserspace, "wg0")
		a.devices["wg0"].Amnezia = new(wgtypes.DefaultAmnezia())
		var events []wgtypes.Event
		for e, err := range clientOf(k, a).Watch(t.Context(), WatchOptions{}) {
			if err != nil {
				t.Fatalf("Watch() = %v, want no error", err)
			}
			events = append(events, e)
			if e.Kind == wgtypes.EventReady {
				a.do(func() {
					changed := a.devices["wg0"].Clone()
					changed.Amnezia.Jc, changed.Amnezia.HeaderProtectionKey = 4, wgtypes.NewHeaderProtectionKey([32]byte{1})
					a.devices["wg0"] = changed
				})
			}
			if e.Kind == wgtypes.EventDeviceChanged {
				break
			}
		}
		added := make(map[wgtypes.Kind]int)
		for _, e := range events {
			if e.Kind == wgtypes.EventDeviceAdded {
				added[e.Device.Kind]++
			}
		}
		if added[wgtypes.KindKernel] != 1 || added[wgtypes.KindAmneziaUserspace] != 1 {
			t.Errorf("Watch() adds %v, want one device of each kind", added)
		}
		last := events[len(events)-1]
		if last.Device.Kind != wgtypes.KindAmneziaUserspace || !slices.Equal(last.Changed, []wgtypes.Field{wgtypes.FieldAmnezia}) ||
			last.NewDevice.Amnezia.Jc != 4 || !last.NewDevice.Amnezia.HeaderProtectionKey.IsZero() {
			t.Errorf("last event = %+v, want the new parameters without the key", last)
		}
	})
}

// TestAmneziaCostsNothing checks that a Client with backends for AmneziaWG reads and
// changes a WireGuard device of the kernel with the same allocations as without them.
func TestAmneziaCostsNothing(t *testing.T) {
	kernel := backendOf(wgtypes.KindKernel, &fakeDevice{name: "wg0"})
	plain := clientOf(kernel)
	all := clientOf(kernel, backendOf(wgtypes.KindAmneziaKernel), backendOf(wgtypes.KindUserspace), backendOf(wgtypes.KindAmneziaUserspace))
	ctx := t.Context()
	change := wgtypes.Config{ListenPort: new(uint16(7)), Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
	for name, do := range map[string]func(c *Client) error{
		"Device":     func(c *Client) error { return second(c.Device(ctx, "wg0")) },
		"SyncDevice": func(c *Client) error { return second(c.SyncDevice(ctx, "wg0", change, SyncOptions{DryRun: true})) },
		"ConfigureDevice": func(c *Client) error {
			kernel.devices[0].configured = nil
			return c.ConfigureDevice(ctx, "wg0", change)
		},
	} {
		allocations := func(c *Client) float64 {
			return testing.AllocsPerRun(20, func() {
				if err := do(c); err != nil {
					t.Fatalf("%s(wg0) = %v, want nil", name, err)
				}
			})
		}
		if got, want := allocations(all), allocations(plain); got != want {
			t.Errorf("%s(wg0) allocates %v times with backends for AmneziaWG, want %v", name, got, want)
		}
	}
}
