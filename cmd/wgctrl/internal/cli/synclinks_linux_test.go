package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
)

// confDirWith returns a directory with configuration files, by the names of their
// devices.
func confDirWith(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for device, text := range files {
		if err := os.WriteFile(filepath.Join(dir, device+confSuffix), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestSyncAllKernel checks that sync --all creates and removes kernel devices, but not in
// a dry run, and that it removes none after an error.
func TestSyncAllKernel(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t) // wg0
	c := d.Client(t)
	if err := c.CreateDevice(t.Context(), "old7", wgctrl.LinkOptions{}); err != nil {
		t.Fatal(err)
	}
	const text = "[Interface]\nListenPort = 51820\nAddress = 10.0.0.1/24\n[Peer]\nPublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	good := confDirWith(t, map[string]string{"wg0": "[Interface]\nFwMark = 7\n", "new8": text})
	bad := confDirWith(t, map[string]string{"wg0": "[Interface]\nFwMark = x\n"})
	flags := []string{"--backend", "kernel", "--netns", fmt.Sprintf("/proc/self/fd/%d", d.NetNS().FD()), "sync", "--create", "--prune", "--all"}
	for _, test := range []struct {
		name, dir string
		args      []string
		code      int
		out, errs string // contained in the output
		devices   []string
	}{
		{"a dry run", good, []string{"--dry-run"}, 0, "old7: removed (dry run)\n3 devices: 1 created, 1 removed, 1 changed, 0 unchanged, 0 failed\n", "", []string{"old7", "wg0"}},
		{"a wrong file", bad, nil, 1, "1 device: 0 changed, 0 unchanged, 1 failed\n", "--prune removes no device", []string{"old7", "wg0"}},
		{"a run", good, nil, 0, "old7: removed\n3 devices: 1 created, 1 removed, 1 changed, 0 unchanged, 0 failed\n", "", []string{"new8", "wg0"}},
		{"a second run", good, nil, 0, "2 devices: 0 changed, 2 unchanged, 0 failed\n", "", []string{"new8", "wg0"}},
	} {
		code, out, errs := runCommand(t, append(slices.Clone(flags), append([]string{test.dir}, test.args...)...)...)
		if code != test.code || !strings.HasSuffix(out, test.out) || !strings.Contains(errs, test.errs) || test.errs == "" && errs != "" {
			t.Errorf("sync --all in %s = %d, stdout %q, stderr %q, want %d, %q, %q", test.name, code, out, errs, test.code, test.out, test.errs)
		}
		refs, err := c.List(t.Context())
		if got := deviceNames(refs); err != nil || !slices.Equal(got, test.devices) {
			t.Errorf("devices after %s = %q, %v, want %q", test.name, got, err, test.devices)
		}
	}
	link, err := c.Link(t.Context(), "new8")
	if err != nil || link.Up {
		t.Errorf("Link(new8) = %+v, %v, want a link that is down", link, err)
	}
	if got, err := c.Device(t.Context(), "new8"); err != nil || got.ListenPort != 51820 || len(got.Peers) != 1 {
		t.Errorf("Device(new8) = %v, %v, want the port 51820 and one peer", got, err)
	}
	if got, err := c.Device(t.Context(), "wg0"); err != nil || got.FirewallMark != 7 {
		t.Errorf("Device(wg0) = %v, %v, want the firewall mark 7", got, err)
	}
}
