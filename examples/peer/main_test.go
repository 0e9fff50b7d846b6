package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

const key = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

func TestPeer(t *testing.T) {
	t.Parallel()
	for name, device := range map[string]func(testing.TB) *wgtest.Device{"userspace": wireguardgotest.OfflineDevice, "kernel": wgtest.Kernel} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := device(t)
			c := d.Client(t)
			for _, step := range []struct {
				args []string
				want string
			}{
				{[]string{"add", d.Name, key, "10.0.0.1/24", "2001:db8::/64"}, "[10.0.0.0/24 2001:db8::/64]"},
				{[]string{"add", d.Name, key, "10.1.0.0/24"}, "[10.1.0.0/24]"},
				{[]string{"remove", d.Name, key}, ""},
				{[]string{"remove", d.Name, key}, ""},
			} {
				if err := run(t.Context(), c, step.args); err != nil {
					t.Fatalf("run(%q) = %v, want no error", step.args, err)
				}
				state, err := c.Device(t.Context(), d.Name)
				if err != nil {
					t.Fatal(err)
				}
				var got strings.Builder
				for _, p := range state.Peers {
					got.WriteString(fmt.Sprint(p.AllowedIPs))
				}
				if got.String() != step.want {
					t.Errorf("after run(%q) the peers have %q, want %q", step.args, got.String(), step.want)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := wireguardgotest.OfflineDevice(t).Client(t)
	for _, args := range [][]string{nil, {"add", "wg0", key}, {"remove", "wg0", key, "10.0.0.0/8"}, {"move", "wg0", key}} {
		if err := run(t.Context(), c, args); !errors.Is(err, errUsage) {
			t.Errorf("run(%q) = %v, want errUsage", args, err)
		}
	}
	if err := run(t.Context(), c, []string{"add", "absent", key, "10.0.0.0/8"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("run() for the device absent = %v, want error wrapping fs.ErrNotExist", err)
	}
	for _, args := range [][]string{{"add", "wg0", "short", "10.0.0.0/8"}, {"add", "wg0", key, "10.0.0.0"}} {
		if err := run(t.Context(), c, args); err == nil {
			t.Errorf("run(%q) = nil, want an error", args)
		}
	}
}
