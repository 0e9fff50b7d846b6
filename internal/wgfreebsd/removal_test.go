package wgfreebsd_test

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// isProbe reports whether c is a probe.
func isProbe(c wgtypes.Config) bool {
	return len(c.Peers) == 1 && slices.Equal(c.Peers[0].AllowedIPs, []netip.Prefix{{}})
}

// TestProbe checks that a backend finds out once whether its kernel removes allowed IPs.
func TestProbe(t *testing.T) {
	t.Parallel()
	for name, kernel := range kernels {
		if name == "32 bits" {
			continue // recorded expects requests of 64 bits
		}
		k := kernel()
		k.AddDevice("wg0")
		b, sent := recorded(t, k)
		probes := 0
		for i := range 3 {
			*sent = nil
			c := testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8", "fd00::/8"))
			c.Peers = append(c.Peers, testutil.Disallow(testutil.PeerA, "10.0.0.0/8"))
			if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil {
				t.Fatalf("%s: Configure(%v) = %v, want nil", name, c, err)
			}
			if got, want := read(t, k).Peers[0].AllowedIPs, testutil.Prefixes("fd00::/8"); !slices.Equal(got, want) {
				t.Errorf("%s: allowed IPs after change %d = %v, want %v", name, i, got, want)
			}
			for _, c := range *sent {
				if isProbe(c) {
					probes++
				}
			}
		}
		if probes != 1 {
			t.Errorf("%s: probes of 3 changes = %d, want 1", name, probes)
		}
	}
}

// TestProbeWithoutPeers checks that a device without peers is not probed, because an old
// kernel would add the peer, and that a later device is.
func TestProbeWithoutPeers(t *testing.T) {
	t.Parallel()
	k := newKernel()
	k.SetIgnoresFlags()
	b, sent := recorded(t, k)
	own := testutil.Key1.PublicKey()
	c := wgtypes.Config{PrivateKey: &testutil.Key1, Peers: []wgtypes.PeerConfig{testutil.Disallow(own, "10.0.0.0/8")}}
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil {
		t.Errorf("Configure(%v) = %v, want nil", c, err)
	}
	if len(*sent) != 1 || len(read(t, k).Peers) != 0 {
		t.Errorf("requests and peers = %v, %v, want 1 request and no peers", *sent, read(t, k).Peers)
	}
	c = testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8"), testutil.Disallow(testutil.PeerA, "10.0.0.0/8"))
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil {
		t.Errorf("Configure(%v) = %v, want nil", c, err)
	}
	if got := read(t, k).Peers; len(got) != 1 || len(got[0].AllowedIPs) != 0 {
		t.Errorf("peers = %v, want one without allowed IPs", got)
	}
}

// TestProbeFails checks that the error of a probe is not remembered.
func TestProbeFails(t *testing.T) {
	t.Parallel()
	k := newKernel()
	configure(t, k, testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8")))
	fail := true
	b := intercepted(k, func(c call, do func() error) error {
		if c.request == setRequest {
			if change, err := decodeSet(c.data); err == nil && isProbe(change) && fail {
				return syscall.ENOMEM
			}
		}
		return do()
	})
	c := testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, UpdateOnly: true, RemoveAllowedIPs: testutil.Prefixes("10.0.0.0/8")})
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", c)
	partial, ok := errors.AsType[*wginternal.PartialError](err)
	if !errors.Is(err, syscall.ENOMEM) || ok && !partial.Unknown.IsZero() {
		t.Errorf("Configure(%v) with a failing probe = %v, want ENOMEM and nothing unknown", c, err)
	}
	fail = false
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil || len(read(t, k).Peers[0].AllowedIPs) != 0 {
		t.Errorf("Configure(%v) later = %v and leaves %v, want nil and no allowed IPs", c, err, read(t, k).Peers)
	}
}

// TestFallbackCleansUp checks that a failed removal on an old kernel leaves no peer that
// the fallback added.
func TestFallbackCleansUp(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewFreeBSD()
	k.SetIgnoresFlags()
	k.AddDevice("wg0")
	configure(t, k, testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8", "fd00::/8")))
	b := intercepted(k, func(c call, do func() error) error {
		err := do()
		if change, _ := decodeSetOf(c); len(change.Peers) == 2 {
			return syscall.EINVAL // after the kernel applied it
		}
		return err
	})
	c := testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, UpdateOnly: true, RemoveAllowedIPs: testutil.Prefixes("10.0.0.0/8")})
	err := testutil.ConfigureDevice(t.Context(), b, "wg0", c)
	if partial, ok := errors.AsType[*wginternal.PartialError](err); !ok || len(partial.Unknown.Peers) != 1 {
		t.Errorf("Configure(%v) = %v, want a PartialError with an unknown peer", c, err)
	}
	if got := read(t, k).Peers; len(got) != 1 || got[0].PublicKey != testutil.PeerA {
		t.Errorf("peers = %v, want only %v", got, testutil.PeerA)
	}
}

// decodeSetOf decodes the change of a call, or returns none for another request.
func decodeSetOf(c call) (wgtypes.Config, error) {
	if c.request != setRequest {
		return wgtypes.Config{}, nil
	}
	return decodeSet(c.data)
}
