package testutil

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestAmneziaScenarios checks that the scenarios of each version set and clear each
// parameter of that version, have no later ones, and leave the parameters valid.
func TestAmneziaScenarios(t *testing.T) {
	t.Parallel()
	for version := wgtypes.AmneziaV10; version <= wgtypes.AmneziaV31; version++ {
		t.Run(version.String(), func(t *testing.T) {
			t.Parallel()
			set, cleared := make(map[string]bool), make(map[string]bool)
			for _, scenario := range AmneziaScenarios(version) {
				d := &wgtypes.Device{Amnezia: new(wgtypes.DefaultAmnezia())}
				for i, c := range scenario.Steps {
					if err := c.Validate(); err != nil {
						t.Errorf("%s: Validate() of step %d = %v, want nil", scenario.Name, i, err)
					}
					next := wginternal.Apply(d, c)
					if err := next.Amnezia.Validate(); err != nil {
						t.Errorf("%s: Validate() after step %d = %v, want nil", scenario.Name, i, err)
					}
					addParameters(d.Amnezia, next.Amnezia, set, cleared)
					checkKeepaliveRanges(t, version, scenario.Name, c)
					d = next
				}
			}
			for _, p := range wgtypes.AmneziaParameters() {
				if want := p.Since() <= version; set[p.Name()] != want || cleared[p.Name()] != want {
					t.Errorf("scenarios set %s: %t, and clear it: %t; want %t", p.Name(), set[p.Name()], cleared[p.Name()], want)
				}
			}
		})
	}
}

// addParameters adds the names of the parameters that b has and a has not to set, and of
// those that b has no longer to cleared.
func addParameters(a, b *wgtypes.Amnezia, set, cleared map[string]bool) {
	initial := wgtypes.DefaultAmnezia()
	for _, p := range wgtypes.AmneziaParameters() {
		none := p.State(&initial)
		before, after := reflect.DeepEqual(p.State(a), none), reflect.DeepEqual(p.State(b), none)
		set[p.Name()] = set[p.Name()] || before && !after
		cleared[p.Name()] = cleared[p.Name()] || !before && after
	}
}

func checkKeepaliveRanges(t *testing.T, version wgtypes.AmneziaVersion, name string, c wgtypes.Config) {
	t.Helper()
	for _, p := range c.Peers {
		if p.PersistentKeepaliveMax != 0 && version < wgtypes.AmneziaV30 {
			t.Errorf("%s: version %v has the keepalive range %v, want none before 3.0", name, version, p.PersistentKeepaliveMax)
		}
	}
}

// TestRandomAmnezia checks that random devices have valid parameters, that random
// changes leave them valid, and that both have no later parameters than their version.
func TestRandomAmnezia(t *testing.T) {
	t.Parallel()
	for version := wgtypes.AmneziaV10; version <= wgtypes.AmneziaV31; version++ {
		o := RandomOptions{MaxPeers: 2, Amnezia: version}
		for seed := range uint64(100) {
			r := rand.New(rand.NewPCG(seed, uint64(version)))
			d := RandomDevice(r, o)
			for range 3 {
				if err := d.Amnezia.Validate(); err != nil || d.Amnezia.Version != version {
					t.Fatalf("version %v: Validate(%+v) = %v, want nil", version, d.Amnezia, err)
				}
				for _, p := range wgtypes.AmneziaParameters() {
					if p.Since() > version && !reflect.ValueOf(p.State(d.Amnezia)).Elem().IsZero() {
						t.Errorf("version %v: random device has %s", version, p.Name())
					}
				}
				d = wginternal.Apply(d, RandomConfig(r, d, o))
			}
		}
	}
}
