package bsdplan_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
)

// fakeSystem has the outputs of programs. Other programs fail.
type fakeSystem struct {
	outputs map[string]string
	files   map[string]bool
	texts   fstest.MapFS
}

func (s fakeSystem) Output(ctx context.Context, words ...string) (string, error) {
	text, ok := s.outputs[strings.Join(words, " ")]
	if !ok {
		return "ignored", errors.New("exit status 1")
	}
	return text, context.Cause(ctx)
}

func (s fakeSystem) Exists(path string) bool { return s.files[path] }

func (s fakeSystem) ModTime(path string) (time.Time, error) {
	info, err := s.texts.Stat(path[1:])
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

func (s fakeSystem) ReadFile(path string) ([]byte, error) { return s.texts.ReadFile(path[1:]) }

// TestGather asks a system that answers everything.
func TestGather(t *testing.T) {
	t.Parallel()
	system := fakeSystem{outputs: map[string]string{
		"netstat -nr -f inet":                  "default 192.168.7.1 UGS em0\n",
		"netstat -nr -f inet6":                 "default fe80::1%em0 UGS em0\n",
		"route -n get default":                 "  interface: em0\n",
		"route -n get -inet 192.0.2.1":         "  interface: em1\n",
		"route -n get -inet 10.0.0.0/24":       "  interface: real0\n",
		"ifconfig em0":                         "em0: flags=8843<UP> mtu 1500\n",
		"ifconfig em1":                         "em1: flags=8843<UP> mtu 1400\n",
		"ifconfig real0":                       "real0: flags=8843<UP> mtu 1420\n",
		"pgrep -qx resolvd":                    "",
		"networksetup -listallnetworkservices": "An asterisk (*) ...\nWi-Fi\n",
		"networksetup -getdnsservers Wi-Fi":    "1.1.1.1\n",
		"networksetup -getsearchdomains Wi-Fi": "There aren't any Search Domains set on Wi-Fi.\n",
		"route -n get -inet6 2001:db8::1":      "route: not in table\n",
	}}
	routes := map[netip.Prefix]string{netip.MustParsePrefix("10.0.0.0/24"): "real0", netip.MustParsePrefix("10.1.0.0/24"): ""}
	want := bsdplan.Facts{DefaultMTU: 1500, Gateway4: "192.168.7.1", Gateway6: "fe80::1%em0", RouteInterfaces: routes}
	for _, s := range all {
		tunnel := newTunnel(s, "10.0.0.0/24", "10.1.0.0/24", "0.0.0.0/0")
		tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
		want := want
		if s == bsdplan.Darwin {
			want.CurrentMTU = 1420
			want.Services = []bsdplan.Service{{"Wi-Fi", []string{"1.1.1.1"}, []string{"Empty"}}}
		} else {
			want.EndpointMTUs = []int{1400}
		}
		want.HasResolver = s == bsdplan.OpenBSD
		got, err := tunnel.Gather(t.Context(), system)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Gather on %d = %v (-want +got):\n%s", s, err, diff)
		}
	}
}

// TestGatherErrors shows that only macOS needs an answer.
func TestGatherErrors(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, s := range all {
		tunnel := newTunnel(s)
		if got, err := tunnel.Gather(t.Context(), fakeSystem{}); err != nil {
			t.Errorf("Gather on %d without answers = %v, %v, want no error", s, got, err)
		}
		if got, err := tunnel.Gather(ctx, fakeSystem{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Gather on %d with a cancelled context = %v, %v, want %v", s, got, err, context.Canceled)
		}
		tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
		if got, err := tunnel.Gather(t.Context(), fakeSystem{}); (err != nil) != (s == bsdplan.Darwin) {
			t.Errorf("Gather on %d with DNS, without answers = %v, %v, want an error on macOS", s, got, err)
		}
	}
}

// TestGatherDown shows which files matter.
func TestGatherDown(t *testing.T) {
	t.Parallel()
	services := []bsdplan.Service{{Name: "Wi-Fi"}}
	system := fakeSystem{files: map[string]bool{
		"/var/run/wireguard/real0.sock": true, "/etc/resolv.conf.wg-quick-backup.home": true,
	}}
	want := bsdplan.Facts{HasSocket: true, HasBackup: true, Services: services}
	if diff := cmp.Diff(want, newTunnel(bsdplan.FreeBSD).GatherDown(system, services)); diff != "" {
		t.Errorf("GatherDown (-want +got):\n%s", diff)
	}
}
