package wgctrl_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestConfigIsNotModified checks that ConfigureDevice and SyncDevice do not modify a
// Config, also one that they send in another form.
func TestConfigIsNotModified(t *testing.T) {
	t.Parallel()
	configure := func(ctx context.Context, c *wgctrl.Client, name string, config wgtypes.Config) error {
		return c.ConfigureDevice(ctx, name, config)
	}
	sync := func(ctx context.Context, c *wgctrl.Client, name string, config wgtypes.Config) error {
		_, err := c.SyncDevice(ctx, name, config, wgctrl.SyncOptions{})
		return err
	}
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		have := wgtest.RandomDevice(r, wgtest.RandomOptions{})
		config := wgtest.RandomConfig(r, have, wgtest.RandomOptions{Collisions: 0.3, Unnormalized: true})
		want, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		f := wgtest.NewFake(t, have)
		c := f.Client(t)
		for name, do := range map[string]func(context.Context, *wgctrl.Client, string, wgtypes.Config) error{
			"ConfigureDevice": configure, "SyncDevice": sync,
		} {
			f.SetState(have)
			if err := do(t.Context(), c, f.Name, config); err != nil {
				t.Errorf("seed %d: %s(%v) = %v, want nil", seed, name, config, err)
			}
			if got, err := json.Marshal(config); err != nil || string(got) != string(want) {
				t.Errorf("seed %d: %s changed its argument to %s, %v, want %s", seed, name, got, err, want)
			}
		}
	}
}
