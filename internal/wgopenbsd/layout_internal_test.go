package wgopenbsd

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/bsd"
)

// TestLayouts compares the layouts with those of clang in testdata/layouts.txt, which
// testdata/layouts.sh prints.
func TestLayouts(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/layouts.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]map[string]int)
	for line := range strings.Lines(string(b)) {
		var system, name string
		var value int
		if _, err := fmt.Sscan(line, &system, &name, &value); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		if want[system] == nil {
			want[system] = make(map[string]int)
		}
		want[system][name] = value
	}
	got := map[string]map[string]int{
		"openbsd64": values(&openBSD64), "openbsd64old": values(&openBSD64Old),
		"openbsd32": values(&openBSD32), "openbsd32old": values(&openBSD32Old),
		"dragonfly": values(&dragonFly),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("layouts (-want +got):\n%s", diff)
	}
}

// values returns the numbers of a layout under their names in layout.c.
func values(l *Layout) map[string]int {
	m := map[string]int{
		"data_size": bsd.NameLen + 2*l.word, "data_pointer": bsd.NameLen + l.word,
		"iface_port": l.ifacePort, "iface_mark": l.ifaceMark, "iface_public": l.ifacePublic,
		"iface_private": l.ifacePrivate, "iface_count": l.ifaceCount, "iface_peers": l.ifaceSize, "iface_size": l.ifaceSize,
		"peer_public": l.peerPublic, "peer_psk": l.peerPSK, "peer_keepalive": l.peerKeepalive, "peer_endpoint": l.peerEndpoint,
		"peer_tx": l.peerTx, "peer_rx": l.peerRx, "peer_sec": l.peerHandshake, "peer_nsec": l.peerHandshake + 8,
		"peer_count": l.peerCount, "peer_allowed": l.peerSize, "peer_size": l.peerSize,
		"allowed_bits": allowedBits, "allowed_address": allowedAddr, "allowed_size": allowedSize,
	}
	if l.peerVersion >= 0 {
		m["peer_version"] = l.peerVersion
	}
	return m
}

// TestLayoutOfRelease checks which layout a kernel is expected to have.
func TestLayoutOfRelease(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		system        OS
		arch, release string
		want          []*Layout
	}{
		{OpenBSD, "amd64", "7.8", []*Layout{&openBSD64, &openBSD64Old}},
		{OpenBSD, "arm64", "7.4", []*Layout{&openBSD64, &openBSD64Old}},
		{OpenBSD, "riscv64", "8.0", []*Layout{&openBSD64, &openBSD64Old}},
		{OpenBSD, "ppc64", "7.10", []*Layout{&openBSD64, &openBSD64Old}},
		{OpenBSD, "amd64", "7.3", []*Layout{&openBSD64Old, &openBSD64}},
		{OpenBSD, "amd64", "6.9", []*Layout{&openBSD64Old, &openBSD64}},
		{OpenBSD, "386", "7.8", []*Layout{&openBSD32, &openBSD32Old}},
		{OpenBSD, "386", "7.3", []*Layout{&openBSD32Old, &openBSD32}},
		{OpenBSD, "amd64", "", []*Layout{&openBSD64, &openBSD64Old}},
		{OpenBSD, "amd64", "7", []*Layout{&openBSD64, &openBSD64Old}},
		{OpenBSD, "amd64", "6.x", []*Layout{&openBSD64, &openBSD64Old}},
		{DragonFly, "amd64", "6.6-RELEASE", []*Layout{&dragonFly}},
	} {
		got, err := Layouts(test.system, test.arch, test.release)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("Layouts(%v, %q, %q) = %v, %v, want %v", test.system, test.arch, test.release, got, err, test.want)
		}
	}
	if got, err := Layouts(OpenBSD, "arm", "7.8"); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "arm") {
		t.Errorf("Layouts(%v, arm) = %v, %v, want errors.ErrUnsupported that names arm", OpenBSD, got, err)
	}
}
