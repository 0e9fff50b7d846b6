package wgnetbsd_test

import (
	"errors"
	"slices"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgnetbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestBuffersAreWiped checks that every buffer that the kernel reads or writes is wiped, no
// matter how an operation ends.
func TestBuffersAreWiped(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{"succeeds": nil, "is refused": syscall.EPERM, "fails": syscall.EIO} {
		k := newKernel(t)
		c := k.Config()
		var buffers [][]byte
		c.Ioctl = func(request uint32, arg []byte, pointer int, data []byte) error {
			buffers = append(buffers, data[:cap(data)])
			return k.Ioctl(request, arg, pointer, data)
		}
		b := wgnetbsd.NewWith(c)
		configure(t, b, initial(), nil)
		configure(t, b, adapt(read(t, b), wgtypes.Config{Peers: testutil.FullPeers(100, 2)}), nil)
		failAt(k, 1, failure)
		change := everyCommand()
		change.ListenPort = nil
		if err := testutil.ConfigureDevice(t.Context(), b, "wg0", change); !errors.Is(err, failure) {
			t.Errorf("%s: Configure() = %v, want %v", name, err, failure)
		}
		k.Before(func(call kerneltest.NetBSDCall) error {
			if call.Command == kerneltest.NetBSDGet {
				return failure
			}
			return nil
		})
		_, _ = testutil.ReadDevice(t.Context(), b, "wg0")
		for i, buf := range buffers {
			if slices.ContainsFunc(buf, func(x byte) bool { return x != 0 }) {
				t.Errorf("%s: buffer %d of %d is not wiped, want zeros", name, i, len(buffers))
			}
		}
	}
}

// TestMalformedReplyIsWiped checks that a reply that cannot be decoded is wiped.
func TestMalformedReplyIsWiped(t *testing.T) {
	t.Parallel()
	text := reply(t)
	c := newKernel(t).Config()
	var buffer []byte
	c.Ioctl = func(_ uint32, _ []byte, _ int, data []byte) error {
		buffer = data
		copy(data, text[:len(text)-20])
		return nil
	}
	if _, err := testutil.ReadDevice(t.Context(), wgnetbsd.NewWith(c), "wg0"); err == nil {
		t.Error("reading a malformed reply succeeded, want an error")
	}
	if slices.ContainsFunc(buffer, func(x byte) bool { return x != 0 }) {
		t.Errorf("the buffer of %d bytes is not wiped, want zeros", len(buffer))
	}
}

// TestErrorsHoldNoSecrets checks that errors contain no keys.
func TestErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	key, psk := wgtypes.NewPrivateKey(testutil.SecretBytes), wgtypes.NewPresharedKey(testutil.SecretBytes)
	c := testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, PresharedKey: &psk})
	c.PrivateKey = &key
	for n := range 2 {
		k := newKernel(t)
		failAt(k, n, syscall.EINVAL)
		err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", c)
		if err == nil {
			t.Fatalf("Configure() = nil, want EINVAL")
		}
		if found := testutil.FindSecret(err.Error()); found != "" {
			t.Errorf("the error %q contains a secret as %s, want none", err, found)
		}
	}
}
