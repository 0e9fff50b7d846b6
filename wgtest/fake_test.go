package wgtest_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// clients return a Client of a Fake, by the kind that the Fake then has.
var clients = map[wgtypes.Kind]func(*testing.T, *wgtest.Fake) *wgctrl.Client{
	wgtypes.KindUserspace: func(t *testing.T, f *wgtest.Fake) *wgctrl.Client { return f.Client(t) },
	wgtypes.KindInProcess: func(t *testing.T, f *wgtest.Fake) *wgctrl.Client {
		return f.Client(t, wgctrl.WithBackends(wgtypes.KindInProcess), wgctrl.WithDevice(f.Name, f.UAPI()))
	},
}

func eachKind(t *testing.T, state *wgtypes.Device, test func(t *testing.T, f *wgtest.Fake, c *wgctrl.Client)) {
	t.Parallel()
	for kind, client := range clients {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			f := wgtest.NewFake(t, state)
			test(t, f, client(t, f))
		})
	}
}

// TestFakeGood checks that a Fake behaves like a correct daemon by default.
func TestFakeGood(t *testing.T) {
	state := wgtest.RandomDevice(source(1), wgtest.RandomOptions{MinPeers: 3})
	state.Name = "vpn0"
	eachKind(t, state, func(t *testing.T, f *wgtest.Fake, c *wgctrl.Client) {
		change := wgtest.RandomConfig(source(2), state, wgtest.RandomOptions{MinPeers: 3, Collisions: 0.5})
		if err := c.ConfigureDevice(t.Context(), "vpn0", change); err != nil {
			t.Fatal(err)
		}
		got, err := c.Device(t.Context(), "vpn0")
		if err != nil {
			t.Fatal(err)
		}
		want := f.State()
		want.Name, want.Kind, want.Index = got.Name, got.Kind, got.Index
		if diff := cmp.Diff(want, got, values); diff != "" {
			t.Errorf("Device(%q) compared with State() (-want +got):\n%s", "vpn0", diff)
		}
		if len(f.Sets()) == 0 || f.Gets() == 0 {
			t.Errorf("the Fake counts %d gets and %d sets, want at least one of each", f.Gets(), len(f.Sets()))
		}
	})
}

func TestFakeFail(t *testing.T) {
	eachKind(t, nil, func(t *testing.T, f *wgtest.Fake, c *wgctrl.Client) {
		f.OnGet(2, wgtest.Fail(syscall.EIO))
		for k, want := range []error{nil, syscall.EIO, nil} {
			if _, err := c.Device(t.Context(), f.Name); !errors.Is(err, want) {
				t.Errorf("get %d: Device() = %v, want %v", k+1, err, want)
			}
		}
		f.OnSet(1, wgtest.Fail(syscall.EADDRINUSE))
		change := wgtypes.Config{FirewallMark: new(uint32(1))}
		err := c.ConfigureDevice(t.Context(), f.Name, change)
		var partial *wgctrl.PartialError
		if !errors.Is(err, syscall.EADDRINUSE) || !errors.As(err, &partial) {
			t.Errorf("ConfigureDevice() = %v, want EADDRINUSE", err)
		}
		if f.State().FirewallMark != 0 {
			t.Errorf("after a failed set FirewallMark = %d, want 0", f.State().FirewallMark)
		}
		f.OnSet(0, wgtest.Fail(syscall.EINVAL))
		for range 2 {
			if err := c.ConfigureDevice(t.Context(), f.Name, change); !errors.Is(err, syscall.EINVAL) {
				t.Errorf("ConfigureDevice() = %v, want EINVAL from each set", err)
			}
		}
		f.OnSet(0, wgtest.Good())
		if err := c.ConfigureDevice(t.Context(), f.Name, change); err != nil || f.State().FirewallMark != 1 {
			t.Errorf("ConfigureDevice() = %v with Good, FirewallMark = %d, want no error and 1", err, f.State().FirewallMark)
		}
	})
}

func TestFakeCut(t *testing.T) {
	eachKind(t, nil, func(t *testing.T, f *wgtest.Fake, c *wgctrl.Client) {
		for k, n := range []int{0, 1, -1, -5, -1000} {
			f.OnGet(f.Gets()+1, wgtest.Cut(n))
			if _, err := c.Device(t.Context(), f.Name); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("get %d with Cut(%d): Device() = %v, want io.ErrUnexpectedEOF", k+1, n, err)
			}
		}
		f.OnSet(1, wgtest.Cut(0))
		err := c.ConfigureDevice(t.Context(), f.Name, wgtypes.Config{FirewallMark: new(uint32(1))})
		if err == nil || f.State().FirewallMark != 1 {
			t.Errorf("ConfigureDevice() = %v with Cut(0), FirewallMark = %d, want an error and 1", err, f.State().FirewallMark)
		}
	})
}

func TestFakeSay(t *testing.T) {
	eachKind(t, nil, func(t *testing.T, f *wgtest.Fake, c *wgctrl.Client) {
		f.OnGet(1, wgtest.Say("listen_port=seven\nerrno=0\n\n"))
		if _, err := c.Device(t.Context(), f.Name); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("Device() = %v with an invalid port, want uapi.ErrProtocol", err)
		}
		f.OnGet(2, wgtest.Say("listen_port=7\nerrno=0\n\n"))
		if d, err := c.Device(t.Context(), f.Name); err != nil || d.ListenPort != 7 {
			t.Errorf("Device() = %+v, %v, want port 7", d, err)
		}
	})
}

// TestFakeHang checks that a call ends with its context, and that the end of the
// test does not wait for the Fake.
func TestFakeHang(t *testing.T) {
	t.Parallel()
	f := wgtest.NewFake(t, nil)
	f.OnGet(0, wgtest.Hang())
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := f.Client(t).Device(ctx, f.Name); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Device() by socket = %v, want context.DeadlineExceeded", err)
	}
	c := clients[wgtypes.KindInProcess](t, f)
	if _, err := c.Device(t.Context(), f.Name); err == nil || !strings.Contains(err.Error(), "Hang") {
		t.Errorf("Device() in process = %v, want an error that names Hang", err)
	}
}

// TestFakeCopies checks that a Fake shares no memory with the values of the test.
func TestFakeCopies(t *testing.T) {
	t.Parallel()
	newState := func() *wgtypes.Device {
		return &wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{1}}}}
	}
	mustKeep := func(f *wgtest.Fake, after string) {
		t.Helper()
		if diff := cmp.Diff(newState(), f.State(), values); diff != "" {
			t.Errorf("State() after %s (-want +got):\n%s", after, diff)
		}
	}
	state := newState()
	f := wgtest.NewFake(t, state)
	state.Peers[0].PublicKey[0]++
	mustKeep(f, "the state of NewFake was changed")
	f.State().Peers[0].PublicKey[0]++
	mustKeep(f, "the result of State was changed")
	state = newState()
	f.SetState(state)
	state.Peers[0].PublicKey[0]++
	mustKeep(f, "the state of SetState was changed")

	if f.Name != "wg0" {
		t.Errorf("Name = %q, want %q", f.Name, "wg0")
	}
	for range 2 {
		if err := f.Client(t).ConfigureDevice(t.Context(), f.Name, wgtypes.Config{FirewallMark: new(uint32(1))}); err != nil {
			t.Fatal(err)
		}
	}
	sets := f.Sets()
	if len(sets) != 2 {
		t.Fatalf("Sets() = %v, want 2 changes", sets)
	}
	sets[0] = wgtypes.Config{}
	if got := f.Sets()[0]; got.FirewallMark == nil || *got.FirewallMark != 1 {
		t.Errorf("Sets()[0] = %v after a result of Sets was changed, want mark 1", got)
	}
}

// TestFakeRawRequests sends text that a Client does not send.
func TestFakeRawRequests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ request, want string }{
		{"sort=1\n\n", ""}, // closes the connection
		{"set=1\nhello=1\n\nsort=1\n\n", "errno=-22\n\n"},          // is invalid
		{"set=1\n\nget=1\n\nsort=1\n\n", "errno=0\n\nerrno=0\n\n"}, // two requests
	} {
		f := wgtest.NewFake(t, nil)
		c, err := net.Dial("unix", f.SocketPath())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, test.request); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(c); string(got) != test.want || err != nil {
			t.Errorf("reply to %q = %q, %v, want %q and the end", test.request, got, err, test.want)
		}
		if strings.Contains(test.request, "hello") && len(f.Sets()) != 0 {
			t.Errorf("Sets() after %q = %v, want none", test.request, f.Sets())
		}
	}
}

// TestUserspaceDevice checks that a Client of a device searches no other place.
func TestUserspaceDevice(t *testing.T) {
	t.Parallel()
	f := wgtest.NewFake(t, nil)
	_, err := f.Client(t).Device(t.Context(), "absent")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), f.SocketDir()) || strings.Contains(err.Error(), "no link") {
		t.Errorf("Device(%q) = %v, want %v that names only %s", "absent", err, fs.ErrNotExist, f.SocketDir())
	}
	options := f.Options()
	clear(options)
	if options = f.Options(); options[0] == nil {
		t.Errorf("Options() = %v after a result was cleared, want the options", options)
	}
	d := wgtest.UserspaceDevice("wg0", "", nil)
	if d.SocketDir() != "" || d.Kind != wgtypes.KindUserspace || d.UAPI() != nil || d.NetNS() != nil {
		t.Errorf("device without a socket = %+v with directory %q, want none", d, d.SocketDir())
	}
}

// TestFakeSetState checks that a Watch sees a state that SetState has set.
func TestFakeSetState(t *testing.T) {
	t.Parallel()
	peer := wgtypes.Peer{PublicKey: wgtypes.PublicKey{1}, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}
	f := wgtest.NewFake(t, &wgtypes.Device{Peers: []wgtypes.Peer{peer}})
	for e, err := range f.Client(t).Watch(t.Context(), wgctrl.WatchOptions{Interval: time.Millisecond}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e.Kind {
		case wgtypes.EventReady:
			state := f.State()
			state.Peers[0].LastHandshake = time.Unix(1, 0)
			f.SetState(state)
		case wgtypes.EventHandshake:
			return
		}
	}
}

// TestFakeQuestion has a device that may be GotaTun, which a Client asks. The question is
// not a change.
func TestFakeQuestion(t *testing.T) {
	state := &wgtypes.Device{ListenPort: 7, PrivateKey: wgtypes.NewPrivateKey([wgtypes.KeyLen]byte{8, 31: 0x40})}
	eachKind(t, state, func(t *testing.T, f *wgtest.Fake, c *wgctrl.Client) {
		f.OnSet(1, wgtest.Fail(syscall.EPERM))
		peer := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
		if err := c.ConfigureDevice(t.Context(), f.Name, peer); !errors.Is(err, syscall.EPERM) {
			t.Errorf("first ConfigureDevice = %v, want %v", err, syscall.EPERM)
		}
		if err := c.ConfigureDevice(t.Context(), f.Name, peer); err != nil {
			t.Errorf("second ConfigureDevice = %v, want nil", err)
		}
		if got := len(f.Sets()); got != 2 {
			t.Errorf("changes = %d, want 2", got)
		}
	})
}
