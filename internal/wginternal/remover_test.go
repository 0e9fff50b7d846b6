package wginternal_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fallback returns the requests of a Remover for a device that does not support
// removals.
func fallback(t *testing.T, have *wgtypes.Device, removals wgtypes.Config) []wgtypes.Config {
	t.Helper()
	var requests []wgtypes.Config
	r := wginternal.Remover{
		Unsupported: true,
		Send:        func(_ context.Context, c wgtypes.Config) error { requests = append(requests, c); return nil },
		Read:        func(context.Context) (*wgtypes.Device, error) { return have, nil },
	}
	if used, err := r.Remove(t.Context(), removals); !used || err != nil {
		t.Fatalf("Remove() = %t, %v, want true, nil", used, err)
	}
	return requests
}

// movedPrefixes returns the prefixes that requests move away.
func movedPrefixes(requests []wgtypes.Config) (list []netip.Prefix) {
	for _, r := range requests {
		list = append(list, r.Peers[0].AllowedIPs...)
	}
	return list
}

// checkFallback checks that the fallback removes what the removals name, that
// it moves no prefix twice, and that no peer loses another prefix in any step.
func checkFallback(t *testing.T, have, want *wgtypes.Device, removals wgtypes.Config) {
	t.Helper()
	requests := fallback(t, have, removals)
	away := make(map[netip.Prefix]bool)
	for _, p := range movedPrefixes(requests) {
		if away[p] {
			t.Errorf("%v is moved twice, want once; moved are %v", p, movedPrefixes(requests))
		}
		away[p] = true
	}
	got := have
	for _, request := range requests {
		if err := wginternal.Validate(request, true); err != nil {
			t.Errorf("Validate() = %v, want nil", err)
		}
		// Packets flow between the elements, so each one is a step.
		for _, p := range request.Peers {
			before := got
			got = wginternal.Apply(got, change(p))
			losesOnly(t, before, got, away)
		}
	}
	if diff := cmp.Diff(want, got, values); diff != "" {
		t.Errorf("after the fallback (-want +got):\n%s\nremovals %+v\nfrom %+v", diff, removals, have)
	}
}

func losesOnly(t *testing.T, before, after *wgtypes.Device, away map[netip.Prefix]bool) {
	t.Helper()
	has := make(map[wgtypes.PublicKey][]netip.Prefix)
	for _, p := range after.Peers {
		has[p.PublicKey] = p.AllowedIPs
	}
	for _, p := range before.Peers {
		for _, prefix := range p.AllowedIPs {
			if !slices.Contains(has[p.PublicKey], prefix) && !away[prefix] {
				t.Errorf("peer %v has %v, want %v too, which is not removed", p.PublicKey, has[p.PublicKey], prefix)
			}
		}
	}
}

// TestRemoverOwnership checks that the fallback moves only prefixes that the
// named peers have.
func TestRemoverOwnership(t *testing.T) {
	t.Parallel()
	d := device(peer(keyA, "10.0.0.0/8", "fd00::/8"), peer(keyB, "192.0.2.0/24"))
	removals := change(
		wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, RemoveAllowedIPs: prefixes("192.0.2.0/24", "10.0.0.0/9", "fd00::/8")},
		wgtypes.PeerConfig{PublicKey: keyB, UpdateOnly: true, RemoveAllowedIPs: prefixes("10.0.0.0/8")},
		wgtypes.PeerConfig{PublicKey: keyC, UpdateOnly: true, RemoveAllowedIPs: prefixes("10.0.0.0/8")},
		wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, RemoveAllowedIPs: prefixes("fd00::/8", "::/0")},
	)
	if diff := cmp.Diff(prefixes("fd00::/8"), movedPrefixes(fallback(t, d, removals)), values); diff != "" {
		t.Errorf("moved prefixes (-want +got):\n%s", diff)
	}
	if got := fallback(t, d, change()); got != nil {
		t.Errorf("requests without removals = %v, want none", got)
	}
}

// TestRemoverParts removes more prefixes than one request may have.
func TestRemoverParts(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 1: 1, 1000: 1, 1001: 2, 2500: 3} {
		have, removals := manyRemovals(n)
		if got := len(fallback(t, have, removals)); got != want {
			t.Errorf("%d prefixes are moved in %d requests, want %d", n, got, want)
		}
		checkFallback(t, have, wginternal.Apply(have, removals), removals)
	}
}

// manyRemovals returns a device with a peer of n prefixes and another one, and
// the removal of the n.
func manyRemovals(n int) (*wgtypes.Device, wgtypes.Config) {
	var all []netip.Prefix
	for i := range n {
		var b [16]byte
		binary.BigEndian.PutUint32(b[:], 0x20010db8)
		binary.BigEndian.PutUint32(b[12:], uint32(i))
		all = append(all, netip.PrefixFrom(netip.AddrFrom16(b), 128))
	}
	have := device(wgtypes.Peer{PublicKey: keyA, AllowedIPs: append(slices.Clone(all), prefixes("10.0.0.0/8")...)})
	return have, change(wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, RemoveAllowedIPs: all})
}

// TestRemoverRefusal checks when Remove falls back.
func TestRemoverRefusal(t *testing.T) {
	t.Parallel()
	refusal, failure := errors.New("refusal"), errors.New("failure")
	_, removals := manyRemovals(1)
	tests := map[string]struct {
		send, read, want error
		fallback         bool
	}{
		"supported":   {},
		"refused":     {send: refusal, fallback: true},
		"failed":      {send: failure, want: failure},
		"read failed": {send: refusal, read: failure, want: failure, fallback: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := wginternal.Remover{
				Send:      func(context.Context, wgtypes.Config) error { return tt.send },
				IsRefusal: func(err error) bool { return err == refusal },
				Read:      func(context.Context) (*wgtypes.Device, error) { return device(), tt.read },
			}
			if fallback, err := r.Remove(t.Context(), removals); fallback != tt.fallback || err != tt.want {
				t.Errorf("Remove() = %t, %v, want %t, %v", fallback, err, tt.fallback, tt.want)
			}
		})
	}
}

// TestRemoverCleanup fails each request of the fallback in turn after its first
// peer was applied, with ctx ended: no dummy peer is left.
func TestRemoverCleanup(t *testing.T) {
	t.Parallel()
	failure := errors.New("failure")
	have, removals := manyRemovals(2500)
	for failing := range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		got, requests, cleaned := have, 0, 0
		cleanUp := func(ctx context.Context, c wgtypes.Config) error {
			if _, ok := ctx.Deadline(); !ok || ctx.Err() != nil {
				t.Errorf("request %d failed: CleanUp() with a deadline: %t and the error %v, want a deadline and no error", failing, ok, ctx.Err())
			}
			cleaned++
			got = wginternal.Apply(got, c)
			return failure
		}
		send := func(ctx context.Context, c wgtypes.Config) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if requests++; requests-1 == failing {
				cancel()
				got = wginternal.Apply(got, change(c.Peers[0]))
				return failure
			}
			got = wginternal.Apply(got, c)
			return nil
		}
		r := wginternal.Remover{
			Unsupported: true, Send: send, CleanUp: cleanUp,
			Read: func(context.Context) (*wgtypes.Device, error) { return have, nil },
		}
		if _, err := r.Remove(ctx, removals); err != failure {
			t.Errorf("request %d failed: Remove() = %v, want %v", failing, err, failure)
		}
		if len(got.Peers) != 1 || got.Peers[0].PublicKey != keyA || requests != failing+1 || cleaned != 1 {
			t.Errorf("request %d failed: %d peers are left after %d requests and %d of CleanUp, want 1, %d and 1",
				failing, len(got.Peers), requests, cleaned, failing+1)
		}
	}
}
