package testutil

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Judge compares a backend with wginternal.Apply. Its tests make a new device for each
// scenario and compare the device with the model after each step.
type Judge struct {
	// New returns a backend and the name of a device without settings.
	New func(t testing.TB) (b wginternal.Backend, device string)
	// Amnezia is the version of AmneziaWG that the devices have. Zero means WireGuard
	// devices, which get no parameters of AmneziaWG.
	Amnezia wgtypes.AmneziaVersion
	// Adapt removes from c what the system does not support. Nil changes nothing.
	Adapt func(have *wgtypes.Device, c wgtypes.Config) wgtypes.Config
	// Canonical changes what the model predicts and what the backend reads to a form in
	// which they are equal, if the system keeps less than the model or in another order.
	// Nil changes nothing.
	Canonical func(d *wgtypes.Device)
}

// Scenarios applies every scenario, and those of AmneziaWG to its devices.
func (j Judge) Scenarios(t *testing.T) {
	scenarios := Scenarios()
	if j.Amnezia != 0 {
		scenarios = append(scenarios, AmneziaScenarios(j.Amnezia)...)
	}
	for _, scenario := range scenarios {
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			b, name := j.New(t)
			for i, c := range scenario.Steps {
				j.step(t, b, name, i, c)
			}
		})
	}
}

// Random applies random changes.
func (j Judge) Random(t *testing.T) {
	o := RandomOptions{MinPeers: 1, MaxPeers: 6, Collisions: 0.6, Unnormalized: true, Amnezia: j.Amnezia}
	for seed := range uint64(20) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			b, name := j.New(t)
			r := rand.New(rand.NewPCG(seed, 1))
			for i := range 15 {
				j.step(t, b, name, i, RandomConfig(r, j.read(t, b, name), o))
			}
		})
	}
}

// step applies c and compares the device with the model.
func (j Judge) step(t *testing.T, b wginternal.Backend, name string, i int, c wgtypes.Config) {
	t.Helper()
	have := j.read(t, b, name)
	if j.Adapt != nil {
		c = j.Adapt(have, c)
	}
	if err := ConfigureDevice(t.Context(), b, name, c); err != nil {
		t.Fatalf("step %d: Configure(%.500v) = %v, want nil", i, c, err)
	}
	if diff := j.compare(wginternal.Apply(have, c), j.read(t, b, name)); diff != "" {
		t.Fatalf("device after step %d, %.500v (-want +got):\n%s", i, c, diff)
	}
}

func (j Judge) read(t *testing.T, b wginternal.Backend, name string) *wgtypes.Device {
	t.Helper()
	d, err := ReadDevice(t.Context(), b, name)
	if err != nil {
		t.Fatalf("reading device %q: %v, want nil", name, err)
	}
	return d
}

// compare returns the difference between want and got. It ignores the fields that
// packets change, and the port if want has none.
func (j Judge) compare(want, got *wgtypes.Device) string {
	want, got = want.Clone(), got.Clone()
	if want.ListenPort == 0 {
		want.ListenPort = got.ListenPort
	}
	if j.Canonical != nil {
		j.Canonical(want)
		j.Canonical(got)
	}
	if reflect.DeepEqual(want, got) {
		return "" // the usual case; Diff takes much longer
	}
	return cmp.Diff(want, got,
		cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}), cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(wgtypes.Peer{}, "LastHandshake", "ReceiveBytes", "TransmitBytes"),
		cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal),
		cmp.Comparer(wgtypes.HeaderProtectionKey.Equal))
}

// SortedAllowedIPs sorts the allowed IPs of each peer, for systems that list them in
// another order than Linux.
func SortedAllowedIPs(d *wgtypes.Device) {
	for i := range d.Peers {
		slices.SortFunc(d.Peers[i].AllowedIPs, netip.Prefix.Compare)
	}
}
