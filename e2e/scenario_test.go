package e2e_test

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// subject is a new device, and a Client that can access it.
type subject struct {
	client *wgctrl.Client
	name   string
}

// backend makes subjects.
type backend struct {
	name string
	make func(testing.TB) subject
}

// backends are the ways to access a device. Tests of "kernel" are skipped where
// the kernel has no WireGuard.
var backends = []backend{
	{"userspace", userspace},
	{"in-process", func(t testing.TB) subject {
		d := wireguardgotest.OfflineDevice(t)
		c := d.Client(t, wgctrl.WithBackends(wgtypes.KindInProcess), wgctrl.WithDevice("here", d.UAPI()))
		return subject{c, "here"}
	}},
	{"kernel", kernel},
}

func newClient(t *testing.T, opts ...wgctrl.Option) *wgctrl.Client {
	t.Helper()
	c, err := wgctrl.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func userspace(t testing.TB) subject {
	d := wireguardgotest.OfflineDevice(t)
	return subject{d.Client(t), d.Name}
}

func kernel(t testing.TB) subject {
	d := wgtest.Kernel(t)
	return subject{d.Client(t), d.Name}
}

func (s subject) read(t testing.TB) *wgtypes.Device {
	t.Helper()
	d, err := s.client.Device(t.Context(), s.name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (s subject) configure(t testing.TB, c wgtypes.Config) {
	t.Helper()
	if err := s.client.ConfigureDevice(t.Context(), s.name, c); err != nil {
		t.Fatal(err)
	}
}

// apply configures the device with c. It returns the device that the model
// predicts and the one that the Client reads.
func (s subject) apply(t testing.TB, c wgtypes.Config) (want, got *wgtypes.Device) {
	t.Helper()
	have := s.read(t)
	s.configure(t, c)
	return wginternal.Apply(have, c), s.read(t)
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for _, scenario := range scenarios() {
				t.Run(scenario.name, func(t *testing.T) {
					t.Parallel()
					s := b.make(t)
					for i, c := range scenario.steps {
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
	o := wgtest.GenOptions{MinPeers: 1, MaxPeers: 6, Collisions: 0.6, Unnormalized: true}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
					t.Parallel()
					s, r := b.make(t), rand.New(rand.NewPCG(seed, 1))
					for i := range randomSteps {
						have := s.read(t)
						c := possible(have, wgtest.RandomConfig(r, have, o))
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
	for _, scenario := range scenarios() {
		t.Run(scenario.name, func(t *testing.T) {
			t.Parallel()
			k, u := kernel(t), userspace(t)
			for i, c := range scenario.steps {
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

// compare returns the difference between want and got, without what packets
// change. If want has no port, got may have any. Only peers of a kernel device
// have an order.
func compare(want, got *wgtypes.Device) string {
	want, got = canonical(want), canonical(got)
	if want.ListenPort == 0 {
		want.ListenPort = got.ListenPort
	}
	return cmp.Diff(want, got,
		cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
		cmpopts.IgnoreFields(wgtypes.Peer{}, "LastHandshake", "ReceiveBytes", "TransmitBytes"),
		cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal))
}

// canonical returns a copy of d with numeric zones. It sorts the peers of a
// device that has no order.
func canonical(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	zones := map[string]string{"lo": "1", d.Name: strconv.Itoa(d.Index)}
	for i := range d.Peers {
		e := &d.Peers[i].Endpoint
		if number, ok := zones[e.Addr().Zone()]; ok && d.Kind == wgtypes.KindKernel {
			*e = netip.AddrPortFrom(e.Addr().WithZone(number), e.Port())
		}
	}
	if d.Kind != wgtypes.KindKernel {
		byKey(d)
	}
	return d
}

func byKey(d *wgtypes.Device) {
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int {
		return bytes.Compare(a.PublicKey[:], b.PublicKey[:])
	})
}
