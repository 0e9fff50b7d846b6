package bsd_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// systems are the calls of each system.
var systems = []bsd.LinkCalls{bsd.FreeBSD("freebsd"), bsd.FreeBSD("dragonfly"), bsd.OpenBSD(), bsd.NetBSD()}

// world is a fake system with the Links that use it.
type world struct {
	*kerneltest.Interfaces
	*bsd.Links
	steps *testutil.StepCounter
}

// errStep is the error of the ioctl that steps chose.
var errStep = errors.New("ioctl failed")

func newWorld(calls bsd.LinkCalls) world {
	w := world{Interfaces: kerneltest.NewInterfaces(calls, 8, nil, nil), steps: testutil.NewStepCounter()}
	w.Links = &bsd.Links{
		Calls: calls, Interfaces: w.Interfaces.List,
		Ioctl: func(request uint32, arg []byte, pointer int, data []byte) error {
			if w.steps.Step() {
				return errStep
			}
			handled, err := w.Interfaces.Ioctl(request, arg, pointer, data)
			if !handled {
				return fmt.Errorf("unexpected request %#x", request)
			}
			return err
		},
		Check: func(_ context.Context, name string) error {
			switch {
			case w.Interfaces.Index(name) == 0:
				return wginternal.Tag(fs.ErrNotExist, fmt.Errorf("no interface %q", name))
			case strings.HasPrefix(name, "em"):
				return wginternal.ErrNotWireGuard
			}
			return nil
		},
	}
	return w
}

// each runs a test with a world of each system.
func each(t *testing.T, test func(t *testing.T, w world)) {
	t.Parallel()
	for _, calls := range systems {
		t.Run(calls.System, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(calls))
		})
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	// The numbers are those of golang.org/x/sys/unix for amd64.
	for _, test := range []struct {
		calls bsd.LinkCalls
		want  bsd.LinkCalls
	}{
		{bsd.FreeBSD("freebsd"), bsd.LinkCalls{
			System: "freebsd", Module: "if_wg", IfreqLen: 32, Create: 0xc020697c, Destroy: 0x80206979, Rename: 0x80206928,
			GetMTU: 0xc0206933, SetMTU: 0x80206934, GetFlags: 0xc0206911, SetFlags: 0x80206910,
		}},
		{bsd.OpenBSD(), bsd.LinkCalls{
			System: "openbsd", IfreqLen: 32, Create: 0x8020697a, Destroy: 0x80206979,
			GetMTU: 0xc020697e, SetMTU: 0x8020697f, GetFlags: 0xc0206911, SetFlags: 0x80206910,
		}},
		{bsd.NetBSD(), bsd.LinkCalls{
			System: "netbsd", IfreqLen: 144, Create: 0x8090697a, Destroy: 0x80906979,
			GetMTU: 0xc090697e, SetMTU: 0x8090697f, GetFlags: 0xc0906911, SetFlags: 0x80906910,
		}},
	} {
		if test.calls != test.want {
			t.Errorf("calls of %s = %+v, want %+v", test.calls.System, test.calls, test.want)
		}
	}
	if got64, got32 := bsd.GroupRequest(8), bsd.GroupRequest(4); got64 != 0xc028698a || got32 != 0xc024698a {
		t.Errorf("GroupRequest(8), GroupRequest(4) = %#x, %#x, want 0xc028698a, 0xc024698a", got64, got32)
	}
}

func TestCreateAndDelete(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		if err := w.Create(ctx, "wg3", 1280, true, -1); err != nil {
			t.Fatalf(`Create("wg3") = %v, want nil`, err)
		}
		want := wginternal.Link{Index: 1, MTU: 1280, Up: true}
		if got, err := w.Link(ctx, "wg3", 1); err != nil || got != want {
			t.Errorf(`Link("wg3") = %+v, %v, want %+v`, got, err, want)
		}
		if err := w.Create(ctx, "wg3", 0, false, -1); !errors.Is(err, fs.ErrExist) {
			t.Errorf(`second Create("wg3") = %v, want fs.ErrExist`, err)
		}
		if err := w.SetLink(ctx, "wg3", 0, new(1400), new(false)); err != nil {
			t.Errorf(`SetLink("wg3") = %v, want nil`, err)
		}
		want = wginternal.Link{Index: 1, MTU: 1400}
		if got, err := w.Link(ctx, "wg3", 0); err != nil || got != want {
			t.Errorf(`Link("wg3") after SetLink = %+v, %v, want %+v`, got, err, want)
		}
		if err := w.Delete(ctx, "wg3", 1); err != nil {
			t.Errorf(`Delete("wg3") = %v, want nil`, err)
		}
		if names := w.Names(); len(names) != 0 {
			t.Errorf("interfaces after Delete = %q, want none", names)
		}
	})
}

// TestCreateNames checks which names a system accepts.
func TestCreateNames(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		renames := w.Calls.Rename != 0
		for name, valid := range map[string]bool{"wg0": true, "wg1234567890123": true, "home": renames, "wgx": renames, "wg01": renames, "wg": renames, "": false, "a/b": false, "name-of-16-bytes": false} {
			err := w.Create(t.Context(), name, 0, false, -1)
			field, invalid := errors.AsType[*wgtypes.FieldError](err)
			switch {
			case valid && err != nil:
				t.Errorf("Create(%q) = %v, want nil", name, err)
			case !valid && (!invalid || field.Field != "name"):
				t.Errorf("Create(%q) = %v, want a FieldError of the name", name, err)
			case slices.Contains(w.Names(), name) != valid:
				t.Errorf("interfaces after Create(%q) = %q, want the name among them: %t", name, w.Names(), valid)
			}
		}
	})
}

// TestCreateRemoves checks that a failed Create leaves no interface, whichever of its
// calls fails.
func TestCreateRemoves(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		names := []string{"wg7"}
		if w.Calls.Rename != 0 {
			names = append(names, "home")
		}
		for _, name := range names {
			for step := 0; ; step++ {
				w.steps.Arm(step, nil)
				err := w.Create(t.Context(), name, 1280, true, -1)
				if !w.steps.Reached() {
					break
				}
				if !errors.Is(err, errStep) || len(w.Names()) != 0 {
					t.Errorf("Create(%q) with step %d failing = %v and leaves %q, want %v and none", name, step, err, w.Names(), errStep)
				}
			}
			w.steps.Arm(-1, nil)
			if err := w.Delete(t.Context(), name, 0); err != nil {
				t.Errorf("Delete(%q) = %v, want nil", name, err)
			}
		}
	})
}

// TestCreateTaken checks that Create with a name of another interface removes only what
// it created.
func TestCreateTaken(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Add("em0", "egress")
		err := w.Create(t.Context(), "em0", 0, false, -1)
		if w.Calls.Rename == 0 {
			if !errors.Is(err, fs.ErrInvalid) {
				t.Errorf(`Create("em0") = %v, want fs.ErrInvalid`, err)
			}
		} else if !errors.Is(err, fs.ErrExist) {
			t.Errorf(`Create("em0") = %v, want fs.ErrExist`, err)
		}
		if got := w.Names(); !slices.Equal(got, []string{"em0"}) {
			t.Errorf("interfaces = %q, want only em0", got)
		}
	})
}

func TestCreateRefused(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.SetUnprivileged(true)
		if err := w.Create(t.Context(), "wg0", 0, false, -1); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Create without privilege = %v, want fs.ErrPermission", err)
		}
		w.SetUnprivileged(false)
		if err := w.Create(t.Context(), "wg0", 0, false, 3); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), w.Calls.System) {
			t.Errorf("Create in a namespace = %v, want errors.ErrUnsupported that names %s", err, w.Calls.System)
		}
		if err := w.Create(t.Context(), "wg0", 9001, false, -1); !errors.Is(err, fs.ErrInvalid) || !strings.Contains(err.Error(), "9001") {
			t.Errorf("Create with MTU 9001 = %v, want fs.ErrInvalid that names it", err)
		}
		w.RemoveModule()
		if err := w.Create(t.Context(), "wg0", 0, false, -1); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), w.Calls.Module) {
			t.Errorf("Create without the module = %v, want errors.ErrUnsupported that names %q", err, w.Calls.Module)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.Create(cancelled, "wg0", 0, false, -1); err != context.Canceled {
			t.Errorf("Create with a cancelled context = %v, want %v", err, context.Canceled)
		}
		if got := w.Names(); len(got) != 0 {
			t.Errorf("interfaces = %q, want none", got)
		}
	})
}

// TestForeign checks that only WireGuard devices, with the index that the caller wants,
// are read and changed.
func TestForeign(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Add("em0", "wg")
		w.Add("wg0", "wg")
		ctx := t.Context()
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		for name, call := range map[string]func(ctx context.Context, name string, index int) error{
			"Link": func(ctx context.Context, name string, index int) error {
				_, err := w.Link(ctx, name, index)
				return err
			},
			"SetLink": func(ctx context.Context, name string, index int) error {
				return w.SetLink(ctx, name, index, new(1300), new(true))
			},
			"Delete": func(ctx context.Context, name string, index int) error { return w.Delete(ctx, name, index) },
		} {
			for _, test := range []struct {
				ctx    context.Context
				device string
				index  int
				want   error
			}{
				{ctx, "em0", 0, wginternal.ErrNotWireGuard}, {ctx, "wg9", 0, fs.ErrNotExist}, {ctx, "wg0", 7, fs.ErrNotExist}, {cancelled, "wg0", 0, context.Canceled},
			} {
				if err := call(test.ctx, test.device, test.index); !errors.Is(err, test.want) {
					t.Errorf("%s(%q, %d) = %v, want %v", name, test.device, test.index, err, test.want)
				}
			}
		}
		want := wginternal.Link{Index: 2, MTU: 1420}
		if got, err := w.Link(ctx, "wg0", 2); err != nil || got != want {
			t.Errorf(`Link("wg0") = %+v, %v, want %+v`, got, err, want)
		}
	})
}

// TestLinkErrors checks that each failing call fails the operation.
func TestLinkErrors(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Add("wg0", "wg")
		for name, call := range map[string]func() error{
			"Link":    func() error { _, err := w.Link(t.Context(), "wg0", 0); return err },
			"SetLink": func() error { return w.SetLink(t.Context(), "wg0", 0, new(1300), new(true)) },
			"Delete":  func() error { return w.Delete(t.Context(), "wg0", 0) },
		} {
			for step := 0; ; step++ {
				w.steps.Arm(step, nil)
				err := call()
				if !w.steps.Reached() {
					break
				}
				if !errors.Is(err, errStep) || !strings.Contains(err.Error(), "wg0") {
					t.Errorf("%s with step %d failing = %v, want %v that names wg0", name, step, err, errStep)
				}
			}
			w.steps.Arm(-1, nil)
			if w.Interfaces.Index("wg0") == 0 {
				w.Add("wg0", "wg")
			}
		}
		w.SetUnprivileged(true)
		if err := w.Delete(t.Context(), "wg0", 0); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Delete without privilege = %v, want fs.ErrPermission", err)
		}
	})
}

// TestVanished checks the error for an interface that is removed after it was checked.
func TestVanished(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Links.Check = func(context.Context, string) error { return nil }
		for name, err := range map[string]error{
			"SetLink": w.SetLink(t.Context(), "wg0", 0, nil, new(true)),
			"Delete":  w.Delete(t.Context(), "wg0", 0),
		} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s of an interface that is gone = %v, want fs.ErrNotExist", name, err)
			}
		}
	})
}

func TestGroupMembers(t *testing.T) {
	t.Parallel()
	for _, pointerLen := range []int{4, 8} {
		f := kerneltest.NewInterfaces(bsd.FreeBSD("freebsd"), pointerLen, nil, nil)
		between := func() {} // called before the list is read
		ioctl := func(request uint32, arg []byte, pointer int, data []byte) error {
			if data != nil {
				between()
			}
			_, err := f.Ioctl(request, arg, pointer, data)
			return err
		}
		check := func(want ...string) {
			t.Helper()
			if got, err := bsd.GroupMembers(ioctl, pointerLen, "wg"); err != nil || !slices.Equal(got, want) {
				t.Errorf("GroupMembers() = %q, %v, want %q", got, err, want)
			}
		}
		check()
		f.Add("em0", "egress")
		check()
		f.Add("wg0", "wg")
		f.Add("fifteen-letters", "wg")
		check("wg0", "fifteen-letters")
		grown := 0
		between = func() {
			if grown++; grown == 1 {
				f.Add("wg1", "wg")
			}
		}
		check("wg0", "fifteen-letters", "wg1")
		between = func() { grown++; f.Add(fmt.Sprint("wg", grown), "wg") }
		before := grown
		if got, err := bsd.GroupMembers(ioctl, pointerLen, "wg"); !errors.Is(err, wginternal.ErrInterrupted) || grown-before != 16 {
			t.Errorf("GroupMembers() of a group that always grows = %q, %v after %d attempts, want %v after 16", got, err, grown-before, wginternal.ErrInterrupted)
		}
	}
}

// TestGroupMembersShrinks checks the entries that the kernel leaves empty.
func TestGroupMembersShrinks(t *testing.T) {
	t.Parallel()
	ioctl := func(_ uint32, arg []byte, _ int, data []byte) error {
		if data == nil {
			copy(arg[bsd.NameLen:], nativeUint32(48))
		}
		copy(data, "wg5")
		return nil
	}
	if got, err := bsd.GroupMembers(ioctl, 8, "wg"); err != nil || !slices.Equal(got, []string{"wg5"}) {
		t.Errorf("GroupMembers() = %q, %v, want [wg5]", got, err)
	}
}

func TestGroupMembersErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		size       uint32
		first, err error
		want       error // nil for no error and no members
	}{
		"first call":       {48, syscall.EPERM, nil, syscall.EPERM},
		"second call":      {48, nil, syscall.EFAULT, syscall.EFAULT},
		"group vanishes":   {48, nil, syscall.ENOENT, nil},
		"empty":            {0, nil, nil, nil},
		"odd size":         {17, nil, nil, errSize},
		"impossible sizes": {1 << 30, nil, nil, errSize},
	} {
		ioctl := func(_ uint32, arg []byte, _ int, data []byte) error {
			if data != nil {
				return test.err
			}
			copy(arg[bsd.NameLen:], nativeUint32(test.size))
			return test.first
		}
		got, err := bsd.GroupMembers(ioctl, 8, "wg")
		if len(got) != 0 || (test.want == nil) != (err == nil) || test.want != nil && test.want != errSize && !errors.Is(err, test.want) {
			t.Errorf("%s: GroupMembers() = %q, %v, want %v", name, got, err, test.want)
		}
	}
}

// errSize stands for the error of a size that no group has.
var errSize = errors.New("impossible size")

func nativeUint32(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }
