//go:build unix

package quick

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
	"github.com/wgctrl/wgctrl/quick/internal/hook"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var bsdKinds = []bsdplan.System{bsdplan.FreeBSD, bsdplan.OpenBSD, bsdplan.Darwin}

var bsdNames = map[bsdplan.System]string{bsdplan.FreeBSD: "freebsd", bsdplan.OpenBSD: "openbsd", bsdplan.Darwin: "darwin"}

// fakeBSD is a FreeBSD, OpenBSD or macOS made of shell scripts. They keep its state in
// files under root, and note the commands that change something.
type fakeBSD struct {
	kind     bsdplan.System
	dir      string // with bin, root and records
	warnings []string
	steps    []Step
	onStep   func(Step)
	devices  *fakeDevices
}

// newFakeBSD returns a system with the interface em0, a default route and DNS servers.
func newFakeBSD(t testing.TB, kind bsdplan.System) *fakeBSD {
	t.Helper()
	f := &fakeBSD{kind: kind, dir: t.TempDir()}
	f.devices = &fakeDevices{newMachine(), f}
	script, err := os.ReadFile("testdata/bsd/programs.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cp", "ifconfig", "mkdir", "mv", "netstat", "networksetup", "pgrep", "printf", "resolvconf", "rm", "route", "wireguard-go"} {
		f.write(t, "bin/"+name, string(script))
		if err := os.Chmod(f.path("bin/"+name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	f.write(t, "root/if/em0", "em0: flags=8843<UP> mtu 1500\n")
	if kind == bsdplan.OpenBSD {
		f.write(t, "root/if/wg0", "wg0: flags=80c3<UP> mtu 1420\n\tdescription: wg-quick: other\n")
	}
	f.write(t, "root/netstat/inet", "default 192.168.7.1 UGS em0\n")
	f.write(t, "root/netstat/inet6", "default fe80::1%em0 UGS em0\n")
	f.write(t, "root/get/default", "em0")
	f.write(t, "root/get/192.0.2.1", "em0")
	f.write(t, "root/running/resolvd", "")
	f.write(t, "root/etc/resolv.conf", "nameserver 192.168.7.1\n")
	f.write(t, "root/dns/Wi-Fi", "1.1.1.1\n9.9.9.9\n")
	f.write(t, "root/search/Wi-Fi", "lan\n")
	f.write(t, "root/dns/USB LAN", "There aren't any DNS Servers set on USB LAN.\n")
	f.write(t, "root/search/USB LAN", "There aren't any Search Domains set on USB LAN.\n")
	f.write(t, "root/resolvconf/none", "")
	return f
}

func (f *fakeBSD) path(name string) string { return filepath.Join(f.dir, name) }

func (f *fakeBSD) write(t testing.TB, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(f.path(name)), 0o700)
	if err == nil {
		err = os.WriteFile(f.path(name), []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fakeBSD) remove(t testing.TB, name string) {
	t.Helper()
	if err := os.Remove(f.path(name)); err != nil {
		t.Fatal(err)
	}
}

// read returns the text of a file, or "".
func (f *fakeBSD) read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(f.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// log returns the commands since the last call.
func (f *fakeBSD) log(t testing.TB) string {
	t.Helper()
	text := f.read(t, "root/log")
	f.write(t, "root/log", "")
	return text
}

// exists reports whether the system has an interface.
func (f *fakeBSD) exists(name string) bool {
	_, err := os.Stat(f.path("root/if/" + name))
	return err == nil
}

// state returns everything that a tunnel changes.
func (f *fakeBSD) state(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	for _, dir := range []string{"if", "etc", "dns", "search", "resolvconf", "var/run/wireguard", "hosts"} {
		entries, err := os.ReadDir(f.path("root/" + dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := dir + "/" + e.Name()
			b.WriteString(name + ": " + f.read(t, "root/"+name) + "\n")
		}
	}
	return b.String()
}

// platform returns a platform of this system.
func (f *fakeBSD) platform(t testing.TB) *bsd {
	return &bsd{
		kind: f.kind, dir: f.path("records"), devices: f.devices, program: "wireguard-go",
		runner: bsdplan.Runner{Path: f.path("bin"), Root: f.path("root")},
		hooks:  hook.Hooks{Interface: "wg0", Program: "test", Shell: "/bin/sh"},
		lookup: func(context.Context, string) []netip.Addr { return nil },
		onStep: func(s Step) {
			f.steps = append(f.steps, s)
			if f.onStep != nil {
				f.onStep(s)
			}
		},
		warn:     func(err error) { f.warnings = append(f.warnings, err.Error()) },
		interval: time.Millisecond,
	}
}

// tunnel returns the tunnel wg0 with a file, in which LOG means the path of the log.
func (f *fakeBSD) tunnel(t testing.TB, text string) *Tunnel {
	t.Helper()
	return parseTunnel(t, strings.ReplaceAll(text, "LOG", f.path("root/log")))
}

// up brings wg0 up with a file and returns the tunnel and the commands.
func (f *fakeBSD) up(t testing.TB, text string) (*Tunnel, string) {
	t.Helper()
	tunnel := f.tunnel(t, text)
	if err := f.platform(t).up(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	return tunnel, f.log(t)
}

// device returns the name of the system's interface.
func (f *fakeBSD) device() string {
	return map[bsdplan.System]string{bsdplan.FreeBSD: "wg0", bsdplan.OpenBSD: "wg1", bsdplan.Darwin: "utun3"}[f.kind]
}

// fakeDevices are the WireGuard devices of a fakeBSD: each of its interfaces but em0 is
// one. The machine has their configurations.
type fakeDevices struct {
	*machine
	system *fakeBSD
}

func (d *fakeDevices) Device(ctx context.Context, name string) (*wgtypes.Device, error) {
	_, configured := d.Configs[name]
	switch {
	case name == "em0":
		return nil, wgctrl.ErrNotWireGuard
	case !d.system.exists(name):
		delete(d.Configs, name)
	case !configured:
		d.Configs[name] = wgtypes.Config{}
	}
	return d.machine.Device(ctx, name)
}

func (d *fakeDevices) ConfigureDevice(ctx context.Context, name string, c wgtypes.Config) error {
	if _, err := d.Device(ctx, name); err != nil {
		return err
	}
	return d.machine.ConfigureDevice(ctx, name, c)
}

func (d *fakeDevices) SyncDevice(ctx context.Context, name string, c wgtypes.Config, o wgctrl.SyncOptions) (wgtypes.Config, error) {
	if _, err := d.Device(ctx, name); err != nil {
		return wgtypes.Config{}, err
	}
	return d.machine.SyncDevice(ctx, name, c, o)
}

func TestNewBSD(t *testing.T) {
	t.Parallel()
	tunnel := parseTunnel(t, bsdFile)
	b, err := newBSD(bsdplan.FreeBSD, nil, tunnel, &Options{})
	if err != nil || b.dir != "/var/run/wgctrl/quick" || b.program != "wireguard-go" || b.hooks.Program != "wgctrl" {
		t.Errorf("newBSD = %+v, %v, want the defaults", b, err)
	}
	if !strings.Contains(b.hooks.Config, "PrivateKey") || strings.Contains(b.hooks.Config, "PostUp") {
		t.Errorf("configuration for hooks = %q, want the part of wg(8)", b.hooks.Config)
	}
	if _, err := newBSD(bsdplan.FreeBSD, nil, tunnel, &Options{NetNS: "x"}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("newBSD with a network namespace = %v, want %v", err, errors.ErrUnsupported)
	}
	tunnel.Settings.Interface.Amnezia = new(wgtypes.AmneziaConfig)
	if _, err := newBSD(bsdplan.FreeBSD, nil, tunnel, &Options{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("newBSD for AmneziaWG = %v, want %v", err, errors.ErrUnsupported)
	}
}
