package wgnetbsd_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// portless returns a kernel whose wg0 has the settings of initial without the port.
func portless(t testing.TB) (*kerneltest.NetBSD, wginternal.Backend) {
	t.Helper()
	k, b := newDevice(t)
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) { d.ListenPort = 0 })
	return k, b
}

// everyCommand is a change of the device of portless that needs commands of each kind.
// The peer PeerA loses a prefix to PeerB, PeerC is removed, and one peer is new.
func everyCommand() wgtypes.Config {
	key := testutil.Key2
	return wgtypes.Config{ListenPort: new(uint16(7)), PrivateKey: &key, Peers: []wgtypes.PeerConfig{
		testutil.Allow(testutil.PeerB, "fd00::/8"), {PublicKey: testutil.PeerC, Remove: true}, testutil.Allow(testutil.ManyKey(1), "10.0.0.0/8"),
	}}
}

// diff returns the difference between two devices, without the order of peers. It ignores
// the port if want has none.
func diff(want, got *wgtypes.Device) string {
	want, got = want.Clone(), got.Clone()
	if want.ListenPort == 0 {
		want.ListenPort = got.ListenPort
	}
	canonical(want)
	canonical(got)
	return cmp.Diff(want, got, equal...)
}

// failAt makes call n after the next GET fail.
func failAt(k *kerneltest.NetBSD, n int, err error) {
	k.Before(func(call kerneltest.NetBSDCall) error {
		if call.Command == kerneltest.NetBSDGet {
			return nil
		}
		if n--; n == -1 {
			return err
		}
		return nil
	})
}

// TestPartial lets each command fail. What the error calls applied must be applied, and
// applying the rest must complete the change.
func TestPartial(t *testing.T) {
	t.Parallel()
	const commands = 9 // port, key, two peers removed, two changed, one added
	for n := range commands + 1 {
		k, b := portless(t)
		configure(t, b, testutil.Peers(testutil.Allow(testutil.Key2.PublicKey())), nil) // becomes the own key
		have, c := read(t, b), everyCommand()
		want := wginternal.Apply(have, c)
		failAt(k, n, syscall.EIO)
		err := testutil.ConfigureDevice(t.Context(), b, "wg0", c)
		k.Before(nil)
		got := read(t, b)
		if n == commands {
			if err != nil || diff(want, got) != "" {
				t.Errorf("Configure() without a failure = %v, device (-want +got):\n%s", err, diff(want, got))
			}
			continue
		}
		partial, ok := errors.AsType[*wginternal.PartialError](err)
		if !ok || !errors.Is(err, syscall.EIO) {
			t.Errorf("failure of command %d: Configure() = %v, want a PartialError", n, err)
			continue
		}
		applied := wginternal.Apply(have, partial.Applied)
		if d := diff(applied, got); d != "" && !isPrefix(applied, partial.Unknown, got) {
			t.Errorf("failure of command %d: device, which Unknown does not explain (-applied +got):\n%s", n, d)
		}
		rest := wginternal.Join([]wgtypes.Config{partial.Unknown, partial.NotSent})
		if d := diff(want, wginternal.Apply(applied, rest)); d != "" {
			t.Errorf("failure of command %d: parts together (-want +got):\n%s", n, d)
		}
		configure(t, b, rest, nil)
		if d := diff(want, read(t, b)); d != "" {
			t.Errorf("failure of command %d: device after the rest (-want +got):\n%s", n, d)
		}
	}
}

// isPrefix reports whether got is the state after some commands of a part were applied.
func isPrefix(have *wgtypes.Device, part wgtypes.Config, got *wgtypes.Device) bool {
	if key := part.PrivateKey; key != nil {
		have = have.Clone() // Apply would also remove the peer that has the key
		have.PrivateKey, have.PublicKey = *key, key.PublicKey()
		part.PrivateKey = nil
	}
	for n := range part.Peers {
		begun := part
		begun.Peers = part.Peers[:n]
		if diff(wginternal.Apply(have, begun), got) == "" {
			return true
		}
	}
	return false
}

// TestPrivilegeIsLost checks what an error says if the privilege is lost within a change: a
// peer is possibly applied only if one of its commands was.
func TestPrivilegeIsLost(t *testing.T) {
	t.Parallel()
	for n, unknown := range []int{0, 2, 0, 2} { // two peers are removed and added
		k, b := newDevice(t)
		failAt(k, n, syscall.EPERM)
		err := testutil.ConfigureDevice(t.Context(), b, "wg0", testutil.Peers(testutil.Allow(testutil.PeerA, "10.1.0.0/16"), testutil.Allow(testutil.PeerB, "10.2.0.0/16")))
		partial, ok := errors.AsType[*wginternal.PartialError](err)
		if !errors.Is(err, syscall.EPERM) || ok != (n > 0) {
			t.Errorf("command %d: Configure() = %v, want EPERM, and a PartialError: %t", n, err, n > 0)
		}
		if ok && len(partial.Unknown.Peers) != unknown {
			t.Errorf("command %d: possibly applied = %v, want %d elements", n, partial.Unknown, unknown)
		}
	}
}

// TestLeakedPrefixes checks the error if a peer fails because of a prefix that the kernel
// leaked before.
func TestLeakedPrefixes(t *testing.T) {
	t.Parallel()
	k, b := newDevice(t)
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) { d.Leaked = testutil.Prefixes("172.16.0.0/12") })
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", testutil.Peers(testutil.Allow(testutil.ManyKey(1), "10.1.0.0/16", "172.16.0.0/12")))
	partial, ok := errors.AsType[*wginternal.PartialError](err)
	if !ok || !errors.Is(err, syscall.EEXIST) || !strings.Contains(err.Error(), testutil.ManyKey(1).String()) || len(partial.Unknown.Peers) != 1 {
		t.Errorf("Configure() = %v, want a PartialError with EEXIST and the key %v", err, testutil.ManyKey(1))
	}
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		if len(d.Leaked) != 2 {
			t.Errorf("leaked prefixes = %v, want two", d.Leaked)
		}
	})
}

// TestDeletedMeanwhile checks that deleting a peer succeeds if another program deleted it first.
func TestDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	k, b := newDevice(t)
	k.Before(func(call kerneltest.NetBSDCall) error {
		if call.Command == kerneltest.NetBSDDeletePeer {
			return syscall.ENOENT
		}
		return nil
	})
	configure(t, b, testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, Remove: true}), nil)
	if got := sent(k); len(got) != 1 {
		t.Errorf("commands = %v, want one", got)
	}
}

// TestPortInUse checks that nothing else is applied if the port cannot be set.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	k, b := portless(t)
	have := read(t, b)
	failAt(k, 0, syscall.EADDRINUSE)
	configure(t, b, everyCommand(), syscall.EADDRINUSE)
	if d := diff(have, read(t, b)); d != "" {
		t.Errorf("device (-before +after):\n%s", d)
	}
}

// TestPortOfBoundSockets checks the error if the sockets of a device without a port have
// been bound by sending.
func TestPortOfBoundSockets(t *testing.T) {
	t.Parallel()
	k, b := portless(t)
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) { d.Sent = true })
	configure(t, b, everyCommand(), errors.ErrUnsupported)
	if got := sent(k); len(got) != 1 {
		t.Errorf("commands = %v, want one", got)
	}
}

// TestCancelBetweenCommands cancels the context at each command. A peer that changes is
// not left out.
func TestCancelBetweenCommands(t *testing.T) {
	t.Parallel()
	const commands = 6 // each peer is removed and added
	for n := range commands {
		k, b := newDevice(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		left := n
		k.Before(func(call kerneltest.NetBSDCall) error {
			if call.Command != kerneltest.NetBSDGet {
				if left--; left == -1 {
					cancel()
				}
			}
			return nil
		})
		c := testutil.Peers(testutil.Allow(testutil.PeerA, "10.1.0.0/16"), testutil.Allow(testutil.PeerB, "10.2.0.0/16"), testutil.Allow(testutil.PeerC, "10.3.0.0/16"))
		var want error
		if n < commands-2 { // the last peer is complete even so
			want = context.Canceled
		}
		if err := testutil.ConfigureDevice(ctx, b, "wg0", c); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("cancelled at command %d: Configure() = %v, want %v", n, err, want)
		}
		if got := read(t, b); len(got.Peers) != 3 {
			t.Errorf("cancelled at command %d: %d peers, want 3", n, len(got.Peers))
		}
	}
}

// TestProgress checks that the progress ends with all elements that were sent.
func TestProgress(t *testing.T) {
	t.Parallel()
	_, b := portless(t)
	var last, total int
	err := open(t, b).Configure(t.Context(), everyCommand(), func(done, all int) {
		if done < last || done > all {
			t.Errorf("progress(%d, %d) after %d, want it to grow up to the second number", done, all, last)
		}
		last, total = done, all
	})
	if err != nil || last != total || total != 6 {
		t.Errorf("Configure() = %v with a last progress(%d, %d), want nil and progress(6, 6)", err, last, total)
	}
}
