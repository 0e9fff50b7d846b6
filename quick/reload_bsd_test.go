//go:build unix

package quick

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
)

// reloadBSD reloads wg0 with a file and returns the commands.
func reloadBSD(t testing.TB, f *fakeBSD, text string) string {
	t.Helper()
	tunnel := f.tunnel(t, text)
	if err := f.platform(t).reload(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	return f.log(t)
}

func TestBSDReloadOfAnUnchangedFile(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		f.up(t, bsdFile)
		f.steps = nil
		record := f.read(t, "records/wg0.json")
		if got := reloadBSD(t, f, bsdFile); got != "" || len(f.steps) > 0 || len(f.warnings) > 1 {
			t.Errorf("commands of reload = %q, steps %v, warnings %q, want none and at most one warning", got, f.steps, f.warnings)
		}
		if diff := cmp.Diff(record, f.read(t, "records/wg0.json")); diff != "" {
			t.Errorf("record after reload (-want +got):\n%s", diff)
		}
	})
}

// After the gateway changed, reload renews the routes to endpoints, which is what the
// route monitor of wg-quick does.
func TestBSDReloadRenewsEndpointRoutes(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		before := f.state(t)
		tunnel, _ := f.up(t, bsdFile)
		f.write(t, "root/netstat/inet", "default 10.7.7.7 UGS em0\n")
		want := "route -q -n delete -inet 192.0.2.1\nroute -q -n add -inet 192.0.2.1 -gateway 10.7.7.7\n"
		if diff := cmp.Diff(want, reloadBSD(t, f, bsdFile)); diff != "" {
			t.Errorf("commands of reload (-want +got):\n%s", diff)
		}
		if got := reloadBSD(t, f, bsdFile); got != "" {
			t.Errorf("commands of the second reload = %q, want none", got)
		}
		if err := f.platform(t).down(t.Context(), tunnel); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" {
			t.Errorf("system after down (-want +got):\n%s", diff)
		}
	})
}

// bsdChanged is bsdFile with other addresses, DNS servers, routes and endpoints.
var bsdChanged = strings.NewReplacer(
	"10.0.0.1/24", "10.0.0.2/24", "10.0.0.53, example.com", "10.0.0.54", "0.0.0.0/0, ::/0, ", "", "192.0.2.1", "192.0.2.9",
).Replace(bsdFile)

var bsdReloadCommands = map[bsdplan.System]string{
	bsdplan.FreeBSD: `ifconfig wg0 inet 10.0.0.1 -alias
ifconfig wg0 inet 10.0.0.2/24 alias
resolvconf -a wg0 -x
`,
	bsdplan.OpenBSD: `ifconfig wg1 inet 10.0.0.1 -alias
ifconfig wg1 inet 10.0.0.2/24 alias
route -q -n add -inet 10.8.0.0/16 -iface 10.0.0.2
route nameserver wg1
mv /etc/resolv.conf.wg-quick-backup.wg0 /etc/resolv.conf
cp /etc/resolv.conf /etc/resolv.conf.wg-quick-backup.wg0
route nameserver wg1 10.0.0.54
`,
	bsdplan.Darwin: `ifconfig utun3 inet 10.0.0.1 -alias
ifconfig utun3 inet 10.0.0.2/24 10.0.0.2 alias
networksetup -setdnsservers USB LAN 10.0.0.54
networksetup -setsearchdomains USB LAN Empty
networksetup -setdnsservers Wi-Fi 10.0.0.54
networksetup -setsearchdomains Wi-Fi Empty
`,
}

func TestBSDReloadChangesWhatDiffers(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		before := f.state(t)
		tunnel, _ := f.up(t, bsdFile)
		var removed strings.Builder
		removed.WriteString("route -q -n delete -inet 192.0.2.1\n")
		for _, p := range []string{"-inet 10.8.0.0/16", "-inet6 ::/1", "-inet6 8000::/1", "-inet 0.0.0.0/1", "-inet 128.0.0.0/1"} {
			if p != "-inet 10.8.0.0/16" || f.kind == bsdplan.OpenBSD { // its target is the address
				removed.WriteString("route -q -n delete " + p + "\n")
			}
		}
		if diff := cmp.Diff(removed.String()+bsdReloadCommands[f.kind], reloadBSD(t, f, bsdChanged)); diff != "" {
			t.Errorf("commands of reload (-want +got):\n%s", diff)
		}
		d, err := f.devices.Device(t.Context(), f.device())
		if err != nil || len(d.Peers[0].AllowedIPs) != 1 {
			t.Errorf("Device = %v, %v, want the allowed IPs of the new file", d, err)
		}
		if got := reloadBSD(t, f, bsdChanged); got != "" {
			t.Errorf("commands of the second reload = %q, want none", got)
		}
		if err := f.platform(t).down(t.Context(), tunnel); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" {
			t.Errorf("system after down (-want +got):\n%s", diff)
		}
	})
}

// Whatever command fails, the next reload makes the rest of the change, and down removes
// everything.
func TestBSDReloadAfterAFailure(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, _ *fakeBSD) {
		kind := bsdKindOf(t)
		for line := range strings.Lines(bsdReloadCommands[kind]) {
			command := strings.TrimSpace(line)
			f := newFakeBSD(t, kind)
			before := f.state(t)
			tunnel, _ := f.up(t, bsdFile)
			f.write(t, "root/fail", command)
			changed := f.tunnel(t, bsdChanged)
			err := f.platform(t).reload(t.Context(), changed, changed.Settings)
			if want := "reload again"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("reload with a failing %q = %v, want %q", command, err, want)
			}
			f.remove(t, "root/fail")
			f.log(t)
			if got := reloadBSD(t, f, bsdChanged); !strings.Contains(got, command) {
				t.Errorf("commands of the second reload = %s, want %q", got, command)
			}
			if got := reloadBSD(t, f, bsdChanged); got != "" {
				t.Errorf("commands of the third reload = %q, want none", got)
			}
			if err := f.platform(t).down(t.Context(), tunnel); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, f.state(t)); diff != "" {
				t.Errorf("system after a failing %q and down (-want +got):\n%s", command, diff)
			}
		}
	})
}

func TestBSDReloadErrors(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		tunnel := f.tunnel(t, bsdFile)
		b := f.platform(t)
		if err := b.reload(t.Context(), tunnel, tunnel.Settings); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("reload without an interface = %v, want %v", err, fs.ErrNotExist)
		}
		f.up(t, bsdFile)
		empty := f.tunnel(t, "[Interface]\n")
		if err := b.reload(t.Context(), empty, empty.Settings); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("reload of an empty file = %v, want %v", err, fs.ErrInvalid)
		}
		table := f.tunnel(t, bsdFile+"[Interface]\nTable = off\n")
		if err := b.reload(t.Context(), table, table.Settings); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("reload with another table = %v, want %v", err, errors.ErrUnsupported)
		}
		f.remove(t, "records/wg0.json")
		err := b.reload(t.Context(), tunnel, tunnel.Settings)
		if want := "another program made the interface"; !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("reload without a record = %v, want %q", err, want)
		}
		if got := f.log(t); got != "" {
			t.Errorf("commands of failing reloads = %q, want none", got)
		}
	})
}
