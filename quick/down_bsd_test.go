//go:build unix

package quick

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
)

func TestBSDDownWithoutInterface(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		tunnel := f.tunnel(t, bsdFile)
		err := f.platform(t).down(t.Context(), tunnel)
		if want := `"wg0" is not a WireGuard interface`; !errors.Is(err, fs.ErrNotExist) || err.Error() != want {
			t.Errorf("down without an interface = %v, want %s", err, want)
		}
		if got := f.log(t); got != "" {
			t.Errorf("commands of down = %s, want none", got)
		}
	})
}

func TestBSDDownKeepsOtherInterfaces(t *testing.T) {
	t.Parallel()
	f := newFakeBSD(t, bsdplan.FreeBSD)
	tunnel := f.tunnel(t, bsdFile)
	tunnel.Name = "em0"
	if err := f.platform(t).down(t.Context(), tunnel); !errors.Is(err, fs.ErrNotExist) || f.log(t) != "" {
		t.Errorf("down of em0 = %v, want %v and no command", err, fs.ErrNotExist)
	}
}

// Another program removed the interface: what it left goes, and PreDown does not run.
func TestBSDDownAfterTheInterfaceIsGone(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		before := f.state(t)
		tunnel, _ := f.up(t, bsdFile)
		f.remove(t, "root/if/"+f.device())
		if f.kind == bsdplan.Darwin {
			f.remove(t, "root/var/run/wireguard/utun3.sock")
			f.remove(t, "root/var/run/wireguard/wg0.name")
		}
		if err := f.platform(t).down(t.Context(), tunnel); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" {
			t.Errorf("system after down (-want +got):\n%s", diff)
		}
		got := f.log(t)
		for _, word := range []string{"PreDown", "destroy", "nameserver"} {
			if strings.Contains(got, word) {
				t.Errorf("commands of down = %s, want none with %q", got, word)
			}
		}
	})
}

// Without a record, the interface may be one of wg-quick. Its own route monitor restores
// the rest.
func TestBSDDownWithoutRecord(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		tunnel, _ := f.up(t, bsdFile)
		f.remove(t, "records/wg0.json")
		if err := f.platform(t).down(t.Context(), tunnel); err != nil {
			t.Fatal(err)
		}
		var want []string
		for line := range strings.Lines(bsdDownCommands[f.kind]) {
			if !strings.HasPrefix(line, "networksetup") && !strings.Contains(line, "delete") {
				want = append(want, line)
			}
		}
		if diff := cmp.Diff(strings.Join(want, ""), f.log(t)); diff != "" {
			t.Errorf("commands of down without a record (-want +got):\n%s", diff)
		}
	})
}

// The file may lose its key DNS while the interface is up.
func TestBSDDownRestoresDNSThatTheFileNoLongerHas(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		before := f.state(t)
		f.up(t, bsdFile)
		tunnel := f.tunnel(t, "[Interface]\n")
		if err := f.platform(t).down(t.Context(), tunnel); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" {
			t.Errorf("system after down (-want +got):\n%s", diff)
		}
	})
}

// A failing command does not stop the others, and the next down repeats it.
func TestBSDDownCanBeRepeated(t *testing.T) {
	t.Parallel()
	for kind, command := range map[bsdplan.System]string{
		bsdplan.FreeBSD: "resolvconf -d", bsdplan.OpenBSD: "mv /etc/resolv.conf", bsdplan.Darwin: "-setdnsservers Wi-Fi 1.1.1.1",
	} {
		t.Run(bsdNames[kind], func(t *testing.T) {
			t.Parallel()
			f := newFakeBSD(t, kind)
			before := f.state(t)
			tunnel, _ := f.up(t, bsdFile)
			f.write(t, "root/fail", command)
			err := f.platform(t).down(t.Context(), tunnel)
			if err == nil || !strings.Contains(err.Error(), "this command fails") || f.exists(f.device()) {
				t.Errorf("down with a failing %q = %v, want its error and no interface", command, err)
			}
			f.remove(t, "root/fail")
			if err := f.platform(t).down(t.Context(), tunnel); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, f.state(t)); diff != "" {
				t.Errorf("system after the second down (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBSDDownKeepsTheInterfaceWhenPreDownFails(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		tunnel, _ := f.up(t, bsdFile)
		before := f.state(t)
		tunnel.Settings.Interface.PreDown = []string{"exit 7"}
		if err := f.platform(t).down(t.Context(), tunnel); err == nil {
			t.Error("down with a failing PreDown = nil, want an error")
		}
		if diff := cmp.Diff(before, f.state(t)); diff != "" || f.log(t) != "" {
			t.Errorf("system after a failing PreDown (-want +got):\n%s", diff)
		}
	})
}

func TestFreeBSDDownWaitsUntilTheInterfaceIsGone(t *testing.T) {
	t.Parallel()
	f := newFakeBSD(t, bsdplan.FreeBSD)
	tunnel, _ := f.up(t, bsdFile)
	f.write(t, "root/lingers", "3\n")
	if err := f.platform(t).down(t.Context(), tunnel); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(bsdDownCommands[f.kind], "destroy\n", "destroy\nwaited\nwaited\nwaited\n", 1)
	if diff := cmp.Diff(want, f.log(t)); diff != "" {
		t.Errorf("commands of down (-want +got):\n%s", diff)
	}
}

// The user removed a network adapter.
func TestDarwinDownSkipsServicesThatAreGone(t *testing.T) {
	t.Parallel()
	f := newFakeBSD(t, bsdplan.Darwin)
	tunnel, _ := f.up(t, bsdFile)
	f.remove(t, "root/dns/USB LAN")
	if err := f.platform(t).down(t.Context(), tunnel); err != nil {
		t.Fatal(err)
	}
	if got := f.log(t); strings.Contains(got, "USB") || !strings.Contains(got, "Wi-Fi") {
		t.Errorf("commands of down = %s, want none for USB LAN", got)
	}
}

func TestBSDDownSaves(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		tunnel, _ := f.up(t, bsdFile+"[Interface]\nSaveConfig = true\n")
		tunnel.Path = f.path("wg0.conf")
		f.write(t, "wg0.conf", string(tunnel.File.AppendTo(nil)))
		f.write(t, "root/if/"+f.device(), f.read(t, "root/if/"+f.device())+"\tinet 10.0.0.1 netmask 0xffffff00\n\tinet6 fe80::1%em0 prefixlen 64\n")
		if err := f.platform(t).down(t.Context(), tunnel); err != nil {
			t.Fatal(err)
		}
		want := strings.Replace(string(tunnel.File.AppendTo(nil)), ", fd00::1/64", "", 1)
		if diff := cmp.Diff(want, f.read(t, "wg0.conf")); diff != "" {
			t.Errorf("saved file (-want +got):\n%s", diff)
		}
	})
}

func TestBSDSaveErrors(t *testing.T) {
	t.Parallel()
	onBSD(t, func(t *testing.T, f *fakeBSD) {
		tunnel := f.tunnel(t, bsdFile)
		tunnel.Path = f.path("wg0.conf")
		if err := f.platform(t).save(t.Context(), tunnel); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("save without an interface = %v, want %v", err, fs.ErrNotExist)
		}
		tunnel.Path = ""
		if err := f.platform(t).save(t.Context(), tunnel); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("save without a path = %v, want %v", err, fs.ErrInvalid)
		}
		if _, err := os.Stat(f.path("wg0.conf")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Stat of the file = %v, want %v", err, fs.ErrNotExist)
		}
	})
}
