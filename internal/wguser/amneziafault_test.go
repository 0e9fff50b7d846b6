//go:build unix

package wguser_test

import (
	"errors"
	"maps"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// wholeAmnezia is a change of the parameters of 1.0 and of a peer.
func wholeAmnezia() wgtypes.Config {
	return wgtypes.Config{
		PrivateKey: new(wgtypes.NewPrivateKey(repeated(0x48)).Clamped()),
		Amnezia: &wgtypes.AmneziaConfig{
			Jc: new(uint16(4)), Jmin: new(uint16(8)), Jmax: new(uint16(80)), S1: new(uint16(15)), S2: new(uint16(16)),
			H1: span(11, 11), H2: span(22, 22), H3: span(33, 33), H4: span(44, 44),
		},
		Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), AllowedIPs: prefixes("10.1.0.0/16")}},
	}
}

// otherAmnezia is a change that needs the present values: H2 becomes the present H1.
func otherAmnezia() wgtypes.Config {
	c := wgtypes.Config{
		Amnezia: &wgtypes.AmneziaConfig{Jc: new(uint16(5)), S1: new(uint16(30)), H1: span(22, 22), H2: span(11, 11)},
		Peers:   []wgtypes.PeerConfig{{PublicKey: repeated(2), RemoveAllowedIPs: prefixes("10.9.0.0/16"), AllowedIPs: prefixes("10.2.0.0/16")}},
	}
	return c
}

// withAmnezia returns the Backend of a device that wholeAmnezia has configured.
func withAmnezia(t *testing.T, release testutil.AmneziaRelease) (*wguser.Backend, *fakeAmnezia) {
	t.Helper()
	b, f := amneziaBackend(t, release)
	if err := configure(t.Context(), b, "wg0", wholeAmnezia()); err != nil {
		t.Fatalf("Configure = %v, want nil", err)
	}
	f.sets()
	return b, f
}

// TestAmneziaRestore checks that the previous parameters are restored if a daemon
// stores only some lines of a request. Otherwise 0.2.16 to 0.2.19 would reject every
// later request, because two message types overlap.
func TestAmneziaRestore(t *testing.T) {
	t.Parallel()
	for name, release := range testutil.AmneziaReleases {
		b, f := withAmnezia(t, release)
		before := f.values()
		f.fail = func(request string) []byte {
			if request == testutil.GetRequest {
				return nil
			}
			f.fail = nil
			// The daemon stops at the second message type.
			broken := strings.Replace(request, "\nh2=11\n", "\nh2=x\n", 1)
			if broken == request {
				t.Errorf("%s: request = %q, want h2=11", name, request)
			}
			return f.daemon.Reply(broken)
		}
		c := otherAmnezia()
		c.Peers[0].RemoveAllowedIPs = nil
		err := configure(t.Context(), b, "wg0", c)
		partial, ok := errors.AsType[*wginternal.PartialError](err)
		if !ok || !errors.Is(err, syscall.EINVAL) {
			t.Fatalf("%s: Configure = %v, want a PartialError with %v", name, err, syscall.EINVAL)
		}
		if partial.Unknown.Amnezia == nil || len(partial.Unknown.Peers) != 1 || !partial.Applied.IsZero() || !partial.NotSent.IsZero() {
			t.Errorf("%s: PartialError = %+v, want all of the change as Unknown", name, partial)
		}
		if after := f.values(); !maps.Equal(before, after) {
			t.Errorf("%s: parameters after the error = %v, want %v as before", name, after, before)
		}
		if err := configure(t.Context(), b, "wg0", c); err != nil {
			t.Errorf("%s: the next Configure = %v, want nil", name, err)
		}
	}
}

// TestAmneziaRestoreFails checks that the error says if the parameters could not be
// restored.
func TestAmneziaRestoreFails(t *testing.T) {
	t.Parallel()
	b, f := withAmnezia(t, testutil.AmneziaGo19)
	f.fail = func(request string) []byte {
		if request == testutil.GetRequest {
			return nil
		}
		f.daemon.Reply("set=1\njc=77\n\n")
		return uapi.AppendErrno(nil, syscall.EINVAL)
	}
	err := configure(t.Context(), b, "wg0", otherAmnezia())
	const want = "device returned errno 22 (invalid argument); restoring the AmneziaWG parameters: device returned errno 22 (invalid argument)"
	if err == nil || err.Error() != want {
		t.Errorf("Configure = %v, want %q", err, want)
	}
}

// TestAmneziaClearJunkUnknown clears the junk packets of a device whose replies can be
// those of every version before 3.1. No question tells them apart, so the change is sent.
func TestAmneziaClearJunkUnknown(t *testing.T) {
	t.Parallel()
	for name, release := range testutil.AmneziaReleases {
		b, f := amneziaBackend(t, release)
		f.daemon.Reply("set=1\njc=4\njmin=8\njmax=80\nh1=11\nh2=22\nh3=33\nh4=44\n\n") // by another client
		before := read(t, b).Amnezia
		err := configure(t.Context(), b, "wg0", amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(0)), Jmin: new(uint16(0)), Jmax: new(uint16(0))}))
		if release != testutil.AmneziaGo16 && release != testutil.AmneziaGo19 {
			if got := read(t, b).Amnezia; err != nil || got.Jc != 0 || got.Jmax != 0 {
				t.Errorf("%s: Configure(no junk packets) = %v, parameters %v, want nil and none", name, err, got)
			}
			continue
		}
		if after := read(t, b).Amnezia; !errors.Is(err, syscall.EINVAL) || !wginternal.SameAmnezia(before, after) {
			t.Errorf("%s: Configure(no junk packets) = %v, parameters %v, want %v and %v", name, err, after, syscall.EINVAL, before)
		}
	}
}

// TestAmneziaRepair checks that a device that rejects every request, because another
// client has left it in that state, can be repaired.
func TestAmneziaRepair(t *testing.T) {
	t.Parallel()
	b, f := withAmnezia(t, testutil.AmneziaGo19)
	f.mu.Lock()
	f.daemon.Reply("set=1\nh1=22\n\n") // overlaps h2
	f.mu.Unlock()
	if err := configure(t.Context(), b, "wg0", amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(9))})); err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Errorf("Configure of another parameter = %v, want an error about overlapping message types", err)
	}
	if err := configure(t.Context(), b, "wg0", amnezia(wgtypes.AmneziaConfig{H1: span(11, 11)})); err != nil {
		t.Errorf("Configure of the message type = %v, want nil", err)
	}
	if err := configure(t.Context(), b, "wg0", wgtypes.Config{FirewallMark: new(uint32(7))}); err != nil {
		t.Errorf("the next Configure = %v, want nil", err)
	}
}

// TestAmneziaFaults fails each request of a change in turn. The next attempt must
// succeed, and the error must say whether the device may have changed.
func TestAmneziaFaults(t *testing.T) {
	t.Parallel()
	answers := map[string][]byte{
		"EIO": uapi.AppendErrno(nil, syscall.EIO), "EINVAL": uapi.AppendErrno(nil, syscall.EINVAL), "closed connection": {},
	}
	for name, release := range testutil.AmneziaReleases {
		for what, answer := range answers {
			for failing := 0; ; failing++ {
				b, f := withAmnezia(t, release)
				want := wginternal.Apply(read(t, b), otherAmnezia())
				count, sent, removes := 0, false, false
				f.fail = func(request string) []byte {
					if count++; count-1 != failing {
						return nil
					}
					sent, removes = strings.Contains(request, "\njc=5\n"), strings.Contains(request, "\nallowed_ip=-")
					return answer
				}
				err := configure(t.Context(), b, "wg0", otherAmnezia())
				if count <= failing {
					if err != nil {
						t.Errorf("%s: Configure without a fault = %v, want nil", name, err)
					}
					break
				}
				_, partial := errors.AsType[*wginternal.PartialError](err)
				if err != nil && sent && !partial {
					t.Errorf("%s, %s at request %d: Configure = %v (%T), want a PartialError", name, what, failing, err, err)
				}
				f.fail = nil
				if err == nil { // the removal of single prefixes has another way
					if !removes {
						t.Errorf("%s, %s at request %d: Configure = nil, want an error", name, what, failing)
					}
				} else if err := configure(t.Context(), b, "wg0", otherAmnezia()); err != nil {
					t.Errorf("%s, %s at request %d: the next Configure = %v, want nil", name, what, failing, err)
				}
				if diff := cmp.Diff(want, read(t, b), equal); diff != "" {
					t.Errorf("%s, %s at request %d: device (-want +got):\n%s", name, what, failing, diff)
				}
			}
		}
	}
}

// read returns wg0 without what depends on the requests so far.
func read(t *testing.T, b *wguser.Backend) *wgtypes.Device {
	t.Helper()
	d, err := state(t.Context(), b, "wg0")
	if err != nil {
		t.Fatal(err)
	}
	d.Amnezia.Version = wgtypes.AmneziaUnknown
	return d
}
