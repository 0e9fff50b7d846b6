package e2e_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for _, scenario := range testutil.Scenarios() {
				t.Run(scenario.Name, func(t *testing.T) {
					t.Parallel()
					s := b.make(t)
					for i, c := range scenario.Steps {
						if diff := compare(s.apply(t, c)); diff != "" {
							t.Fatalf("Device(%q) after step %d (-want +got):\n%s", s.name, i, diff)
						}
					}
				})
			}
		})
	}
}

// randomSteps is the number of random changes of one device.
const randomSteps = 15

func TestRandomConfigs(t *testing.T) {
	t.Parallel()
	o := wgtest.RandomOptions{MinPeers: 1, MaxPeers: 6, Collisions: 0.6, Unnormalized: true}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
					t.Parallel()
					s, r := b.make(t), rand.New(rand.NewPCG(seed, 1))
					for i := range randomSteps {
						have := s.read(t)
						c := possible(have, testutil.RandomConfig(r, have, testutil.RandomOptions(o)))
						if diff := compare(s.apply(t, c)); diff != "" {
							t.Fatalf("Device(%q) after step %d, %+v (-want +got):\n%s", s.name, i, c, diff)
						}
					}
				})
			}
		})
	}
}

// possible removes the peers with the zero key from c if d is a userspace device
// that will have no private key. wireguard-go treats the zero key as its own
// until it has a private key.
func possible(d *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
	if d.Kind != wgtypes.KindKernel && wginternal.Apply(d, c).PrivateKey.IsZero() {
		c.Peers = slices.DeleteFunc(c.Peers, func(p wgtypes.PeerConfig) bool { return p.PublicKey.IsZero() })
	}
	return c
}

// TestBackendsAgree checks that the same changes lead to equal devices with a
// kernel and with wireguard-go.
func TestBackendsAgree(t *testing.T) {
	t.Parallel()
	for _, scenario := range testutil.Scenarios() {
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			k, u := kernel(t), userspace(t)
			for i, c := range scenario.Steps {
				k.configure(t, c)
				u.configure(t, c)
				inKernel, inUser := k.read(t), u.read(t)
				inUser.Name, inUser.Kind, inUser.Index = inKernel.Name, inKernel.Kind, inKernel.Index
				if c.ListenPort == nil || *c.ListenPort == 0 {
					inUser.ListenPort = inKernel.ListenPort // each system chooses one
				}
				// wireguard-go lists peers in random order.
				byKey(inKernel)
				byKey(inUser)
				if diff := compare(inKernel, inUser); diff != "" {
					t.Fatalf("step %d leaves different devices (-kernel +userspace):\n%s", i, diff)
				}
			}
		})
	}
}
