package wgctrl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestDevices checks that devices come in the order of List, that a device that
// was removed meanwhile is omitted, and that other failures are reported.
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

// TestDevicesMissing checks that only a device that List no longer finds is
// omitted. A daemon that replies ENOENT is an error, and a renamed device is read.
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
	if reads := u.devices[0].reads; reads != 1 {
		t.Errorf("the device that replies ENOENT was read %d times, want once", reads)
	}
	// The device is not omitted if the second List fails.
	u.devices, u.listErr = []*fakeDevice{{name: "wg1", kind: wgtypes.KindUserspace, vanishes: true}}, syscall.EIO
	if _, err := c.Devices(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Devices() = %v, want fs.ErrNotExist", err)
	}
}

// TestDevicesHang checks that a device or backend that does not answer does not
// affect the others.
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

// TestDevicesWaiting checks that devices that were not read by the end of the context
// are errors, also those that waited for others.
func TestDevicesWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var user []*fakeDevice
		for i := range maxReads + 3 {
			user = append(user, &fakeDevice{name: fmt.Sprintf("wg%d", i), hang: true})
		}
		c, _, _ := clientWith(nil, user)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		devices, err := c.Devices(ctx)
		if len(devices) > 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Devices() = %v, %v, want only context.DeadlineExceeded", devices, err)
		}
		for _, d := range user {
			if want := fmt.Sprintf("wgctrl: read %q (userspace): ", d.name); !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("Devices() = %v, want an error with %q", err, want)
			}
		}
	})
}

// TestDevicesConcurrently checks how many devices are read at a time.
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

// TestStreamDevice checks that a second loop continues where the first one ended,
// and that an error is the last thing that it yields.
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

	s, err = c.StreamDevice(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	for p, err := range s.Peers() {
		t.Errorf("Peers() yields %v, %v after Close, want nothing", p, err)
	}
}

// TestStreamDevicePeers checks that each peer is decoded into a zero Peer, and that
// an error comes with a zero Peer.
func TestStreamDevicePeers(t *testing.T) {
	t.Parallel()
	d := &fakeDevice{name: "wg0", readErrs: []error{ErrInterrupted, io.EOF}, peer: wgtypes.Peer{ReceiveBytes: 7}}
	c, _, _ := clientWith([]*fakeDevice{d}, nil)
	for _, want := range []error{ErrInterrupted, nil} {
		s, err := c.StreamDevice(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		peers := 0
		for p, err := range s.Peers() {
			switch {
			case err == nil && p.ReceiveBytes == 7:
				peers++
			case want == nil || !errors.Is(err, want) || p.ReceiveBytes != 0:
				t.Errorf("Peers() yields %v, %v, want peers, and %v with a zero Peer", p, err, want)
			}
		}
		if peers != 1 {
			t.Errorf("Peers() yields %d peers, want 1", peers)
		}
	}
}
