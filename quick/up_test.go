//go:build unix

package quick

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The steps of a run are those of its plan, with and without a record, and down leaves
// the machine as it was.
func TestUpAndDownTakeThePlannedSteps(t *testing.T) {
	t.Parallel()
	for _, name := range recordedFiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			m := newMachine()
			before := m.clone(t)
			tunnel := parseTunnel(t, testFile(t, name+".conf"))
			sys := m.system(dir)
			var steps []Step
			sys.onStep = func(s Step) { steps = append(steps, s) }
			if err := sys.up(t.Context(), tunnel, tunnel.Settings); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(testFile(t, name+".up"), commands(steps)); diff != "" {
				t.Errorf("commands of up (-want +got):\n%s", diff)
			}
			forgetful := m.clone(t)
			steps = nil
			if err := sys.down(t.Context(), tunnel); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(testFile(t, name+".down"), commands(steps)); diff != "" {
				t.Errorf("commands of down (-want +got):\n%s", diff)
			}
			before.Settings[srcValidMark] = m.Settings[srcValidMark]
			if diff := m.diff(before); diff != "" {
				t.Errorf("machine after down (-want +got):\n%s", diff)
			}

			sys = forgetful.system(t.TempDir())
			steps = nil
			sys.onStep = func(s Step) { steps = append(steps, s) }
			if err := sys.down(t.Context(), tunnel); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(testFile(t, name+".down"), commands(steps)); diff != "" {
				t.Errorf("commands of down without a record (-want +got):\n%s", diff)
			}
			if diff := forgetful.diff(before); diff != "" {
				t.Errorf("machine after down without a record (-want +got):\n%s", diff)
			}
		})
	}
}

// wg-quick makes the interface after up has checked its name. Up does not remove it.
func TestUpLeavesLinkOfOthers(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	sys.onStep = func(s Step) {
		if s.item.Kind == kindLink {
			if err := m.Create(t.Context(), "wg0"); err != nil {
				t.Error(err)
			}
		}
	}
	tunnel := parseTunnel(t, hookedDefaults)
	if err := sys.up(t.Context(), tunnel, tunnel.Settings); !errors.Is(err, fs.ErrExist) {
		t.Errorf("up = %v, want fs.ErrExist", err)
	}
	if _, err := m.Link(t.Context(), "wg0"); err != nil {
		t.Errorf("Link(wg0) = %v, want the link of the other program", err)
	}
}

// An up that was killed before it made its link does not own the link that another program
// made since.
func TestUpAfterKilledUpLeavesOtherLinks(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.LinkList = append(m.LinkList, host.Link{Name: "wg0", Index: 77, MTU: 1500, Kind: "dummy"})
	dir := t.TempDir()
	r := &record{path: recordPath(dir, "wg0"), Items: []item{{Kind: kindLink, Pending: true}}}
	if err := r.write(); err != nil {
		t.Fatal(err)
	}
	tunnel := parseTunnel(t, ipv4Default)
	if err := m.system(dir).up(t.Context(), tunnel, tunnel.Settings); !errors.Is(err, fs.ErrExist) {
		t.Errorf("up = %v, want fs.ErrExist", err)
	}
	if _, err := m.Link(t.Context(), "wg0"); err != nil {
		t.Errorf("Link(wg0) = %v, want the link of the other program", err)
	}
}

// The routes are those of the running device: a hook may have added peers.
func TestUpUsesStateAfterHooks(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	sys.onStep = func(s Step) {
		if s.item.Kind == kindMTU {
			err := m.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{Peers: []wgtypes.PeerConfig{
				{PublicKey: wgtypes.PublicKey{1}, AllowedIPs: []netip.Prefix{addressOf(t, "10.77.0.0/16")}}}})
			if err != nil {
				t.Error(err)
			}
		}
	}
	up(t, sys, ipv4Default)
	if !slices.ContainsFunc(m.RouteList, func(r host.Route) bool { return r.Prefix == addressOf(t, "10.77.0.0/16") }) {
		t.Errorf("routes = %v, want one to 10.77.0.0/16", m.RouteList)
	}
}

// A read-only src_valid_mark stops up only where the kernel checks source addresses
// strictly.
func TestUpWithReadOnlySettings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		all, eth0, mark string
		fails           bool
		warnings        int
	}{
		{"0", "0", "0", false, 1},
		{"2", "1", "0", false, 1},
		{"1", "0", "0", true, 0},
		{"0", "1", "0", true, 0},
		{"1", "1", "1", false, 0},
	} {
		m := newMachine()
		m.Settings["net.ipv4.conf.all.rp_filter"] = test.all
		m.Settings["net/ipv4/conf/eth0/rp_filter"] = test.eth0
		m.Settings[srcValidMark] = test.mark
		m.fail = func(change string) error {
			if change == "set "+srcValidMark {
				return fs.ErrPermission
			}
			return nil
		}
		warnings := 0
		sys := m.system(t.TempDir())
		sys.warn = func(error) { warnings++ }
		tunnel := parseTunnel(t, ipv4Default)
		err := sys.up(t.Context(), tunnel, tunnel.Settings)
		if (err != nil) != test.fails || warnings != test.warnings {
			t.Errorf("up with %+v = %v with %d warnings", test, err, warnings)
		}
	}
}

// What cannot work is found before the first change.
func TestUpChecksBeforeItChanges(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change    func(m *machine)
		old, text string
		want      string
	}{
		"route":     {nil, "10.20.0.0/16", "192.168.7.0/24", "add route 192.168.7.0/24 to wg0: eth0 has this route already"},
		"IPv6":      {func(m *machine) { m.Settings["net.ipv6.conf.default.disable_ipv6"] = "1" }, "", "", "IPv6 is off"},
		"resolver":  {func(m *machine) { m.Settings["resolvconf"] = "missing" }, "", "", "no program can set DNS servers"},
		"shell":     {func(m *machine) { m.Settings["shell"] = "missing" }, "", "", "file does not exist"},
		"duplicate": {nil, "10.7.0.2/24", "10.7.0.2/24, 10.7.0.2/24", "address 10.7.0.2/24 occurs twice"},
		"table":     {nil, "DNS", "Table = unknown-table\nDNS", `invalid Table "unknown-table"`},
		"exists":    {func(m *machine) { _ = m.Create(t.Context(), "wg0") }, "", "", `"wg0" already exists`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			if test.change != nil {
				test.change(m)
			}
			want := m.clone(t)
			tunnel := parseTunnel(t, strings.Replace(hookedDefaults, test.old, test.text, 1))
			sys := m.system(t.TempDir())
			sys.onStep = func(s Step) { t.Errorf("step %s, want none", s) }
			err := sys.up(t.Context(), tunnel, tunnel.Settings)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("up = %v, want %q", err, test.want)
			}
			if diff := m.diff(want); diff != "" {
				t.Errorf("machine after a refused up (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpSaysThatHooksAreNotUndone(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	tunnel := parseTunnel(t, strings.Replace(hookedDefaults, "post-up", "fail", 1))
	err := sys.up(t.Context(), tunnel, tunnel.Settings)
	const want = "run PostUp: fail: hook fail: exit status 1; the interface was removed again, but not what its hooks did: PreDown and PostDown did not run"
	if err == nil || err.Error() != want {
		t.Errorf("up = %v, want %s", err, want)
	}
	if !slices.Equal(m.Ran, []string{"pre-up"}) {
		t.Errorf("hooks run = %q, want only pre-up", m.Ran)
	}
}

// The error of a port that another program uses names the port.
func TestUpNamesPortInUse(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.fail = func(change string) error {
		if change == "set link" {
			return syscall.EADDRINUSE
		}
		return nil
	}
	tunnel := parseTunnel(t, strings.Replace(ipv4Default, "[Peer]", "ListenPort = 53\n[Peer]", 1))
	err := m.system(t.TempDir()).up(t.Context(), tunnel, tunnel.Settings)
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "UDP port 53") {
		t.Errorf("up = %v, want EADDRINUSE with UDP port 53", err)
	}
}
