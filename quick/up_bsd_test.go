//go:build unix

package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// bsdFile is a file with everything. LOG is the path of the log.
const bsdFile = `[Interface]
PrivateKey = 2PYVRVWMb4bxJyUtpgi2cGxnWwPFGE6+BTDqw6RPL0s=
Address = 10.0.0.1/24, fd00::1/64
DNS = 10.0.0.53, example.com
PreUp = echo PreUp %i %I >>LOG
PostUp = echo PostUp %i >>LOG
PreDown = echo PreDown %i >>LOG
PostDown = echo PostDown %i >>LOG

[Peer]
PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
AllowedIPs = 0.0.0.0/0, ::/0, 10.8.0.0/16
Endpoint = 192.0.2.1:51820
`

// bsdUp and bsdDown are the commands for bsdFile, as wg-quick's scripts have them.
var bsdUp = map[bsdplan.System]string{
	bsdplan.FreeBSD: `ifconfig wg create name wg0
PreUp wg0 %I
ifconfig wg0 inet 10.0.0.1/24 alias
ifconfig wg0 inet6 fd00::1/64 alias
ifconfig wg0 mtu 1420
ifconfig wg0 up
resolvconf -a wg0 -x
route -q -n add -inet 10.8.0.0/16 -interface wg0
route -q -n add -inet6 ::/1 -interface wg0
route -q -n add -inet6 8000::/1 -interface wg0
route -q -n add -inet 0.0.0.0/1 -interface wg0
route -q -n add -inet 128.0.0.0/1 -interface wg0
route -q -n add -inet 192.0.2.1 -gateway 192.168.7.1
PostUp wg0
`,
	bsdplan.OpenBSD: `ifconfig wg1 create description wg-quick: wg0
PreUp wg1 wg0
ifconfig wg1 inet 10.0.0.1/24 alias
ifconfig wg1 inet6 fd00::1/64 alias
ifconfig wg1 mtu 1420
ifconfig wg1 up
cp /etc/resolv.conf /etc/resolv.conf.wg-quick-backup.wg0
printf search %s\n example.com
route nameserver wg1 10.0.0.53
route -q -n add -inet 10.8.0.0/16 -iface 10.0.0.1
route -q -n add -inet6 ::/1 -iface fd00::1
route -q -n add -inet6 8000::/1 -iface fd00::1
route -q -n add -inet 0.0.0.0/1 -iface 10.0.0.1
route -q -n add -inet 128.0.0.0/1 -iface 10.0.0.1
route -q -n add -inet 192.0.2.1 -gateway 192.168.7.1
PostUp wg1
`,
	bsdplan.Darwin: `mkdir -p /var/run/wireguard/
wireguard-go utun
PreUp utun3 wg0
ifconfig utun3 inet 10.0.0.1/24 10.0.0.1 alias
ifconfig utun3 inet6 fd00::1/64 alias
ifconfig utun3 mtu 1420
ifconfig utun3 up
route -q -n add -inet 10.8.0.0/16 -interface utun3
route -q -n add -inet6 ::/1 -interface utun3
route -q -n add -inet6 8000::/1 -interface utun3
route -q -n add -inet 0.0.0.0/1 -interface utun3
route -q -n add -inet 128.0.0.0/1 -interface utun3
route -q -n add -inet 192.0.2.1 -gateway 192.168.7.1
networksetup -setdnsservers USB LAN 10.0.0.53
networksetup -setsearchdomains USB LAN example.com
networksetup -setdnsservers Wi-Fi 10.0.0.53
networksetup -setsearchdomains Wi-Fi example.com
PostUp utun3
`,
}

var bsdDownCommands = map[bsdplan.System]string{
	bsdplan.FreeBSD: `PreDown wg0
ifconfig wg0 destroy
resolvconf -d wg0
route -q -n delete -inet 192.0.2.1
PostDown wg0
`,
	bsdplan.OpenBSD: `PreDown wg1
route nameserver wg1
mv /etc/resolv.conf.wg-quick-backup.wg0 /etc/resolv.conf
ifconfig wg1 destroy
route -q -n delete -inet 192.0.2.1
PostDown wg1
`,
	bsdplan.Darwin: `PreDown utun3
rm -f /var/run/wireguard/utun3.sock
rm -f /var/run/wireguard/wg0.name
networksetup -setdnsservers USB LAN Empty
networksetup -setsearchdomains USB LAN Empty
networksetup -setdnsservers Wi-Fi 1.1.1.1 9.9.9.9
networksetup -setsearchdomains Wi-Fi lan
route -q -n delete -inet 192.0.2.1
PostDown utun3
`,
}

// onBSD runs a test on each system.
func onBSD(t *testing.T, test func(t *testing.T, f *fakeBSD)) {
	t.Helper()
	for _, kind := range bsdKinds {
		t.Run(bsdNames[kind], func(t *testing.T) {
			t.Parallel()
			test(t, newFakeBSD(t, kind))
		})
	}
}

func TestBSDUpAndDownRunTheCommandsOfWGQuick(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		before := f.state(t)
		tunnel, got := f.up(t, bsdFile)
		if diff := cmp.Diff(bsdUp[f.kind], got); diff != "" {
			t.Errorf("commands of up (-want +got):\n%s", diff)
		}
		d, err := f.devices.Device(t.Context(), f.device())
		if err != nil || len(d.Peers) != 1 || len(d.Peers[0].AllowedIPs) != 3 {
			t.Errorf("Device(%q) = %v, %v, want the peer of the file", f.device(), d, err)
		}
		if err := f.platform(t).down(t.Context(), tunnel); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(bsdDownCommands[f.kind], f.log(t)); diff != "" {
			t.Errorf("commands of down (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" {
			t.Errorf("system after down (-want +got):\n%s", diff)
		}
		if got := f.read(t, "records/wg0.json"); got != "" {
			t.Errorf("record after down = %s, want none", got)
		}
	})
}

func TestBSDPlansAreTheStepsTaken(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		tunnel := f.tunnel(t, bsdFile)
		for _, v := range []Verb{VerbUp, VerbReload, VerbDown} {
			f.steps = nil
			before := f.state(t)
			steps, err := f.platform(t).plan(t.Context(), v, tunnel, tunnel.Settings)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, f.state(t)); diff != "" || len(f.steps) > 0 {
				t.Errorf("plan of %s took %v and changed (-want +got):\n%s", v, f.steps, diff)
			}
			switch v {
			case VerbUp:
				err = f.platform(t).up(t.Context(), tunnel, tunnel.Settings)
			case VerbReload:
				err = f.platform(t).reload(t.Context(), tunnel, tunnel.Settings)
			case VerbDown:
				err = f.platform(t).down(t.Context(), tunnel)
			}
			if err != nil {
				t.Fatal(err)
			}
			got := commands(f.steps)
			if v == VerbUp && f.kind == bsdplan.Darwin {
				got = strings.ReplaceAll(got, "utun3", "utun") // the number is unknown before
			}
			if diff := cmp.Diff(commands(steps), got); diff != "" {
				t.Errorf("steps of %s (-planned +taken):\n%s", v, diff)
			}
		}
	})
}

// errKilled stands for the end of the process.
var errKilled = errors.New("killed")

// killAt runs up and stops it before a step, without any cleaning up. It returns false
// if up has fewer steps.
func killAt(t *testing.T, f *fakeBSD, text string, step int) (tunnel *Tunnel, killed bool) {
	t.Helper()
	tunnel = f.tunnel(t, text)
	f.onStep = func(Step) {
		if step--; step < 0 {
			panic(errKilled)
		}
	}
	defer func() {
		f.onStep = nil
		if r := recover(); r != nil {
			killed = r == any(errKilled)
			if !killed {
				panic(r)
			}
		}
	}()
	if err := f.platform(t).up(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	return tunnel, false
}

// Nothing depends on a process that stays: not even the DNS servers of macOS.
func TestBSDDownUndoesWhatAKilledUpLeft(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, _ *fakeBSD) {
		for _, text := range []string{bsdFile, "[Interface]\nDNS = 10.0.0.53\n"} {
			expectKillsUndone(t, bsdKindOf(t), text)
		}
	})
}

// expectKillsUndone kills up at each step, and expects that down removes everything.
func expectKillsUndone(t *testing.T, kind bsdplan.System, text string) {
	t.Helper()
	for step, killed := 0, true; killed; step++ {
		f := newFakeBSD(t, kind)
		before := f.state(t)
		var tunnel *Tunnel
		tunnel, killed = killAt(t, f, text, step)
		if err := f.platform(t).down(t.Context(), tunnel); err != nil {
			t.Errorf("down after up was killed at step %d = %v, want no error", step, err)
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" {
			t.Errorf("system after down of an up killed at step %d (-want +got):\n%s", step, diff)
		}
	}
}

// bsdKindOf returns the system that the running test of onBSD is for.
func bsdKindOf(t *testing.T) bsdplan.System {
	t.Helper()
	for kind, name := range bsdNames {
		if strings.HasSuffix(t.Name(), "/"+name) {
			return kind
		}
	}
	t.Fatalf("%s is not a test of onBSD", t.Name())
	return 0
}

func TestBSDUpRepairsWhatAKilledUpLeft(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, _ *fakeBSD) {
		kind := bsdKindOf(t)
		for step := 0; ; step += 3 {
			f := newFakeBSD(t, kind)
			before := f.state(t)
			tunnel, killed := killAt(t, f, bsdFile, step)
			if !killed {
				return
			}
			f.log(t)
			if err := f.platform(t).up(t.Context(), tunnel, tunnel.Settings); err != nil {
				t.Errorf("up after up was killed at step %d = %v, want no error", step, err)
			}
			if got := f.log(t); !strings.HasSuffix(got, bsdUp[kind]) {
				t.Errorf("commands of up after a kill at step %d = %s, want at the end %s", step, got, bsdUp[kind])
			}
			if err := f.platform(t).down(t.Context(), tunnel); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, f.state(t)); diff != "" {
				t.Errorf("system after down (-want +got):\n%s", diff)
			}
		}
	})
}

func TestBSDUpUndoesWhatItMadeWhenACommandFails(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, _ *fakeBSD) {
		kind := bsdKindOf(t)
		for line := range strings.Lines(bsdUp[kind]) {
			command := strings.TrimSpace(line)
			if strings.HasPrefix(command, "P") || strings.Contains(command, "-gateway") || kind == bsdplan.FreeBSD && strings.Contains(command, "create") {
				continue // hooks, and commands that may fail
			}
			f := newFakeBSD(t, kind)
			before := f.state(t)
			tunnel := f.tunnel(t, bsdFile)
			f.write(t, "root/fail", command)
			err := f.platform(t).up(t.Context(), tunnel, tunnel.Settings)
			if err == nil || !strings.Contains(err.Error(), "this command fails") {
				t.Errorf("up with a failing %q = %v, want its error", command, err)
			}
			if diff := cmp.Diff(before, f.state(t)); diff != "" {
				t.Errorf("system after a failing %q (-want +got):\n%s", command, diff)
			}
			if got := f.read(t, "records/wg0.json"); got != "" {
				t.Errorf("record after a failing %q = %s, want none", command, got)
			}
		}
	})
}

func TestBSDUpUndoesWhatItMadeWhenAHookFails(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		before := f.state(t)
		tunnel := f.tunnel(t, bsdFile+"[Interface]\nPostUp = exit 7\n")
		err := f.platform(t).up(t.Context(), tunnel, tunnel.Settings)
		if want := "PreDown and PostDown did not run"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("up with a failing hook = %v, want %q", err, want)
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" {
			t.Errorf("system after a failing hook (-want +got):\n%s", diff)
		}
	})
}

func TestBSDUpRefusesAnExistingInterface(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		tunnel, _ := f.up(t, bsdFile)
		before := f.state(t)
		want := fmt.Sprintf(`"wg0" already exists as %q`, f.device())
		if f.kind == bsdplan.FreeBSD {
			want = `"wg0" already exists`
		}
		err := f.platform(t).up(t.Context(), tunnel, tunnel.Settings)
		if !errors.Is(err, fs.ErrExist) || err.Error() != want {
			t.Errorf("up of an existing interface = %v, want %s", err, want)
		}
		// The same without a record, as with an interface of wg-quick.
		f.remove(t, "records/wg0.json")
		err = f.platform(t).up(t.Context(), tunnel, tunnel.Settings)
		if !errors.Is(err, fs.ErrExist) || err.Error() != want {
			t.Errorf("up of an existing interface without a record = %v, want %s", err, want)
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" || f.log(t) != "" {
			t.Errorf("system after up of an existing interface (-want +got):\n%s", diff)
		}
	})
}

// Between the check and the creation, another program makes the interface.
func TestFreeBSDUpKeepsTheInterfaceOfAnother(t *testing.T) {
	t.Parallel()
	f := newFakeBSD(t, bsdplan.FreeBSD)
	f.onStep = func(s Step) {
		f.onStep = nil
		f.write(t, "root/if/wg0", "wg0: flags=80c1<UP> mtu 1420\n")
	}
	tunnel := f.tunnel(t, bsdFile)
	if err := f.platform(t).up(t.Context(), tunnel, tunnel.Settings); !errors.Is(err, fs.ErrExist) {
		t.Errorf("up = %v, want %v", err, fs.ErrExist)
	}
	if got := f.log(t); !f.exists("wg0") || got != "ifconfig wg create name wg0\n" || f.read(t, "records/wg0.json") != "" {
		t.Errorf("commands = %q with wg0: %v, want only the creation", got, f.exists("wg0"))
	}
}

func TestFreeBSDUpStartsTheProgramWithoutAModule(t *testing.T) {
	t.Parallel()
	f := newFakeBSD(t, bsdplan.FreeBSD)
	before := f.state(t)
	f.write(t, "root/userspace", "")
	tunnel, got := f.up(t, bsdFile)
	want := strings.Replace(bsdUp[f.kind], "name wg0\n", "name wg0\nwireguard-go wg0\n", 1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands of up (-want +got):\n%s", diff)
	}
	if len(f.warnings) != 1 || !strings.Contains(f.warnings[0], "Invalid argument") {
		t.Errorf("warnings = %q, want one with the reason", f.warnings)
	}
	if err := f.platform(t).down(t.Context(), tunnel); err != nil {
		t.Fatal(err)
	}
	want = strings.Replace(bsdDownCommands[f.kind], "ifconfig wg0 destroy", "rm -f /var/run/wireguard/wg0.sock", 1)
	if diff := cmp.Diff(want, f.log(t)); diff != "" {
		t.Errorf("commands of down (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, f.state(t)); diff != "" {
		t.Errorf("system after down (-want +got):\n%s", diff)
	}
}

// Other processes take the first two names that are free.
func TestOpenBSDUpTriesTheNextName(t *testing.T) {
	t.Parallel()
	f := newFakeBSD(t, bsdplan.OpenBSD)
	f.write(t, "root/busy/wg1", "")
	f.write(t, "root/busy/wg2", "")
	_, got := f.up(t, "[Interface]\n")
	want := "ifconfig wg1 create description wg-quick: wg0\nifconfig wg2 create description wg-quick: wg0\n" +
		"ifconfig wg3 create description wg-quick: wg0\nifconfig wg3 mtu 1420\nifconfig wg3 up\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands of up (-want +got):\n%s", diff)
	}
}

func TestOpenBSDUpWarnsWithoutResolver(t *testing.T) {
	t.Parallel()
	f := newFakeBSD(t, bsdplan.OpenBSD)
	f.remove(t, "root/running/resolvd")
	before := f.state(t)
	tunnel, got := f.up(t, bsdFile)
	if strings.Contains(got, "resolv.conf") || strings.Contains(got, "nameserver") {
		t.Errorf("commands of up = %s, want none for DNS", got)
	}
	if len(f.warnings) != 1 || !strings.Contains(f.warnings[0], "not set") {
		t.Errorf("warnings = %q, want one", f.warnings)
	}
	if err := f.platform(t).down(t.Context(), tunnel); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, f.state(t)); diff != "" {
		t.Errorf("system after down (-want +got):\n%s", diff)
	}
}

func TestBSDUpChecksBeforeItChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		kind    bsdplan.System
		text    string
		missing string // a program
		want    string
	}{
		{"resolvconf", bsdplan.FreeBSD, bsdFile, "resolvconf", `set DNS servers: exec: "resolvconf": executable file not found in $PATH`},
		{"program", bsdplan.Darwin, bsdFile, "wireguard-go", `create interface: exec: "wireguard-go": executable file not found in $PATH`},
		{"table", bsdplan.Darwin, "[Interface]\nTable = 5\n", "", `invalid Table "5": must be auto, main or off on macOS`},
		{"address", bsdplan.OpenBSD, strings.Replace(bsdFile, ", fd00::1/64", "", 1), "", "add route ::/0: wg0 needs an address of the same family"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFakeBSD(t, tt.kind)
			if tt.missing != "" {
				f.remove(t, "bin/"+tt.missing)
			}
			tunnel := f.tunnel(t, tt.text)
			if err := f.platform(t).up(t.Context(), tunnel, tunnel.Settings); err == nil || err.Error() != tt.want {
				t.Errorf("up = %v, want %s", err, tt.want)
			}
			if got := f.log(t); got != "" {
				t.Errorf("commands of up = %s, want none", got)
			}
		})
	}
}

// A context that ends during a command still lets up remove what it made.
func TestBSDUpUndoesAfterItsContextEnds(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		before := f.state(t)
		f.onStep = func(s Step) {
			if strings.HasSuffix(s.Command(), " up") {
				cancel()
			}
		}
		tunnel := f.tunnel(t, bsdFile)
		if err := f.platform(t).up(ctx, tunnel, tunnel.Settings); !errors.Is(err, context.Canceled) {
			t.Errorf("up with a context that ended = %v, want %v", err, context.Canceled)
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" {
			t.Errorf("system after up (-want +got):\n%s", diff)
		}
	})
}

func TestFreeBSDUpKeepsAConfiguredInterfaceOfAnother(t *testing.T) {
	t.Parallel()
	f := newFakeBSD(t, bsdplan.FreeBSD)
	tunnel, killed := killAt(t, f, bsdFile, 0) // before the creation, but with a record
	if !killed {
		t.Fatal("up was not killed")
	}
	f.write(t, "root/if/wg0", "wg0: flags=80c1<UP> mtu 1420\n")
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.devices.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{PrivateKey: &key}); err != nil {
		t.Fatal(err)
	}
	if err := f.platform(t).up(t.Context(), tunnel, tunnel.Settings); !errors.Is(err, fs.ErrExist) || !f.exists("wg0") {
		t.Errorf("up = %v with wg0: %v, want %v and the interface", err, f.exists("wg0"), fs.ErrExist)
	}
}
