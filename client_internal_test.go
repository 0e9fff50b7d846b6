package wgctrl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeBackend has devices by name, each with the error of opening, reading or
// configuring it.
type fakeBackend struct {
	kind     wgtypes.Kind
	can      wginternal.Capabilities
	listErr  error
	listHang bool // List waits until the context ends
	closed   int

	mu      sync.Mutex
	devices []*fakeDevice
}

type fakeDevice struct {
	kind          wgtypes.Kind
	name          string
	index         int
	openErr       error
	vanishes      bool          // when it is opened
	renamed       string        // when it is opened
	hang          bool          // Read waits until the context ends
	block         chan struct{} // Read waits until this is closed
	readErrs      []error       // of one reading after the other
	confErr       error
	configured    []wgtypes.Config
	reads, opened int
}

func (b *fakeBackend) Kind() wgtypes.Kind { return b.kind }

func (b *fakeBackend) Capabilities() wginternal.Capabilities { return b.can }

func (b *fakeBackend) List(ctx context.Context) (refs []wgtypes.DeviceRef, err error) {
	if b.listHang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.devices {
		refs = append(refs, d.Ref())
	}
	return refs, b.listErr
}

func (b *fakeBackend) Open(_ context.Context, name string) (wginternal.Device, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.devices, func(d *fakeDevice) bool { return d.name == name })
	if i < 0 {
		return nil, wginternal.Tag(fs.ErrNotExist, errors.New("not in "+b.kind.String()))
	}
	d := b.devices[i]
	switch {
	case d.vanishes:
		b.devices = slices.Delete(b.devices, i, i+1)
		return nil, wginternal.Tag(fs.ErrNotExist, syscall.ENODEV)
	case d.renamed != "":
		d.name, d.renamed = d.renamed, ""
		return nil, wginternal.Tag(fs.ErrNotExist, syscall.ENODEV)
	case d.openErr != nil:
		return nil, d.openErr
	}
	d.opened++
	return d, nil
}

func (b *fakeBackend) Close() error { b.closed++; return errors.New("closing " + b.kind.String()) }

func (d *fakeDevice) Ref() wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.name, Kind: d.kind, Index: d.index}
}
func (d *fakeDevice) Close() error { d.opened--; return nil }

func (d *fakeDevice) Configure(_ context.Context, c wgtypes.Config, progress wginternal.Progress) error {
	if progress != nil {
		progress(3, 4)
	}
	d.configured = append(d.configured, c)
	return d.confErr
}

func (d *fakeDevice) Read(ctx context.Context) (wginternal.Reader, error) {
	d.reads++
	if d.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if d.block != nil {
		<-d.block
	}
	if d.reads <= len(d.readErrs) {
		return &fakeReader{d, 1, d.readErrs[d.reads-1]}, nil
	}
	return &fakeReader{d, 2, io.EOF}, nil
}

// fakeReader gives so many peers, and then an error.
type fakeReader struct {
	d     *fakeDevice
	peers int
	end   error
}

func (r *fakeReader) Device() *wgtypes.Device {
	return &wgtypes.Device{Name: r.d.name, Kind: r.d.kind}
}
func (r *fakeReader) Close() error { return nil }
func (r *fakeReader) Next(p *wgtypes.Peer) error {
	if r.peers--; r.peers >= 0 {
		p.PublicKey = wgtypes.PublicKey{100 + byte(r.peers)}
		return nil
	}
	return r.end
}

func (r *fakeReader) Rest(progress wginternal.Progress) ([]wgtypes.Peer, error) {
	return wginternal.Collect(r.Next, progress)
}

func clientWith(kernel, user []*fakeDevice) (*Client, *fakeBackend, *fakeBackend) {
	k := &fakeBackend{kind: wgtypes.KindKernel, devices: kernel}
	u := &fakeBackend{kind: wgtypes.KindUserspace, devices: user}
	for _, b := range []*fakeBackend{k, u} {
		b.can = wginternal.Capabilities{FirewallMark: true, UpdateOnly: true}
		for _, d := range b.devices {
			d.kind = b.kind
		}
	}
	return clientOf(k, u), k, u
}

// TestRouting: the first backend that has the device gets the request, and no
// backend's trouble hides the others'.
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
		"in both":                   {kernel: wg0(), user: wg0(), kind: wgtypes.KindKernel},
		"in the second":             {user: wg0(), kind: wgtypes.KindUserspace},
		"the first refuses":         {kernel: failing(syscall.EPERM), user: wg0(), kind: wgtypes.KindUserspace},
		"the first has another":     {kernel: failing(other), user: wg0(), kind: wgtypes.KindUserspace},
		"in none":                   {want: fs.ErrNotExist, text: "not in kernel; not in userspace"},
		"refused, and in no other":  {kernel: failing(syscall.EPERM), want: fs.ErrPermission},
		"another, and in no other":  {kernel: failing(other), want: ErrNotWireGuard, text: "a bridge"},
		"both in trouble, the one":  {kernel: failing(syscall.EPERM), user: failing(syscall.EBUSY), want: fs.ErrPermission},
		"both in trouble, the next": {kernel: failing(syscall.EPERM), user: failing(syscall.EBUSY), want: syscall.EBUSY},
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

// TestObstacles: an error names the backend that made it, or each of several.
func TestObstacles(t *testing.T) {
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

// names returns the kinds and names of devices.
func names(devices []*wgtypes.Device) (names []string) {
	for _, d := range devices {
		names = append(names, d.Kind.String()+" "+d.Name)
	}
	return names
}

// TestDevices: what can be read is returned in the order of List, what vanished
// is left out, and the rest is reported.
func TestDevices(t *testing.T) {
	t.Parallel()
	c, _, u := clientWith(
		[]*fakeDevice{{name: "wg0", openErr: syscall.EPERM}, {name: "wg1", vanishes: true}, {name: "wg2", vanishes: true}},
		[]*fakeDevice{{name: "wg0"}, {name: "wg3"}},
	)
	u.listErr = syscall.EIO
	devices, err := c.Devices(t.Context())
	if got, want := names(devices), []string{"userspace wg0", "userspace wg3"}; !slices.Equal(got, want) {
		t.Errorf("Devices() = %q, want %q", got, want)
	}
	if !errors.Is(err, fs.ErrPermission) || !errors.Is(err, syscall.EIO) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Devices() = %v, want fs.ErrPermission and EIO only", err)
	}
}

// TestDevicesMissing: only a device that List does not find any more is left
// out. A daemon that answers ENOENT is an error, a renamed device is read.
func TestDevicesMissing(t *testing.T) {
	t.Parallel()
	c, _, u := clientWith(
		[]*fakeDevice{{name: "wg0", index: 7, renamed: "new0"}},
		[]*fakeDevice{{name: "wg1", readErrs: []error{syscall.ENOENT, syscall.ENOENT}}},
	)
	devices, err := c.Devices(t.Context())
	if got, want := names(devices), []string{"kernel new0"}; !slices.Equal(got, want) {
		t.Errorf("Devices() = %q, want %q", got, want)
	}
	want := `wgctrl: read "wg1" (userspace): ` + syscall.ENOENT.Error()
	if !errors.Is(err, syscall.ENOENT) || err.Error() != want {
		t.Errorf("Devices() = %v, want %s", err, want)
	}
	// Nor is a device left out if nobody can tell whether it still exists.
	u.devices, u.listErr = []*fakeDevice{{name: "wg1", kind: wgtypes.KindUserspace, vanishes: true}}, syscall.EIO
	if _, err := c.Devices(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Devices() = %v, want fs.ErrNotExist", err)
	}
}

// TestDevicesHang: a device or a backend that does not answer costs nothing else.
func TestDevicesHang(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, k, _ := clientWith(nil, []*fakeDevice{{name: "wg0"}, {name: "wg1", hang: true}, {name: "wg2"}})
		k.listHang = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		devices, err := c.Devices(ctx)
		if got, want := names(devices), []string{"userspace wg0", "userspace wg2"}; !slices.Equal(got, want) {
			t.Errorf("Devices() = %q, want %q", got, want)
		}
		want := "wgctrl: list (kernel): context deadline exceeded\n" +
			`wgctrl: read "wg1" (userspace): context deadline exceeded`
		if !errors.Is(err, context.DeadlineExceeded) || err.Error() != want {
			t.Errorf("Devices() = %v, want %s", err, want)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("Devices() took %v, want 1s", took)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		refs, err := c.List(ctx)
		if len(refs) != 3 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("List() = %v, %v, want 3 devices and context.DeadlineExceeded", refs, err)
		}
	})
}

// TestDevicesConcurrently: so many devices are read at a time.
func TestDevicesConcurrently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		var user []*fakeDevice
		for i := range 3 * maxReads {
			user = append(user, &fakeDevice{name: fmt.Sprintf("wg%d", i), block: block})
		}
		c, _, _ := clientWith(nil, user)
		go func() {
			synctest.Wait()
			reading := 0
			for _, d := range user {
				reading += d.reads
			}
			if reading != maxReads {
				t.Errorf("%d devices are being read, want %d", reading, maxReads)
			}
			close(block)
		}()
		devices, err := c.Devices(t.Context())
		if err != nil || len(devices) != len(user) {
			t.Fatalf("Devices() = %d devices, %v, want %d", len(devices), err, len(user))
		}
		for i, d := range devices {
			if d.Name != user[i].name {
				t.Errorf("device %d is %s, want %s", i, d.Name, user[i].name)
			}
		}
	})
}

func TestReadAgain(t *testing.T) {
	t.Parallel()
	d := &fakeDevice{name: "wg0", readErrs: []error{ErrInterrupted, ErrInterrupted}}
	c, _, _ := clientWith([]*fakeDevice{d}, nil)
	if dev, err := c.Device(t.Context(), "wg0"); err != nil || len(dev.Peers) != 2 || d.reads != 3 {
		t.Errorf("Device(wg0) = %v, %v after %d readings, want 2 peers after 3", dev, err, d.reads)
	}
	d.readErrs = slices.Repeat([]error{ErrInterrupted}, 1000)
	if dev, err := c.Device(t.Context(), "wg0"); dev != nil || !errors.Is(err, ErrInterrupted) || d.reads > 100 {
		t.Errorf("Device(wg0) = %v, %v after %d readings, want ErrInterrupted after at most 100", dev, err, d.reads)
	}
}

// TestStreamDevice: a second loop continues where the first one ended, and an
// error is the last thing that it yields.
func TestStreamDevice(t *testing.T) {
	t.Parallel()
	d := &fakeDevice{name: "wg0", readErrs: []error{ErrInterrupted}}
	c, _, _ := clientWith([]*fakeDevice{d}, nil)
	s, err := c.StreamDevice(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	for range s.Peers() {
		break
	}
	var got []error
	for range 2 {
		for _, err := range s.Peers() {
			got = append(got, err)
		}
	}
	if len(got) != 1 || !errors.Is(got[0], ErrInterrupted) {
		t.Errorf("after a peer, Peers() yields the errors %v, want ErrInterrupted", got)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Errorf("Close() = %v, want nil both times", err)
	}
}

// TestConfigureChecksFirst: what is invalid reaches no backend, and what is
// valid reaches it in its normal form.
func TestConfigureChecksFirst(t *testing.T) {
	t.Parallel()
	d := &fakeDevice{name: "wg0"}
	c, _, _ := clientWith([]*fakeDevice{d}, nil)
	bad := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{7}, PersistentKeepalive: new(-time.Second)}}}
	err := c.ConfigureDevice(t.Context(), "wg0", bad)
	var field *wgtypes.FieldError
	if !errors.As(err, &field) || !errors.Is(err, fs.ErrInvalid) || len(d.configured) != 0 {
		t.Errorf("ConfigureDevice(wg0) = %v and sends %d times, want a FieldError and not to send", err, len(d.configured))
	}
	for _, want := range []string{`"wg0"`, "PersistentKeepalive", wgtypes.PublicKey{7}.String()} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	key := wgtypes.NewPrivateKey([32]byte{0xff})
	if err := c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{PrivateKey: &key}); err != nil {
		t.Fatal(err)
	}
	if got := d.configured[0].PrivateKey; !got.Equal(key.Clamped()) {
		t.Errorf("ConfigureDevice(wg0) sends a key that is not clamped, want a clamped one")
	}
}

func TestPartialError(t *testing.T) {
	t.Parallel()
	d := &fakeDevice{name: "wg0", confErr: &wginternal.PartialError{Unknown: wgtypes.Config{ReplacePeers: true}, Err: syscall.ENOMEM}}
	c, _, _ := clientWith(nil, []*fakeDevice{d})
	err := c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{})
	var partial *PartialError
	if !errors.As(err, &partial) || !partial.Unknown.ReplacePeers || !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("ConfigureDevice(wg0) = %v, want a PartialError that wraps ENOMEM", err)
	}
	if want := `wgctrl: configure "wg0" (userspace): ` + syscall.ENOMEM.Error(); err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

// TestClosed: every backend is closed though the first fails, once, and then
// nothing works.
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

// TestProgress: each operation reports its name, its device and its peers, and no
// two reports are made at the same time.
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

// TestLinkInvalid: what is invalid reaches no backend.
func TestLinkInvalid(t *testing.T) {
	t.Parallel()
	c, _, _ := clientWith(nil, nil)
	ctx := t.Context()
	tooLarge := int64(math.MaxInt32) + 1 // negative where int has 32 bits
	for name, err := range map[string]error{
		"negative MTU":        c.CreateDevice(ctx, "wg0", LinkOptions{MTU: -1}),
		"large MTU":           c.SetLink(ctx, "wg0", LinkChange{MTU: new(int(tooLarge))}),
		"negative descriptor": c.CreateDevice(ctx, "wg0", LinkOptions{NetNS: new(-1)}),
		"long name":           c.DeleteDevice(ctx, strings.Repeat("x", 16)),
	} {
		if !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %v, want fs.ErrInvalid", name, err)
		}
	}
	if err := c.DeleteDevice(ctx, "wg0"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("DeleteDevice(wg0) without a kernel backend = %v, want errors.ErrUnsupported", err)
	}
}

// createdLink is what a fakeLinks was asked to create.
type createdLink struct {
	mtu   int
	up    bool
	netNS int
}

func TestCreateDevice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options LinkOptions
		want    createdLink
	}{
		"default":      {LinkOptions{}, createdLink{netNS: -1}},
		"descriptor 0": {LinkOptions{NetNS: new(0), MTU: 1280, Up: true}, createdLink{1280, true, 0}},
	} {
		links := new(fakeLinks)
		c := clientOf()
		c.links = links
		if err := c.CreateDevice(t.Context(), "wg0", test.options); err != nil || links.created != test.want {
			t.Errorf("%s: CreateDevice(wg0) = %v and creates %+v, want %+v", name, err, links.created, test.want)
		}
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	c := clientOf()
	c.links = &fakeLinks{index: 7}
	want := Link{Index: 7, MTU: 1420, Up: true}
	if got, err := c.Link(t.Context(), "wg0"); err != nil || got != want {
		t.Errorf("Link(wg0) = %+v, %v, want %+v", got, err, want)
	}
	want2 := `wgctrl: link "wg1" (kernel): no such link`
	if got, err := c.Link(t.Context(), "wg1"); got != (Link{}) || !errors.Is(err, fs.ErrNotExist) || err.Error() != want2 {
		t.Errorf("Link(wg1) = %+v, %v, want %s", got, err, want2)
	}
}
