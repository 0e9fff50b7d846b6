package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

const (
	keyA = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	keyB = "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	peer = "[Peer]\nAllowedIPs = 10.0.0.0/24\nPublicKey = "
)

func TestSync(t *testing.T) {
	t.Parallel()
	for name, device := range map[string]func(testing.TB) *wgtest.Device{"userspace": wireguardgotest.OfflineDevice, "kernel": wgtest.Kernel} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := device(t)
			c := d.Client(t)
			for _, step := range []struct{ file, want string }{
				{peer + keyA, "added " + keyA + "\n"},
				{peer + keyA, ""},
				{strings.ReplaceAll(peer, "10.0", "10.9") + keyA + "\nEndpoint = 192.0.2.1:51820\n", "changed " + keyA + "\n"},
				{"[Interface]\nAddress = 10.0.0.1/24\n" + peer + keyB, "added " + keyB + "\nremoved " + keyA + "\n"},
			} {
				if got := syncText(t, d, step.file); got != step.want {
					t.Errorf("sync() printed %q, want %q", got, step.want)
				}
			}
			state, err := c.Device(t.Context(), d.Name)
			if err != nil || len(state.Peers) != 1 || state.Peers[0].PublicKey.String() != keyB {
				t.Errorf("Device(%q) = %+v, %v, want only the peer %s", d.Name, state, err, keyB)
			}
		})
	}
}

// syncText runs the program with a file and returns its output.
func syncText(t *testing.T, d *wgtest.Device, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := sync(t.Context(), d.Client(t), d.Name, file, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestBadFile checks that an invalid file changes nothing, and that the error has no
// key.
func TestBadFile(t *testing.T) {
	t.Parallel()
	f := wgtest.NewFake(t, nil)
	file := filepath.Join(t.TempDir(), "wg0.conf")
	secret := strings.Replace(keyA, "AA=", "AA", 1)
	if err := os.WriteFile(file, []byte("[Interface]\nPrivateKey = "+secret+"\n"+peer+keyA), 0o600); err != nil {
		t.Fatal(err)
	}
	err := sync(t.Context(), f.Client(t), f.Name, file, &strings.Builder{})
	if err == nil || !strings.Contains(err.Error(), "wg0.conf:2") || strings.Contains(err.Error(), secret) {
		t.Errorf("sync() = %v, want an error at wg0.conf:2 without the key", err)
	}
	if len(f.Sets()) != 0 {
		t.Errorf("sync() sent %d changes, want 0", len(f.Sets()))
	}
}
