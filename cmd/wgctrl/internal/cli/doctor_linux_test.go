package cli

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// findings returns the headings of what doctor prints about wga, and its exit code. The
// calling thread must be in the network namespace.
func findings(t *testing.T, d *wgtest.Device, file string) (code int, headings []string) {
	t.Helper()
	code, out, errs := runCommand(t, "--backend", "userspace", "--socket-dir", d.SocketDir(), "doctor", d.Name, file)
	if errs != "" {
		t.Errorf("doctor prints %q on stderr, want nothing", errs)
	}
	for line := range strings.Lines(out) {
		if heading, ok := strings.CutPrefix(line, d.Name+": "); ok {
			headings = append(headings, strings.TrimSuffix(heading, "\n"))
		}
	}
	return code, headings
}

// TestDoctorTunnel runs doctor on a tunnel that works, and after breaking it.
func TestDoctorTunnel(t *testing.T) {
	t.Parallel()
	wgtest.NetNS(t).Do(t, func() {
		a, b := wireguardgotest.Tunnel(t)
		tun := testutil.NewTUN(t, a.Name, netip.PrefixFrom(a.Addr, 24))
		if _, err := wgtest.RoundTrip(t.Context(), a, b); err != nil {
			t.Fatal(err)
		}
		client := a.Client(t)
		file := deviceFile(t, client, a.Name)
		check := func(what string, wantCode int, want ...string) {
			t.Helper()
			if code, got := findings(t, a.Device, file); code != wantCode || !slices.Equal(got, want) {
				t.Errorf("doctor of a tunnel %s = %d, %q, want %d, %q", what, code, got, wantCode, want)
			}
		}
		change := func(c wgtypes.Config) {
			t.Helper()
			if err := client.ConfigureDevice(t.Context(), a.Name, c); err != nil {
				t.Fatal(err)
			}
		}
		check("that works", 0, "nothing found")
		tun.SetUp(t, false)
		check("that is down", 1, "error: device-down", "1 finding")
		tun.SetUp(t, true)
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
		check("with a file that everyone can read", 1, "warning: file-exposed", "1 finding")
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
		change(wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: peerOf(t, client, a.Name), UpdateOnly: true, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.9.9.0/24")}}}})
		check("with another allowed IP", 1, "warning: route-missing", "warning: file-differs", "2 findings")
		change(wgtypes.Config{ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{9}}}})
		check("with another peer", 1, "notice: handshake-never", "warning: file-differs", "2 findings")
	})
}

// peerOf returns the public key of the only peer of a device.
func peerOf(t *testing.T, c *wgctrl.Client, name string) wgtypes.PublicKey {
	t.Helper()
	d, err := c.Device(t.Context(), name)
	if err != nil || len(d.Peers) != 1 {
		t.Fatalf("Device(%q) = %v, %v, want one peer", name, d, err)
	}
	return d.Peers[0].PublicKey
}

// deviceFile writes the state of a device to a file.
func deviceFile(t *testing.T, c *wgctrl.Client, name string) string {
	t.Helper()
	d, err := c.Device(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".conf")
	if err := os.WriteFile(path, wgconf.FromDevice(d).AppendTo(nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDoctorTerminal checks that doctor uses colours on a terminal only.
func TestDoctorTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("WG_COLOR_MODE", "")
	dir, flags := newSocketDir(t)
	startDevice(t, dir, "dr0")
	configure(t, dir, "dr0", wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}})
	args := append(flags, "doctor", "dr0")
	const want = "dr0: \x1b[1;36mnotice\x1b[0m: handshake-never\r\n"
	if code, shown := onTerminal(t, args...); code != 1 || !strings.Contains(shown, want) {
		t.Errorf("doctor on a terminal = %d, %q, want 1, %q", code, shown, want)
	}
	if code, out, _ := runCommand(t, args...); code != 1 || strings.Contains(out, "\x1b") {
		t.Errorf("doctor without a terminal = %d, %q, want 1, no colours", code, out)
	}
	t.Setenv("NO_COLOR", "1")
	if code, shown := onTerminal(t, args...); code != 1 || strings.Contains(shown, "\x1b") {
		t.Errorf("doctor on a terminal with NO_COLOR = %d, %q, want 1, no colours", code, shown)
	}
}

// TestDoctorKernel runs doctor on a tunnel of kernel devices, one of which has its UDP
// socket in another network namespace.
func TestDoctorKernel(t *testing.T) {
	t.Parallel()
	a, b := wgtest.KernelTunnel(t)
	if _, err := wgtest.RoundTrip(t.Context(), a, b); err != nil {
		t.Fatal(err)
	}
	for _, end := range []*wgtest.End{a, b} {
		file := deviceFile(t, end.Client(t), end.Name)
		args := []string{"--backend", "kernel", "--netns", fmt.Sprintf("/proc/self/fd/%d", end.NetNS().FD()), "doctor", end.Name, file}
		code, out, errs := runCommand(t, args...)
		if code != 0 || errs != "" || !strings.HasPrefix(out, end.Name+": nothing found\n") || strings.Contains(out, end.Name+": not checked") {
			t.Errorf("doctor of a kernel tunnel = %d, stderr %q, stdout\n%s\nwant 0, nothing found and everything checked", code, errs, out)
		}
	}
}
