package wgopenbsd_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
)

// call is an ioctl.
type call struct {
	request   uint32
	arg, data []byte
}

// isSet reports whether c is SIOCSWG.
func (c call) isSet() bool { return c.request&0xff == 210 }

// isGet reports whether c is SIOCGWG with room for a reply.
func (c call) isGet() bool { return c.request&0xff == 211 && len(c.data) > 0 }

// hooked returns a backend over k and calls the function before prior to each ioctl. If it
// returns an error, the ioctl fails with that error and the kernel does not receive it.
func hooked(k *kerneltest.OpenBSD, before func(call) error) *wgopenbsd.Backend {
	return between(k, before, func(call) error { return nil })
}

// between is hooked with a function after, which is called after each successful ioctl. If
// it returns an error, the ioctl fails with that error.
func between(k *kerneltest.OpenBSD, before, after func(call) error) *wgopenbsd.Backend {
	c := k.Config()
	inner := c.Ioctl
	c.Ioctl = func(request uint32, arg []byte, pointer int, data []byte) error {
		this := call{request, arg, data}
		if err := before(this); err != nil {
			return err
		}
		if err := inner(request, arg, pointer, data); err != nil {
			return err
		}
		return after(this)
	}
	return wgopenbsd.NewWith(c)
}

// open opens wg0.
func open(t testing.TB, b wginternal.Backend) wginternal.Device {
	t.Helper()
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatalf("Open() = %v, want nil", err)
	}
	return d
}
