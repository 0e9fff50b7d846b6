package wgctrl

import (
	"errors"
	"io/fs"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wgkernel"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestLinkInvalid checks that invalid arguments reach no backend.
func TestLinkInvalid(t *testing.T) {
	t.Parallel()
	c, _, _ := clientWith(nil, nil)
	ctx := t.Context()
	tooLarge := int64(math.MaxInt32) + 1 // negative where int has 32 bits
	for name, err := range map[string]error{
		"negative MTU":        c.CreateDevice(ctx, "wg0", LinkOptions{MTU: -1}),
		"large MTU":           c.SetLink(ctx, "wg0", LinkChange{MTU: new(int(tooLarge))}),
		"large new MTU":       c.CreateDevice(ctx, "wg0", LinkOptions{MTU: int(tooLarge)}),
		"other negative MTU":  c.SetLink(ctx, "wg0", LinkChange{MTU: new(-1)}),
		"reserved descriptor": c.CreateDevice(ctx, "wg0", LinkOptions{NetNS: new(math.MinInt32)}),
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
		c.links = []kernelLinks{{links, wgtypes.KindKernel}}
		if err := c.CreateDevice(t.Context(), "wg0", test.options); err != nil || links.created != test.want {
			t.Errorf("%s: CreateDevice(wg0) = %v and creates %+v, want %+v", name, err, links.created, test.want)
		}
	}
}

// TestSetLink checks that SetLink passes on what to change, and no more.
func TestSetLink(t *testing.T) {
	t.Parallel()
	for _, want := range []LinkChange{{}, {MTU: new(1280)}, {Up: new(false)}, {MTU: new(math.MaxInt32), Up: new(true)}, {MTU: new(0)}} {
		links := &fakeLinks{index: 7}
		c := clientOf()
		c.links = []kernelLinks{{links, wgtypes.KindKernel}}
		if err := c.SetLink(t.Context(), "wg0", want); err != nil || links.mtu != want.MTU || links.up != want.Up {
			t.Errorf("SetLink(wg0, %+v) = %v and changes %v and %v, want only these", want, err, links.mtu, links.up)
		}
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	c := clientOf()
	c.links = []kernelLinks{{&fakeLinks{index: 7}, wgtypes.KindKernel}}
	want := Link{Index: 7, MTU: 1420, Up: true}
	if got, err := c.Link(t.Context(), "wg0"); err != nil || got != want {
		t.Errorf("Link(wg0) = %+v, %v, want %+v", got, err, want)
	}
	want2 := `wgctrl: link "wg1" (kernel): no such link`
	if got, err := c.Link(t.Context(), "wg1"); got != (Link{}) || !errors.Is(err, fs.ErrNotExist) || err.Error() != want2 {
		t.Errorf("Link(wg1) = %+v, %v, want %s", got, err, want2)
	}
}

// TestNoLinks checks the error of a Client whose kernel backend cannot use links, as on
// Windows, and of one that has no kernel backend.
func TestNoLinks(t *testing.T) {
	t.Parallel()
	c, _, _ := clientWith(nil, nil)
	c.links = nil
	userspace := c.Only(wgtypes.DeviceRef{Kind: wgtypes.KindUserspace})
	for want, c := range map[string]*Client{
		"network interfaces of kernel devices: not supported on " + runtime.GOOS: c,
		"this client has no backend for kernel devices":                          userspace,
	} {
		if !wgkernel.Supported {
			want = "kernel devices are not supported on " + runtime.GOOS
		}
		err := c.CreateDevice(t.Context(), "wg0", LinkOptions{})
		if !errors.Is(err, errors.ErrUnsupported) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("CreateDevice() = %v, want errors.ErrUnsupported and %q", err, want)
		}
	}
}
